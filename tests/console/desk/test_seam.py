"""What keeps the console's pages safe, whatever they do: tokens, origins, roles, headers, errors in words."""

from __future__ import annotations

from typing import Any

import pytest

from bot.console.desk.security import client_address, own
from bot.identity.roles import Role
from tests.console.desk.client import Browser, Desk

OUT = "/console/sign-out"
PAGES = ("/console/sign-in", "/console/welcome", "/console/inbox", "/console/nowhere", "/console/static/desk.css")


async def still_in(browser: Browser) -> bool:
    return (await browser.get("/console/inbox")).status == 200


@pytest.mark.parametrize("forged", ["", "x", "é" * 43])
async def test_a_form_with_a_forged_token_changes_nothing(desk: Desk, forged: str) -> None:
    browser = await desk.signed_in()
    refused = await browser.submit(OUT, {"csrf": forged})
    assert (refused.status, "nothing was done" in refused.words) == (403, True)
    assert await still_in(browser)


async def test_the_token_of_another_session_does_not_count(desk: Desk) -> None:
    browser, other = await desk.signed_in(), await desk.signed_in(login="ada@example.com")
    assert (await browser.submit(OUT, {"csrf": other.csrf})).status == 403
    assert await still_in(browser)


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
async def test_a_form_of_a_foreign_page_changes_nothing_even_with_the_token(
    desk: Desk, headers: dict[str, str]
) -> None:
    browser = await desk.signed_in()
    refused = await browser.submit(OUT, **headers)
    assert (refused.status, "another site" in refused.words) == (403, True)
    assert await still_in(browser)


async def test_a_foreign_page_signs_nobody_in_either(desk: Desk) -> None:
    await desk.add("kim@example.com")
    assert (await desk.browser().sign_in("kim@example.com", Origin="https://evil.example")).status == 403


async def test_a_script_is_answered_in_json_and_its_token_comes_as_a_header(desk: Desk) -> None:
    browser = await desk.signed_in()
    forged = await browser.send(OUT, {}, **{"X-CSRF-Token": "x"})
    assert (forged.status, "nothing was done" in forged.text) == (403, True)
    assert forged.headers["Content-Type"].startswith("application/json")
    stranger = await desk.browser().send(OUT, {})
    assert (stranger.status, "error" in stranger.text) == (401, True)
    assert (await browser.send(OUT, {})).status == 303


def browser_says(**headers: str) -> dict[str, str]:
    return {"host": "desk.example", **{name.replace("_", "-"): value for name, value in headers.items()}}


@pytest.mark.parametrize(
    ("headers", "public", "ours"),
    [
        (browser_says(origin="https://desk.example"), "", True),
        (browser_says(origin="https://DESK.example"), "", True),
        (browser_says(origin="https://desk.example:444"), "", False),
        (browser_says(origin="https://desk.example.evil"), "", False),
        (browser_says(origin="http://["), "", False),
        (browser_says(origin="https://care.example"), "https://care.example/", True),
        (browser_says(sec_fetch_site="same-origin"), "", True),
        (browser_says(sec_fetch_site="none"), "", False),
        (browser_says(sec_fetch_site="cross-site", origin="https://desk.example"), "", False),
        (browser_says(referer="https://desk.example/console/inbox"), "", True),
        (browser_says(referer="https://evil.example/?https://desk.example"), "", False),
        (browser_says(), "", False),
        ({"origin": "null"}, "", False),
        ({"referer": ""}, "", False),
    ],
)
def test_whether_a_page_of_ours_asks(headers: dict[str, str], public: str, ours: bool) -> None:
    assert own(headers, public) is ours


@pytest.mark.parametrize(
    ("peer", "forwarded", "trusted", "address"),
    [
        ("192.0.2.1", "", (), "192.0.2.1"),
        ("192.0.2.1", "198.51.100.7", (), "192.0.2.1"),
        ("10.0.0.1", "198.51.100.7", ("10.0.0.0/8",), "198.51.100.7"),
        ("10.0.0.1", "1.1.1.1, 198.51.100.7, 10.2.3.4", ("10.0.0.0/8",), "198.51.100.7"),
        ("127.0.0.1", "203.0.113.5", ("127.0.0.1", "::1"), "203.0.113.5"),
        ("10.0.0.1", "nonsense", ("10.0.0.0/8",), "nonsense"),
        ("10.0.0.1", "", ("10.0.0.0/8",), "10.0.0.1"),
    ],
)
def test_whose_address_counts(peer: str, forwarded: str, trusted: tuple[str, ...], address: str) -> None:
    assert client_address(peer, forwarded, trusted) == address


@pytest.mark.parametrize("path", PAGES)
async def test_every_answer_carries_the_headers(desk: Desk, path: str) -> None:
    browser = await desk.signed_in()
    headers = (await browser.get(path)).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "form-action 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin", "with no-referrer browsers send Origin: null"
    assert headers["Cache-Control"] == ("no-cache" if "static" in path else "no-store")


async def test_no_page_brings_script_or_style_of_its_own_or_from_elsewhere(desk: Desk) -> None:
    browser = await desk.signed_in(Role.ADMIN)
    for path in ("/console/sign-in", "/console/welcome", "/console/inbox", "/console/nowhere"):
        text = (await browser.get(path)).text
        assert "style=" not in text
        assert "<style" not in text
        assert "onclick" not in text
        assert "://" not in text


async def test_what_does_not_exist_is_a_page_in_words(desk: Desk) -> None:
    browser = await desk.signed_in()
    page = await browser.get("/console/nowhere/at/all")
    assert (page.status, "There is no such page." in page.words) == (404, True)
    assert (await browser.get("/console/static/../seam.py")).status == 404


async def test_a_bug_is_a_page_in_words_and_no_stack_trace(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    browser = await desk.signed_in()

    async def broken(*_: Any) -> None:
        raise RuntimeError("the secret of the machine")

    monkeypatch.setattr(desk.conductor.sign_in, "sign_out", broken)
    page = await browser.submit(OUT)
    assert page.status == 500
    assert "our mistake" in page.words
    assert "secret" not in page.text
    assert "RuntimeError" in caplog.text


async def test_the_first_page_is_the_inbox(desk: Desk) -> None:
    browser = await desk.signed_in()
    assert (await browser.get("/console")).to == "/console/inbox"
    assert (await browser.get("/console/")).to == "/console/inbox"


@pytest.mark.parametrize(
    ("role", "seen"),
    [
        (Role.ADMIN, ["Inbox", "Live", "Agents", "Audit"]),
        (Role.AGENT, ["Inbox", "Live"]),
        (Role.ANALYST, ["Inbox", "Live"]),
        (Role.AUDITOR, ["Inbox", "Live", "Audit"]),
    ],
)
async def test_everybody_sees_the_way_to_what_they_may_do(desk: Desk, role: Role, seen: list[str]) -> None:
    page = await (await desk.signed_in(role)).get("/console/inbox")
    here = [name for name in ("Inbox", "Live", "Agents", "Audit") if f">{name}</a>" in page.text]
    assert here == seen
