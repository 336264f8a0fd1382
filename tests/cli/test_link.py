"""`conductor link`, as an operator meets it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from channels.telegram.local_provider import BOT
from tests.backends import Backend
from tests.cli.test_invite import TWILIO, home, run

__all__ = ["home"]

WHATSAPP = {"TWILIO_WHATSAPP_FROM": "+15005550007"}
CODE = r"[0-9A-HJKMNP-TV-Z]{4}(?:-[0-9A-HJKMNP-TV-Z]{4}){3}"


@pytest.fixture
def twilio(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, value in {**TWILIO, **WHATSAPP}.items():
        monkeypatch.setenv(name, value)
    return home


def codes(backend: Backend) -> list[tuple[str, str | None, str | None]]:
    query = "SELECT external_id, name, survey_key FROM link_codes JOIN contacts ON contacts.id = contact_id"
    return backend.rows(query)


def test_a_code_and_its_links(twilio: Path, backend: Backend) -> None:
    result = run("link", "--external-id", "C-1", "--name", "Ada", "--survey", "delivery_nps")

    assert result.exit_code == 0, result.output
    found = re.search(rf"Code: ({CODE}) \(to be used once, until \d{{4}}-\d\d-\d\d\)", result.stdout)
    assert found, result.stdout
    assert f"https://wa.me/15005550007?text=LINK%20{found[1]}" in result.stdout
    assert f"sms:+15005550006?body=LINK%20{found[1]}" in result.stdout
    assert BOT not in result.stdout
    assert codes(backend) == [("C-1", "Ada", "delivery_nps")]


@pytest.mark.parametrize(("suffix", "kind"), [("svg", b"<svg"), ("png", b"PNG")])
def test_a_qr_code(twilio: Path, suffix: str, kind: bytes) -> None:
    result = run("link", "--external-id", "C-1", "--on", "whatsapp", "--qr", f"link.{suffix}")
    assert result.exit_code == 0, result.output
    assert kind in (twilio / f"link.{suffix}").read_bytes()[:200]
    assert f"link.{suffix} holds the link for whatsapp." in result.stdout


def test_a_qr_code_holds_the_link_of_the_first_channel_that_is_connected(twilio: Path) -> None:
    result = run("link", "--external-id", "C-1", "--qr", "link.svg")
    assert result.exit_code == 0, result.output
    assert "link.svg holds the link for whatsapp." in result.stdout


def test_without_a_link_to_draw_no_code_is_made(twilio: Path, backend: Backend) -> None:
    """A code that was made beside an error would be a key that nobody keeps."""
    result = run("link", "--external-id", "C-1", "--qr", "link.svg", "--on", "telegram")
    assert result.exit_code == 2
    assert "connected with --on: whatsapp, sms" in result.stderr
    assert codes(backend) == []


def test_the_same_external_id_is_the_same_contact(twilio: Path, backend: Backend) -> None:
    for _ in range(2):
        assert run("link", "--external-id", "C-1").exit_code == 0
    assert codes(backend) == [("C-1", None, None)] * 2
    assert backend.rows("SELECT count(*) FROM contacts") == [(1,)]


def test_a_contact_by_address_gets_the_external_id(home: Path, backend: Backend) -> None:
    run("invite", "--survey", "delivery_nps", "--channel", "sms", "--provider", "web", "--to", "030 901820")
    result = run("link", "--channel", "sms", "--to", "+49 30 901820", "--external-id", "C-1")
    assert result.exit_code == 0, result.output
    assert "No channel is connected here" in result.stdout
    assert codes(backend) == [("C-1", None, None)]


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        ((), 2, "Give --external-id ID"),
        (("--to", "030 901820"), 2, "Give --external-id ID"),
        (("--external-id", "C-1", "--qr", "link.pdf"), 2, ".svg or .png"),
        (("--external-id", "C-1", "--days", "0"), 2, "can't be valid for 0 days"),
        (("--external-id", "C-1", "--survey", "delivery"), 2, "delivery"),
        (("--external-id", "x" * 121), 2, "at most 120"),
        (("--channel", "sms", "--to", "030 901820"), 2, "Nobody is known"),
        (("--external-id", "C-1", "--qr", "link.svg"), 2, "no channel that has one is connected here"),
        (("--external-id", "C-1", "--qr", "link.svg", "--on", "sms"), 2, "There is no link for sms"),
    ],
)
def test_what_can_not_be(home: Path, options: tuple[str, ...], code: int, said: str) -> None:
    result = run("link", *options)
    assert (result.exit_code, said in result.stderr) == (code, True), result.output
    assert not (home / "link.svg").exists()


def test_an_address_and_an_external_id_of_two_people(home: Path) -> None:
    ask = ("invite", "--survey", "delivery_nps", "--channel", "sms", "--provider", "web", "--to", "030 901820")
    run(*ask, "--external-id", "C-1")
    result = run("link", "--channel", "sms", "--to", "030 901820", "--external-id", "C-2")
    assert result.exit_code == 2
    assert "are two contacts" in result.stderr
