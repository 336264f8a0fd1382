"""Sending with Slack's own SDK to Slack on this machine, and what its refusals mean."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from channels.contract import Outbound, SendError
from channels.slack.client import SlackClient
from channels.slack.local_provider import LocalSlack, Trouble
from channels.slack.settings import SlackSettings
from channels.testing import gated
from tests.channels.slack.conftest import SECRET, TOKEN


@pytest.fixture
def client(slack: LocalSlack) -> SlackClient:
    return SlackClient(SlackSettings(TOKEN, SECRET, slack.url))


async def say(client: SlackClient, text: str = "Hi", address: str = "U1", key: str = "k1") -> str:
    return await client.send("slack", address, Outbound(text), key)


async def test_the_direct_message_is_opened_once(slack: LocalSlack, client: SlackClient) -> None:
    stamps = [await say(client), await say(client)]

    assert slack.calls == ["conversations.open", "chat.postMessage", "chat.postMessage"]
    assert [(m["channel"], m["text"], m["ts"]) for m in slack.posted] == [("D1", "Hi", ts) for ts in stamps]


async def test_an_open_conversation_is_used_as_it_is(slack: LocalSlack, client: SlackClient) -> None:
    await say(client, address="D2")

    assert slack.calls == ["chat.postMessage"]


@pytest.mark.parametrize(
    ("trouble", "retry", "after"),
    [
        (Trouble("ratelimited", 429, retry_after=30), "later", 30),
        (Trouble(status=429, retry_after=7), "later", 7),
        (Trouble("ratelimited"), "later", None),
        (Trouble(status=503), "later", None),
        (Trouble("internal_error", 500), "later", None),
        (Trouble("service_unavailable"), "later", None),
        (Trouble("invalid_auth"), "channel_dead", None),
        (Trouble("account_inactive"), "channel_dead", None),
        (Trouble("token_revoked", 401), "channel_dead", None),
        (Trouble(status=401), "channel_dead", None),
        (Trouble("missing_scope"), "channel_dead", None),
        (Trouble("channel_not_found"), "never", None),
        (Trouble("is_archived"), "never", None),
        (Trouble("something_new"), "never", None),
        (Trouble(status=404), "never", None),
    ],
)
@pytest.mark.parametrize("method", ["chat.postMessage", "conversations.open"])
async def test_a_refusal_says_whether_to_try_again(
    slack: LocalSlack, client: SlackClient, method: str, trouble: Trouble, retry: str, after: float | None
) -> None:
    slack.fail(method, trouble)

    with pytest.raises(SendError) as refusal:
        await say(client)

    assert (refusal.value.retry, refusal.value.retry_after, refusal.value.opted_out) == (retry, after, False)
    assert slack.posted == []
    assert slack.calls.count(method) == 1  # the SDK repeats nothing by itself


async def test_a_wrong_token_is_a_dead_channel(slack: LocalSlack) -> None:
    with pytest.raises(SendError, match="SLACK_BOT_TOKEN") as refusal:
        await say(SlackClient(SlackSettings("xoxb-wrong", SECRET, slack.url)))

    assert refusal.value.retry == "channel_dead"
    assert "xoxb-wrong" not in str(refusal.value)


async def test_a_stranger_is_never_reached(client: SlackClient) -> None:
    with pytest.raises(SendError, match="user_not_found") as refusal:
        await say(client, address="U9")

    assert refusal.value.retry == "never"


async def test_a_closed_conversation_is_opened_again_the_next_time(slack: LocalSlack, client: SlackClient) -> None:
    await say(client)
    slack.fail("chat.postMessage", Trouble("channel_not_found"))
    with pytest.raises(SendError):
        await say(client)

    await say(client)

    assert slack.calls.count("conversations.open") == 2


async def test_after_a_time_out_nobody_knows(slack: LocalSlack) -> None:
    slack.fail("chat.postMessage", Trouble(hang=1.5))

    with pytest.raises(TimeoutError):
        await say(SlackClient(SlackSettings(TOKEN, SECRET, slack.url), timeout=1))


async def test_a_time_out_while_opening_has_sent_nothing(slack: LocalSlack) -> None:
    slack.fail("conversations.open", Trouble(hang=1.5))

    with pytest.raises(SendError) as refusal:
        await say(SlackClient(SlackSettings(TOKEN, SECRET, slack.url), timeout=1))

    assert refusal.value.retry == "later"


async def test_an_answer_that_can_not_be_read_leaves_it_unknown(slack: LocalSlack, client: SlackClient) -> None:
    slack.fail("chat.postMessage", Trouble(status=200))

    with pytest.raises(TimeoutError):
        await say(client)


@pytest.mark.parametrize("address", ["U1", "D1"])
async def test_a_refused_connection_has_sent_nothing(address: str) -> None:
    with socket.socket() as taken:  # bound, but nobody listens
        taken.bind(("127.0.0.1", 0))
        client = SlackClient(SlackSettings(TOKEN, SECRET, f"http://127.0.0.1:{taken.getsockname()[1]}/api/"))
        with pytest.raises(SendError) as refusal:
            await say(client, address=address)

    assert refusal.value.retry == "later"


async def test_a_long_text_goes_on_where_it_stopped(slack: LocalSlack, client: SlackClient) -> None:
    text = " ".join(f"word{n}" for n in range(4000))
    slack_fails_at_the_second_part(slack)
    with pytest.raises(SendError):
        await say(client, text)

    last = await say(client, text)

    said: list[Any] = [block["text"]["text"] for message in slack.posted for block in message["blocks"]]
    assert " ".join(said) == text
    assert last == slack.posted[-1]["ts"]


def slack_fails_at_the_second_part(slack: LocalSlack) -> None:
    """The first part is taken, the second meets a full server."""
    taken = slack._post

    def post(body: dict[str, Any]) -> Any:
        slack._post = taken  # type: ignore[method-assign]
        slack.fail("chat.postMessage", Trouble(status=503))
        return taken(body)

    slack._post = post  # type: ignore[method-assign]


async def test_a_blank_text_is_not_sent(slack: LocalSlack, client: SlackClient) -> None:
    with pytest.raises(SendError, match="blank") as refusal:
        await say(client, " ")

    assert (refusal.value.retry, slack.calls) == ("never", [])


async def test_only_messages_go_through_the_gate(slack: LocalSlack, client: SlackClient) -> None:
    """Not the opening of a direct message; what is said in a thread does."""
    passed = gated(client)
    await say(client, address="U1")
    await client.say_in_thread("D1", "1.1", "Hi")
    assert passed == ["U1", "D1"]
