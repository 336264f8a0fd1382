"""E-mail to a team, handed in to a real server on this machine."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.errors import ConductorError
from bot.notifiers.mail import MailNotifier, Server, read_server
from bot.recovery.telling import Told
from channels.contract import SendError
from tests.notifiers.mail_server import MailServer
from tests.notifiers.stories import told

SENDER = "Survey Conductor <bot@shop.example>"


def notifier(server: MailServer, tls: str = "none", user: str = "") -> MailNotifier:
    return MailNotifier(Server("127.0.0.1", server.port, tls, user, "pa@ss"), SENDER)


async def test_plain_and_html_with_quote_clock_and_link() -> None:
    async with MailServer() as server:
        reference = await notifier(server, user="bot").send(told())
    [mail] = server.taken
    assert (mail["From"], mail["To"]) == (SENDER, "lead@example.com")
    assert mail["Subject"] == "[Customer care] Case 7: the first answer will soon be late"
    assert mail["Message-ID"] == reference
    assert mail["Auto-Submitted"] == "auto-generated"
    plain = mail.get_body(("plain",)).get_content()
    assert "> It came <b>late</b> & wet" in plain
    assert "Answer by: 2026-11-23 14:00 (Europe/Berlin)" in plain
    assert "https://surveys.example/console/inbox?case=7" in plain
    page = mail.get_body(("html",)).get_content()
    assert "It came &lt;b&gt;late&lt;/b&gt; &amp; wet" in page
    assert 'href="https://surveys.example/console/inbox?case=7"' in page
    assert "AUTH" in server.commands


async def test_in_the_teams_language() -> None:
    german = told()
    german = replace(german, team=replace(german.team, language="de"))
    async with MailServer() as server:
        await notifier(server).send(german)
    [mail] = server.taken
    assert "Die erste Antwort wird knapp" in mail["Subject"]
    assert "Antwort bis: 23.11.2026 14:00 (Europe/Berlin)" in mail.get_body(("plain",)).get_content()


async def test_what_a_customer_wrote_is_no_header() -> None:
    story = told(name="Eve\nBcc: all@example.com", verbatim="a\r\nBcc: all@example.com")
    async with MailServer() as server:
        await notifier(server).send(story)
    assert server.taken[0]["Bcc"] is None
    assert "Eve" not in server.taken[0]["Subject"]


@pytest.mark.parametrize(
    ("command", "answer", "retry"),
    [
        ("RCPT", "550 no such user", "never"),
        ("RCPT", "452 too many recipients", "later"),
        ("MAIL", "421 busy", "later"),
        ("DATA", "554 transaction failed", "never"),
        (".", "554 looks like spam", "never"),
        (".", "451 try later", "later"),
        ("AUTH", "535 bad password", "channel_dead"),
    ],
)
async def test_the_class_of_an_error_says_whether_to_try_again(command: str, answer: str, retry: str) -> None:
    async with MailServer(answers={command: answer}) as server:
        with pytest.raises(SendError) as refused:
            await notifier(server, user="bot").send(told())
    assert refused.value.retry == retry
    assert answer[4:] not in str(refused.value), "a server's words may repeat the message"
    assert not server.taken


async def test_without_tls_nothing_is_said_to_a_server_that_should_have_it() -> None:
    async with MailServer() as server:
        with pytest.raises(SendError, match="offers no TLS") as refused:
            await notifier(server, "starttls", user="bot").send(told())
    assert refused.value.retry == "channel_dead"
    assert "AUTH" not in server.commands
    assert "MAIL" not in server.commands


async def test_hung_up_after_the_message_nobody_knows_and_again_bears_the_same_id() -> None:
    async with MailServer(hangs_up_after=".") as server:
        with pytest.raises(TimeoutError):
            await notifier(server).send(told())
        server.hangs_up_after = ""
        await notifier(server).send(told())
    assert len({mail["Message-ID"] for mail in server.taken}) == 1


async def test_nobody_listens() -> None:
    async with MailServer() as server:
        port = server.port
    with pytest.raises(SendError) as refused:
        await MailNotifier(Server("127.0.0.1", port, "none"), SENDER).send(told())
    assert refused.value.retry == "later"


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://relay.example", Server("relay.example", 587, "starttls")),
        ("smtp://localhost:25?tls=none", Server("localhost", 25, "none")),
        ("smtps://u%40x:p%2F@h:4650", Server("h", 4650, "smtps", "u@x", "p/")),
    ],
)
def test_the_address_of_a_server(url: str, server: Server) -> None:
    assert read_server(url) == server


@pytest.mark.parametrize("url", ["smtp://", "http://h", "smtp://h:x", "smtp://h?tls=maybe", "smtp://u:secret@"])
def test_a_broken_address_is_named_without_its_password(url: str) -> None:
    with pytest.raises(ConductorError) as refused:
        read_server(url)
    assert "secret" not in str(refused.value)


def test_the_password_is_not_printed() -> None:
    assert "secret" not in repr(read_server("smtp://u:secret@h"))


def test_several_remarks_are_told_apart() -> None:
    said: Told = told(verbatim="The box  was wet\n\nNobody picked up\n")
    assert said.quote == "The box was wet / Nobody picked up"


def test_only_an_excerpt_is_quoted() -> None:
    long: Told = told(verbatim="word " * 200)
    assert len(long.quote) == 280
    assert long.quote.endswith("…")
