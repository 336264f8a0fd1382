"""What the audit stores as codes, a reader sees in words of their own."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from bot.console.desk.audit_words import details, what, who
from bot.console.desk.words import LANGUAGES, Words
from bot.recovery import clocks
from bot.recovery.desk import Desk, Team
from bot.storage.audit import Entry

GERMAN = Words("de")
TEAMS = {"care": Team("care", {"en": "Care", "de": "Kundendienst"}), "shop": Team("shop", {"en": "Shop"})}
DESK = Desk(TEAMS, "care")
STORAGE = Path("bot/storage")


def read(kind: str, data: dict[str, Any], source: str = "case") -> str:
    found = details(GERMAN, Entry(source, 1, "2026-11-26T12:00:00+00:00", "Kim", kind, data), DESK)
    return "; ".join(f"{one.label}: {one.text or one.at}" for one in found)


@pytest.mark.parametrize(
    ("kind", "data", "shown"),
    [
        ("status", {"from": "new", "to": "assigned"}, "Änderung: neu → übernommen"),
        ("snoozed", {"from": "assigned", "to": "snoozed", "until": "2026-11-27T08:00:00+00:00"},
         "Änderung: übernommen → zurückgestellt; bis: 2026-11-27T08:00:00+00:00"),
        ("transferred", {"from": "care", "to": "shop", "from_agent": "Kim", "to_agent": None},
         "Änderung: Kundendienst → Shop; Person: Kim → –"),
        ("transferred", {"from": "care", "to": "shop", "from_agent": None, "to_agent": None},
         "Änderung: Kundendienst → Shop"),
        ("status", {"from": "assigned", "to": "resolved", "root_cause": "late", "action": "Refund"},
         "Änderung: übernommen → gelöst; Ursache: Verspätet; Was getan wurde: Refund"),
        ("opened", {"reason": "score", "team": "care", "score": 2.0},
         "Grund: schlechte Note; Team: Kundendienst; Note: 2"),
        ("score", {"from": 2.0, "to": 3.0}, "Änderung: 2 → 3"),
        ("handed_back", {"resumed": False}, "Umfrage: ruht"),
        ("added", {"reason": "asked", "score": None, "metric": "nps", "channel": "voice"},
         "Grund: möchte einen Menschen; Kennzahl: NPS; Kanal: Telefon"),
        ("note", {"text": "x" * 500}, f"Text: {'x' * 159}…"),
        ("status", {"root_cause": "a_companys_own", "team": "gone"}, "Ursache: a_companys_own; Team: Gone"),
    ],
)  # fmt: skip
def test_details_of_a_case(kind: str, data: dict[str, Any], shown: str) -> None:
    assert read(kind, data) == shown


@pytest.mark.parametrize(
    ("kind", "data", "shown"),
    [
        ("changed", {"agent": "Lee", "from": "agent", "to": "manager", "teams": ["care", "shop"]},
         "Änderung: Betreuung → Leitung; Person: Lee; Teams: Kundendienst, Shop"),
        ("renamed", {"from": "Kim", "to": "Kimberly"}, "Änderung: Kim → Kimberly"),
    ],
)  # fmt: skip
def test_details_of_those_who_work_here(kind: str, data: dict[str, Any], shown: str) -> None:
    assert read(kind, data, "staff") == shown


def test_actors_that_are_nobody() -> None:
    assert [who(GERMAN, actor) for actor in ("customer", "conductor", "command line", "Kim")] == [
        *("Kunde", "Die Uhr", "Kommandozeile", "Kim")
    ]


def kinds() -> set[str]:
    """All that is written into the audit of cases."""
    sources = "".join(file.read_text(encoding="utf-8") for file in STORAGE.glob("*.py"))
    written = set(re.findall(r'await log\([^")]*?(?:"\w+", )?"(\w+)", (?:data|moved|\{)', sources))
    assert {"opened", "transferred", "undelivered"} <= written
    return written | {clocks.FIRST_RESPONSE_RISK, clocks.RESOLUTION_MISSED, clocks.UNASSIGNED, clocks.CUSTOMER_IDLE}


@pytest.mark.parametrize("language", LANGUAGES)
def test_whatever_happens_to_a_case_has_a_word(language: str) -> None:
    words = Words(language)
    raw = {kind for kind in kinds() if not words.has(f"audit.kinds.{kind}")}
    assert raw == set()
    assert what(words, Entry("case", 1, "", "", "something_new", {})) == "something_new"
