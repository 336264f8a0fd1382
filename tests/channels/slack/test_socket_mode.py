"""Socket Mode: the same things come through a WebSocket, and go the same way."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import logging
import time
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from channels.contract import Offer, Outbound, Overview
from channels.receive import Delivery, Refused
from channels.slack.local_provider import LocalSlack, Trouble
from channels.slack.settings import SlackSettings
from channels.slack.verify import verifier
from survey_flows.prompt import Prompt
from tests.channels.slack.conftest import TOKEN, House, serving
from tests.channels.slack.test_form import labels

APP_TOKEN = "xapp-local"
WHY = Prompt("why", "text", "Why?", "en")


@pytest_asyncio.fixture
async def socket(slack: LocalSlack, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    """A server that has no signing secret, connected to Slack."""
    async with serving(SlackSettings(TOKEN, "", slack.url, APP_TOKEN), monkeypatch) as house:
        await slack.sockets.connected()
        yield house


async def test_messages_are_committed_then_acknowledged_in_order(slack: LocalSlack, socket: House) -> None:
    answers = await asyncio.gather(*(slack.push(slack.event("U1", str(n))) for n in range(20)))

    assert answers == [{}] * 20
    assert [m.text for m in socket.inbox.messages] == [str(n) for n in range(20)]
    assert len(slack.sockets.acknowledged) == 20


async def test_what_could_not_be_stored_is_not_acknowledged_and_comes_again(
    slack: LocalSlack, socket: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("channels.slack.local_socket.ANSWER_SECONDS", 0.2)
    socket.inbox.broken = 2

    assert await slack.push(slack.event("U1", "9"), (0, 0, 0)) == {}

    assert [m.text for m in socket.inbox.messages] == ["9"]
    assert socket.connector.seam.counters["retried"] == 2
    assert len(slack.sockets.acknowledged) == 1


async def test_the_same_event_twice_is_one_message(slack: LocalSlack, socket: House) -> None:
    event = slack.event("U1", "9")
    assert [await slack.push(event) for _ in range(2)] == [{}, {}]
    assert len(socket.inbox.messages) == 1


async def test_what_nobody_understands_is_acknowledged_so_that_it_does_not_come_again(
    slack: LocalSlack, socket: House
) -> None:
    assert await slack.push({"type": "event_callback", "event_id": "E1", "event": 3}) == {}
    assert socket.connector.seam.counters["malformed"] == 1


async def test_a_form_is_opened_objected_to_and_taken(slack: LocalSlack, socket: House) -> None:
    socket.inbox.seen = Overview("en", "survey", False, "Delivery", WHY)
    await socket.client.send("slack", "U1", Outbound(prompt=WHY), "k1")
    await slack.push(slack.press("U1", slack.posted[0], "Write an answer"))
    await socket.connector.settled()
    socket.inbox.objects = "Say more."

    assert await slack.push(slack.submit("U1", slack.views[0], "Hm")) == {
        "response_action": "errors",
        "errors": {"answer": "Say more."},
    }
    socket.inbox.objects = ""
    assert await slack.push(slack.submit("U1", slack.views[0], "It came late.")) == {}
    await socket.connector.settled()

    assert [m.text for m in socket.inbox.messages] == ["It came late."]
    assert "✓ It came late." in str(slack.posted[0])


async def test_a_command_is_answered_in_its_acknowledgement(slack: LocalSlack, socket: House) -> None:
    socket.inbox.seen = Overview("en", offers=(Offer("a", "Your delivery"),))
    await slack.push(slack.events.command("U1", ""))
    assert labels(slack.whispered[0]) == ["Your delivery"]


async def test_without_a_signing_secret_no_webhook_is_believed(slack: LocalSlack, socket: House) -> None:
    status, said = await slack.deliver(socket.webhook, slack.event("U1", "forged"))
    assert (status, "Socket Mode" in said, socket.inbox.messages) == (403, True, [])


def test_a_signature_that_is_made_with_no_secret_proves_nothing() -> None:
    body, now = b"{}", str(int(time.time()))
    forged = "v0=" + hmac.new(b"", b"v0:" + now.encode() + b":" + body, hashlib.sha256).hexdigest()
    headers = {"x-slack-request-timestamp": now, "x-slack-signature": forged}
    with pytest.raises(Refused):
        verifier("")(Delivery(headers, body))


@pytest.mark.parametrize("how", ["refresh", "drop"])
async def test_a_connection_that_ends_comes_back(slack: LocalSlack, socket: House, how: str) -> None:
    await getattr(slack.sockets, how)()
    await slack.sockets.opened(2)

    assert await slack.push(slack.event("U1", "still there?")) == {}
    assert slack.calls.count("apps.connections.open") == 2


async def test_it_ends_with_the_server(slack: LocalSlack, monkeypatch: pytest.MonkeyPatch) -> None:
    async with serving(SlackSettings(TOKEN, "", slack.url, APP_TOKEN), monkeypatch):
        await slack.sockets.connected()
    await slack.sockets.ended()
    assert await slack.push(slack.event("U1", "anyone?"), ()) is None


@pytest.mark.parametrize("trouble", [Trouble("ratelimited", 429, 0), Trouble(status=503), Trouble("internal_error")])
async def test_while_slack_can_not_it_is_asked_again(
    slack: LocalSlack, monkeypatch: pytest.MonkeyPatch, trouble: Trouble
) -> None:
    monkeypatch.setattr("channels.slack.socket_mode.BACK_OFF_SECONDS", (0.01,))
    slack.fail("apps.connections.open", trouble)
    async with serving(SlackSettings(TOKEN, "", slack.url, APP_TOKEN), monkeypatch) as house:
        await slack.sockets.connected()
        assert await slack.push(slack.event("U1", "9")) == {}
        assert len(house.inbox.messages) == 1


async def test_a_wrong_token_is_said_once_and_the_server_goes_on(
    slack: LocalSlack, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        async with serving(SlackSettings(TOKEN, "shhh", slack.url, "xapp-wrong"), monkeypatch) as house:
            assert (await slack.deliver(house.webhook, slack.event("U1", "9")))[0] == 200
            connecting = house.connector._socket._connecting if house.connector._socket else None
            assert connecting is not None
            await asyncio.wait_for(connecting, 5)
    assert slack.calls.count("apps.connections.open") == 1
    assert [r.getMessage() for r in caplog.records if "SLACK_APP_TOKEN" in r.getMessage()] != []
    assert "xapp-wrong" not in caplog.text
