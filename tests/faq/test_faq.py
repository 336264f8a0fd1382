"""The FAQ's files: read, checked, written, exchanged with Rasa and with tables."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from bot.cli.faq import command
from bot.cli.faq_try import shown
from bot.errors import ConductorError
from bot.faq.check import check
from bot.faq.day import day_of
from bot.faq.entry import Book, Entry, Link
from bot.faq.problem import FaqError
from bot.faq.rasa_format import export, responses
from bot.faq.rasa_import import entries_from
from bot.faq.read import read_all, read_folder
from bot.faq.stealing import Judged, confusions, thefts
from bot.faq.table import entries_from_csv
from bot.faq.write import write
from bot.rasa_glue.nlu.phrasings import Phrasing
from bot.rasa_glue.nlu.trying import tried
from bot.rasa_glue.training import ROOT

HOUSE = ROOT / "dialogues" / "faq"
PHRASINGS = tuple(f"where is my refund {n}" for n in range(8))
SHORT = {"sms": "5 Tage", "voice": "5 Tage"}
PAGE = (Link("Page", "https://x.example"),)
REFUND = Entry("refund", "en", "Where is my refund?", "It takes 5 days.", PHRASINGS)


def put(folder: Path, text: str, name: str = "en/refund.md") -> Path:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    "entry",
    [
        REFUND,
        Entry("refund", "de", "Wo: mein Geld?", "Fünf Tage.", ("wo - ist #es", "'ja'"), SHORT),
        Entry("hours", "en", "Hours", "See below.", ("when",), {"voice": "Eight to eight."}, PAGE),
        Entry("sale", "en", "Sale", "Now.", ("sale?",), {}, PAGE, PAGE, ("hours",), "care", "2026-12-01", "2026-12-31"),
    ],
)
def test_what_is_written_is_read_again(tmp_path: Path, entry: Entry) -> None:
    write(entry, tmp_path)
    [found] = read_folder(tmp_path)
    assert replace(found, file="") == entry


def test_an_entry_may_be_yaml(tmp_path: Path) -> None:
    put(tmp_path, "title: Hours\nanswer: Eight to eight.\nphrasings: [when]\n", "en/hours.yml")
    assert read_folder(tmp_path).entry("hours", "en") is not None


@pytest.mark.parametrize(
    ("text", "name", "said"),
    [
        ("no head", "en/refund.md", "it has no head"),
        ("---\ntitle: [\n---\nx", "en/refund.md", "can't be read"),
        ("---\ntitle: T\nphrasing: [a]\nphrasings: [a]\n---\nx", "en/refund.md", "Did you mean phrasings?"),
        ("---\ntitle: T\nphrasings: [1]\n---\nx", "en/refund.md", "`phrasings` is a list of texts"),
        ("---\nphrasings: [a]\n---\nx", "en/refund.md", "`title` is needed"),
        ("---\ntitle: T\nphrasings: [a]\n---\n", "en/refund.md", "`answer` is needed"),
        ("---\ntitle: T\nphrasings: [a]\nlinks: [x]\n---\ny", "en/refund.md", "line 4: `links` is a list of"),
        ("---\ntitle: T\nphrasings: [a]\nvalid_until: soon\n---\ny", "en/refund.md", "line 4: `valid_until` is no day"),
        (
            "---\ntitle: T\nphrasings: [a]\nvalid_from: 2026-02-02\nvalid_until: 2026-01-01\n---\ny",
            "en/refund.md",
            "line 5: it ends before it begins",
        ),
        ("---\ntitle: T: no\nphrasings: [a]\n---\ny", "en/refund.md", "line 2"),
        ("---\ntitle: T\nphrasings: [a]\nhand_to: 5\n---\ny", "en/refund.md", "line 4: `hand_to` is needed"),
        ("---\ntitle: T\nphrasings: [a]\n---\ny", "en/Re fund.md", "can't be used"),
        ("---\ntitle: T\nphrasings: [a]\n---\ny", "english/refund.md", "is no language"),
    ],
)
def test_a_mistake_is_named_with_its_file(tmp_path: Path, text: str, name: str, said: str) -> None:
    with pytest.raises(FaqError) as wrong:
        read_folder(put(tmp_path, text, name))
    assert said in str(wrong.value)
    assert name in str(wrong.value)


def test_one_broken_file_does_not_hide_the_others(tmp_path: Path) -> None:
    put(tmp_path, "broken")
    put(tmp_path, "---\ntitle: T\nphrasings: [a]\n---\ny", "en/other.md")
    book, problems = read_all(tmp_path)
    assert (book.keys, len(problems)) == (("other",), 1)


def test_an_answer_for_each_channel() -> None:
    entry = Entry("k", "en", "T", "Long.", ("a",), {"sms": "Short."}, (Link("Page", "https://x.example"),))
    assert [entry.text(c) for c in ("sms", "voice", "slack")] == ["Short.", "Long.", "Long.\nPage: https://x.example"]


def test_the_responses_carry_language_and_channel() -> None:
    german = Entry("refund", "de", "T", "Fünf Tage.", ("wo",), {"sms": "5 Tage."})
    found = responses(Book.of([REFUND, german]), "en")["utter_faq/refund"]
    assert [(r["text"], r.get("channel"), [c["value"] for c in r.get("condition", ())]) for r in found] == [
        ("It takes 5 days.", None, ["en"]),
        ("Fünf Tage.", None, ["de"]),
        ("5 Tage.", "sms", ["de"]),
        ("It takes 5 days.", None, []),
    ]


def test_rasa_files_out_and_in_again(tmp_path: Path) -> None:
    files = export(Book.of([REFUND]), tmp_path, "en")
    [found] = entries_from(files, "en")
    assert (found.key, found.answer, found.phrasings) == (REFUND.key, REFUND.answer, REFUND.phrasings)


def test_entities_in_rasa_examples_are_plain_words(tmp_path: Path) -> None:
    data = {
        "nlu": [{"intent": "faq/Hours!", "examples": "- when do you [open](time)\n- [today]{\"entity\": \"day\"}?\n"}],
        "responses": {"utter_faq/Hours!": [{"text": "Eight."}]},
    }  # fmt: skip
    file = tmp_path / "rasa.yml"
    file.write_text(yaml.safe_dump(data))
    [entry] = entries_from([file], "en")
    assert (entry.key, entry.phrasings) == ("hours", ("when do you open", "today?"))


def test_an_intent_without_a_response_is_named(tmp_path: Path) -> None:
    file = tmp_path / "rasa.yml"
    file.write_text(yaml.safe_dump({"nlu": [{"intent": "faq/x", "examples": "- a\n"}]}))
    with pytest.raises(ConductorError, match="faq/x"):
        entries_from([file], "en")


def test_a_table_has_a_row_for_each_phrasing_or_several_in_one(tmp_path: Path) -> None:
    file = tmp_path / "faq.csv"
    file.write_text("key,title,answer,phrasing\nrefund,Refund,Five days.,where is it|my money\nrefund,,,refund??\n")
    [entry] = entries_from_csv(file, "en")
    assert (entry.title, entry.answer, entry.phrasings) == (
        "Refund",
        "Five days.",
        ("where is it", "my money", "refund??"),
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a,b\n1,2\n", "no column"),
        ("key,title,answer,phrasing\nA B,t,a,p\n", "line 2"),
        ("key,title,answer,phrasing\nx,t,,p\n", "x"),
    ],
)
def test_a_wrong_table_is_named(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "faq.csv"
    file.write_text(text)
    with pytest.raises(ConductorError, match=said):
        entries_from_csv(file, "en")


def found(*entries: Entry) -> str:
    return "\n".join(f"{p.level} {p}" for p in check(Book.of(entries)))


@pytest.mark.parametrize(
    ("language", "answer"),
    [
        ("en", "Nothing yet? Write 'human' here."),
        ("en", "Tap the link."),
        ("nl", "Schrijf hier 'mens'."),
        ("de", "Dann schreiben Sie hier 'Mensch'."),
        ("fr", "Sinon, écrivez ici « agent »."),
        ("es", "Escribe aquí «agente»."),
    ],
)
def test_a_caller_is_not_told_to_write(language: str, answer: str) -> None:
    entry = replace(REFUND, language=language, answer=answer)

    assert "callers are told to write or tap" in found(entry)
    assert found(replace(entry, variants={"voice": "Say agent. We write to you."})) == ""


def test_the_same_words_for_two_entries_are_an_error() -> None:
    other = Entry(
        "return", "en", "Return", "Send it back.", ("Where is my REFUND 3?", *(f"send {n}" for n in range(8)))
    )
    assert "error" in found(REFUND, other)
    assert found(REFUND) == ""


def test_gaps_and_lengths_are_warnings() -> None:
    long = Entry("long", "en", "Long", "word " * 80, tuple(f"p {n}" for n in range(8)))
    german = Entry("refund", "de", "T", "Fünf Tage.", ("wo",))
    said = found(REFUND, german, long)
    assert "error" not in said
    for part in ("no long in de", "1 different phrasings", "takes 3 SMS segments", "27 seconds"):
        assert part in said


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        (replace(REFUND, follow_up=("refund",)), "error en/refund.md, line 9: it suggests itself"),
        (replace(REFUND, follow_up=("gone",)), "error en/refund.md, line 9: there is no entry gone"),
        (replace(REFUND, follow_up=("hours",)), "warning en/refund.md, line 9: there is no hours in en"),
        (replace(REFUND, hand_to="sales"), 'error en/refund.md, line 10: there is no team "sales"'),
        (replace(REFUND, valid_until="2026-11-30"), "warning en/refund.md, line 11: its last day was 2026-11-30"),
        (replace(REFUND, valid_until="2026-12-01"), ""),
    ],
)
def test_what_an_entry_leads_to_exists_and_is_not_over(entry: Entry, said: str) -> None:
    lines = {"follow_up.0": 9, "hand_to": 10, "valid_until": 11}
    hours = Entry("hours", "de", "Zeiten", "Acht bis acht.", tuple(f"wann {n}" for n in range(8)))
    book = Book.of([replace(entry, file="en/refund.md", lines=lines), hours])
    problems = [f"{p.level} {p}" for p in check(book, "2026-12-01", ["care"]) if p.line]
    assert [p.startswith(said) for p in problems] == ([True] if said else [])


@pytest.mark.parametrize(
    ("day", "answered"),
    [("2026-11-30", False), ("2026-12-01", True), ("2026-12-31", True), ("2027-01-01", False)],
)
def test_an_entry_is_answered_on_its_days_only(day: str, answered: bool) -> None:
    sale = replace(REFUND, valid_from="2026-12-01", valid_until="2026-12-31")
    assert (len(Book.of([sale]).on(day)) == 1) is answered


@pytest.mark.parametrize(
    ("now", "day"), [("2026-12-31T22:59:00+00:00", "2026-12-31"), ("2026-12-31T23:00:00+00:00", "2027-01-01")]
)
def test_the_day_is_the_companys(now: str, day: str) -> None:
    assert day_of(now, "Europe/Berlin") == day


def test_the_houses_entries_are_in_order() -> None:
    book = read_folder(HOUSE)
    assert check(book, "2026-12-01", ["care"]) == []
    for language in ("en", "de", "fr", "es"):
        assert len([entry for entry in book if entry.language == language]) >= 40


STOLEN = [Judged(f"where {n}", "en", "refund", "faq/return", answered=True) for n in range(3)]
KEPT = [Judged(f"money {n}", "en", "refund", "faq/refund", answered=True) for n in range(3)]


@pytest.mark.parametrize(
    ("judged", "warned"),
    [
        ([*STOLEN, *KEPT], True),
        (KEPT, False),
        ([*STOLEN[:2], *KEPT], False),  # two may happen
        ([*STOLEN, *KEPT * 6], False),  # three of twenty-one may, too
        ([replace(one, answered=False) for one in STOLEN], False),  # it would have asked
        ([replace(one, taken="goodbye") for one in STOLEN], False),  # no entry stole them
    ],
)
def test_entries_that_steal_from_each_other(judged: list[Judged], warned: bool) -> None:
    book = Book.of([replace(REFUND, file="en/refund.md", phrasings=tuple(j.text for j in judged))])
    assert [str(p)[:41] for p in thefts(judged, book)] == (
        ["en/refund.md: return takes 3 of its 6 phr"] if warned else []
    )


def test_confusions_are_shown_with_their_texts() -> None:
    [found] = confusions([*STOLEN, *KEPT])
    assert str(found) == 'en: refund → return, 3 of 6: "where 0", "where 1", "where 2"'


def test_a_question_is_tried_with_its_reasons() -> None:
    said = ["where is my refund", "my money back", "refund please", "money back now"]
    other = ["cancel my order", "stop the order", "cancel it", "no order please"]
    phrasings = [Phrasing(t, "faq/refund", "en") for t in said] + [Phrasing(t, "faq/cancel", "en") for t in other]
    found = tried("where is my refund", phrasings)
    assert (found.decision, found.candidates[0].intent) == ("answer", "faq/refund")
    assert found.candidates[0].nearest[0] == ("where is my refund", pytest.approx(1.0, abs=1e-4))
    lines = "\n".join(shown(found, Book.of([replace(REFUND, hand_to="care")]), "en", "sms", "2026-12-01"))
    for part in ("It would answer", "On sms, 1 segments:", "It takes 5 days.", "the team care"):
        assert part in lines
    assert "There is no refund in de" in "\n".join(shown(found, Book(), "de", "sms", "2026-12-01"))
    over = Book.of([replace(REFUND, valid_until="2026-11-30")])
    assert "not answered today" in "\n".join(shown(found, over, "en", "sms", "2026-12-01"))


def test_the_commands(tmp_path: Path) -> None:
    run = CliRunner()
    table = tmp_path / "faq.csv"
    table.write_text("key,title,answer,phrasing\nrefund,Refund,Five days.,where is it\n")
    folder = ["--folder", str(tmp_path / "faq")]
    first = run.invoke(command, ["import", str(table), "--language", "en", *folder])
    again = run.invoke(command, ["import", str(table), "--language", "en", *folder])
    assert "1 of 1 entries made" in first.output
    assert "it exists already" in again.output
    checked = run.invoke(command, ["check", *folder])
    assert (checked.exit_code, "0 errors, 1 warnings" in checked.output) == (0, True)
    put(tmp_path / "faq", "broken", "en/other.md")
    assert run.invoke(command, ["check", *folder]).exit_code == 1
    assert run.invoke(command, ["export", str(tmp_path / "out"), "--folder", str(HOUSE)]).exit_code == 0
    assert (tmp_path / "out" / "faq_de.yml").is_file()
