"""`conductor whatsapp templates` and `conductor invite --channel whatsapp`, as an operator meets them, against a strict
local Twilio in a thread of its own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.cli import main
from channels.twilio.local_provider import ACCOUNT_SID, AUTH_TOKEN
from channels.twilio_whatsapp.local_provider import LocalWhatsapp
from tests.backends import Backend, embedded_in
from tests.cli.conftest import settle_in

PUSH = ("whatsapp", "templates", "push")
STATUS = ("whatsapp", "templates", "status")
INVITE = ("invite", "--survey", "delivery_nps", "--channel", "whatsapp", "--to", "+4915112345678")


@pytest.fixture
def twilio() -> Iterator[LocalWhatsapp]:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    local = LocalWhatsapp()
    asyncio.run_coroutine_threadsafe(local.__aenter__(), loop).result(10)
    yield local
    asyncio.run_coroutine_threadsafe(local.__aexit__(), loop).result(10)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(10)
    loop.close()


@pytest.fixture
def home(place: Path, monkeypatch: pytest.MonkeyPatch, twilio: LocalWhatsapp) -> Path:
    """Its WhatsApp is the local one."""
    environment = {
        "TWILIO_WHATSAPP_FROM": "+14155238886",
        "TWILIO_ACCOUNT_SID": ACCOUNT_SID,
        "TWILIO_AUTH_TOKEN": AUTH_TOKEN,
        "CONDUCTOR_PUBLIC_URL": "https://surveys.example.com",
        "TWILIO_API_BASE_URL": twilio.url,
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return place


def run(*args: str) -> Result:
    return CliRunner().invoke(main, args)


def test_pushed_templates_are_followed(home: Path, backend: Backend, twilio: LocalWhatsapp) -> None:
    pushed = run(*PUSH, "delivery_nps", "chat_csat", "--language", "en")
    assert pushed.exit_code == 0, pushed.output
    assert pushed.stdout.splitlines()[0].split()[:4] == ["delivery_nps", "en", "pending", "UTILITY"]
    assert "'conductor whatsapp templates status' asks again" in pushed.stdout

    twilio.decide("approved")
    followed = run(*STATUS, "delivery_nps")
    assert (followed.exit_code, followed.stdout.split()[:3]) == (0, ["delivery_nps", "en", "approved"])
    standing = "select survey_key, status from templates order by id"
    assert backend.rows(standing) == [("delivery_nps", "approved"), ("chat_csat", "pending")]


def test_pushing_twice_makes_nothing_twice_also_with_a_lost_database(
    home: Path, backend: Backend, twilio: LocalWhatsapp
) -> None:
    for _ in range(2):
        assert run(*PUSH, "delivery_nps").exit_code == 0
    backend.execute("delete from templates")
    assert run(*PUSH, "delivery_nps").exit_code == 0
    assert len(twilio.contents) == len(twilio.approvals) == 8
    assert len(backend.rows("select * from templates")) == 8


def test_a_push_that_broke_off_goes_on(home: Path, twilio: LocalWhatsapp) -> None:
    from channels.twilio.local_provider import Trouble

    twilio.content_troubles.extend([Trouble(), Trouble(503)])
    broken = run(*PUSH, "delivery_nps", "--language", "en", "--language", "de")
    assert (broken.exit_code, "call it again" in broken.stderr) == (2, True)
    assert run(*PUSH, "delivery_nps", "--language", "en", "--language", "de").exit_code == 0
    assert len(twilio.contents) == 2


def test_why_a_template_was_rejected_is_said_and_how_to_mend_it(home: Path, twilio: LocalWhatsapp) -> None:
    run(*PUSH, "delivery_nps", "--language", "en")
    twilio.decide("rejected", "TAG_CONTENT_MISMATCH")
    result = run(*STATUS)
    assert result.exit_code == 1
    assert "rejected" in result.stdout
    assert "TAG_CONTENT_MISMATCH" in result.stdout
    assert "push again" in result.stdout


def test_the_words_can_be_looked_at_before(home: Path, twilio: LocalWhatsapp) -> None:
    run(*PUSH, "delivery_nps", "--language", "de")
    result = run(*PUSH, "delivery_nps", "--language", "de", "--dry-run")
    assert "Hallo {{1}}! Hier ist Hazelmoor." in result.stdout
    assert "[Los geht's] [Nicht jetzt]" in result.stdout
    assert len(twilio.contents) == 1


@pytest.mark.about_sqlite("the first command that writes makes the file")
def test_a_dry_run_makes_no_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    settle_in(embedded_in(tmp_path), monkeypatch)
    assert run(*PUSH, "delivery_nps", "--language", "de", "--dry-run").exit_code == 2
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (("no_such_survey",), "no_such_survey"),
        (("delivery_nps", "--language", "tr"), "is not written in tr"),
    ],
)
def test_what_cannot_be_pushed_is_a_sentence(home: Path, args: tuple[str, ...], says: str) -> None:
    result = run(*PUSH, *args)
    assert (result.exit_code, says in result.stderr) == (2, True), result.output


def test_without_a_connection_the_variable_is_named(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWILIO_WHATSAPP_FROM", "")
    result = run(*STATUS)
    assert (result.exit_code, "TWILIO_WHATSAPP_FROM" in result.stderr) == (2, True)


def test_wrong_credentials_are_a_sentence(home: Path, twilio: LocalWhatsapp) -> None:
    twilio.auth_token = "another"
    result = run(*PUSH, "delivery_nps")
    assert (result.exit_code, "TWILIO_AUTH_TOKEN" in result.stderr) == (2, True)


def test_nobody_is_invited_without_an_approved_template(home: Path, backend: Backend) -> None:
    run(*PUSH, "delivery_nps", "--language", "en")
    result = run(*INVITE, "--language", "en")
    assert result.exit_code == 0
    assert (
        "Skipped +4915112345678: no approved template in en, and they have not written within 24 hours."
        in result.stdout
    )
    assert backend.rows("select * from invitations") == []


def test_an_approval_since_the_push_is_noticed_by_the_invitation(
    home: Path, backend: Backend, twilio: LocalWhatsapp
) -> None:
    run(*PUSH, "delivery_nps", "--language", "en")
    twilio.decide("approved")
    result = run(*INVITE, "--language", "en")
    assert (result.exit_code, "Invited +4915112345678 to delivery_nps, in en." in result.stdout) == (0, True)
    assert backend.rows("select status from invitations") == [("queued",)]


def test_when_twilio_is_out_of_reach_what_was_known_last_counts(home: Path, twilio: LocalWhatsapp) -> None:
    run(*PUSH, "delivery_nps", "--language", "en", "--language", "de")
    [first, _] = twilio.approvals.values()
    first["status"] = "approved"
    run(*STATUS)
    twilio.auth_token = "another"
    result = run(*INVITE, "--language", "en")
    assert "not known now" in result.stderr
    assert "Invited" in result.stdout


@pytest.mark.parametrize(("hours", "reason"), [(23, ""), (25, "no approved template")])
def test_who_has_written_within_24_hours_needs_no_template(
    home: Path, backend: Backend, hours: int, reason: str
) -> None:
    from datetime import datetime, timedelta, timezone

    wrote = (datetime.now(timezone.utc) - timedelta(hours=hours)).isoformat()
    backend.execute("insert into contacts (id, created_at) values (1, :wrote)", wrote=wrote)
    backend.execute(
        "insert into conversations (contact_id, provider, channel, address, language, created_at, last_inbound_at) "
        "values (1, 'twilio_whatsapp', 'whatsapp', '+4915112345678', 'en', :wrote, :wrote)",
        wrote=wrote,
    )
    result = run(*INVITE)
    assert ("Invited" in result.stdout) == (not reason)
    assert reason in result.stdout
