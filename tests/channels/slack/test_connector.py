"""The way in, over HTTP: Slack on this machine sends, our connector on a real server takes in."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import aiohttp
import pytest

from channels.contract import Outbound
from channels.errors import NotConfigured
from channels.slack.connector import SlackInput
from channels.slack.local_provider import LocalSlack, Trouble
from survey_flows.prompt import Choice, Prompt
from tests.channels.slack.conftest import House

SCORE = Prompt("score", "scale", "How likely?", "en", tuple(Choice(n, str(n)) for n in range(11)))
LIKED = Prompt("liked", "multi_choice", "What did you like?", "en", (Choice("s", "Speed"), Choice("p", "Price")))


async def post(house: House, body: bytes, headers: dict[str, str]) -> tuple[int, Any]:
    async with aiohttp.ClientSession() as session, session.post(house.webhook, data=body, headers=headers) as answer:
        return answer.status, answer.headers.get("X-Slack-No-Retry")


async def test_the_address_proves_itself_to_slack(slack: LocalSlack, house: House) -> None:
    assert await slack.deliver(house.webhook, {"type": "url_verification", "challenge": "3eZbrw"}) == (200, "3eZbrw")


async def test_a_message_sent_three_times_is_kept_once(slack: LocalSlack, house: House) -> None:
    event = slack.event("U1", "9")

    assert [await slack.deliver(house.webhook, event) for _ in range(3)] == [(200, "")] * 3
    assert [(m.address, m.text) for m in house.inbox.messages] == [("U1", "9")]
    assert house.connector.seam.counters == {"ok": 3, "accepted": 1, "duplicate": 2}


async def test_what_could_not_be_stored_comes_again(slack: LocalSlack, house: House) -> None:
    house.inbox.broken = 2

    status, _ = await slack.deliver(house.webhook, slack.event("U1", "9"), retries=(0, 0, 0))

    assert (status, [m.text for m in house.inbox.messages]) == (200, ["9"])
    assert house.connector.seam.counters["retried"] == 2


async def test_messages_out_of_order_are_both_kept(slack: LocalSlack, house: House) -> None:
    first, second = slack.event("U1", "first"), slack.event("U1", "second")

    await slack.deliver(house.webhook, second)
    await slack.deliver(house.webhook, first)

    assert {m.text for m in house.inbox.messages} == {"first", "second"}


@pytest.mark.parametrize(
    "payload",
    [
        {"type": "view_closed"},
        {"type": "app_rate_limited"},
        {"type": "event_callback", "event_id": "E1", "event": {"type": "something_new"}},
    ],
)
async def test_unknown_types_are_acknowledged_counted_and_ignored(
    slack: LocalSlack, house: House, payload: dict[str, Any]
) -> None:
    assert (await slack.deliver(house.webhook, payload))[0] == 200
    assert house.connector.seam.counters["ignored"] == 1
    assert house.inbox.messages == []


def forged(slack: LocalSlack, body: bytes) -> dict[str, str]:
    return LocalSlack("", "guessed", set()).signed(body)


def late(slack: LocalSlack, body: bytes) -> dict[str, str]:
    return slack.signed(body, at=time.time() - 301)


def unsigned(slack: LocalSlack, body: bytes) -> dict[str, str]:
    return {}


def signed(slack: LocalSlack, body: bytes) -> dict[str, str]:
    try:
        return slack.signed(body)
    except UnicodeDecodeError:
        return slack.signed(b"")


EVENT = LocalSlack("", "", set()).event("U1", "9")
BODY = json.dumps(EVENT).encode()


@pytest.mark.parametrize(
    ("sign", "body", "status", "counter"),
    [
        (forged, BODY, 403, "refused"),
        (late, BODY, 403, "refused"),
        (unsigned, BODY, 403, "refused"),
        (signed, b"\xff\xfe", 403, "refused"),
        (signed, b"not json", 400, "malformed"),
        (signed, b"x" * 1_000_000, 413, "too_large"),
        (unsigned, b"x" * 1_000_000, 413, "too_large"),
    ],
)
async def test_what_is_not_slacks_changes_nothing_and_is_not_sent_again(
    slack: LocalSlack,
    house: House,
    sign: Callable[[LocalSlack, bytes], dict[str, str]],
    body: bytes,
    status: int,
    counter: str,
) -> None:
    headers = {"Content-Type": "application/json", **sign(slack, body)}

    assert await post(house, body, headers) == (status, "1")
    assert house.inbox.messages == []
    assert house.connector.seam.counters == {counter: 1}


async def test_a_pressed_button_is_an_answer_and_the_message_shows_it(slack: LocalSlack, house: House) -> None:
    await house.client.send("slack", "U1", Outbound(prompt=SCORE), "k1")
    press = slack.press("U1", slack.posted[0], "9")

    assert await slack.deliver(house.webhook, press) == (200, "")
    await house.connector.settled()

    (message,) = house.inbox.messages
    assert (message.address, message.text, message.picked) == ("U1", "9", {"question": "score", "value": 9})
    assert [block["type"] for block in slack.posted[0]["blocks"]] == ["section", "section"]
    assert slack.posted[0]["blocks"][1]["text"]["text"] == "✓ 9"


async def test_ticked_boxes_are_one_answer(slack: LocalSlack, house: House) -> None:
    await house.client.send("slack", "U1", Outbound(prompt=LIKED), "k1")

    await slack.deliver(house.webhook, slack.press("U1", slack.posted[0], "Send", ticked=["Speed", "Price"]))
    await house.connector.settled()

    assert house.inbox.messages[0].picked == {"question": "liked", "value": ["s", "p"]}
    assert slack.posted[0]["blocks"][1]["text"]["text"] == "✓ Speed, Price"


@pytest.mark.parametrize("trouble", [Trouble("message_not_found"), Trouble("internal_error", 500), Trouble(status=502)])
async def test_an_answer_is_kept_where_its_message_can_not_be_changed(
    slack: LocalSlack, house: House, trouble: Trouble
) -> None:
    await house.client.send("slack", "U1", Outbound(prompt=SCORE), "k1")
    slack.fail("chat.update", trouble)

    assert (await slack.deliver(house.webhook, slack.press("U1", slack.posted[0], "3")))[0] == 200
    await house.connector.settled()

    assert house.connector.seam.counters["not_shown"] == 1
    assert [m.picked for m in house.inbox.messages] == [{"question": "score", "value": 3}]


async def test_a_message_is_not_changed_for_an_answer_that_was_not_stored(slack: LocalSlack, house: House) -> None:
    await house.client.send("slack", "U1", Outbound(prompt=SCORE), "k1")
    house.inbox.broken = 1

    assert (await slack.deliver(house.webhook, slack.press("U1", slack.posted[0], "3")))[0] == 503
    assert slack.posted[0]["blocks"][-1]["type"] == "actions"
    assert "chat.update" not in slack.calls


async def test_slack_gets_its_answer_while_the_message_is_still_being_changed(slack: LocalSlack, house: House) -> None:
    await house.client.send("slack", "U1", Outbound(prompt=SCORE), "k1")
    slack.fail("chat.update", Trouble(status=500, hang=0.3))

    assert (await slack.deliver(house.webhook, slack.press("U1", slack.posted[0], "3")))[0] == 200
    assert house.connector.seam.counters["not_shown"] == 0
    await house.connector.settled()
    assert house.connector.seam.counters["not_shown"] == 1


def test_without_its_secret_the_channel_refuses_to_start(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NotConfigured, match="SLACK_BOT_TOKEN and SLACK_SIGNING_SECRET"):
        SlackInput.from_credentials({})
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-1")
    with pytest.raises(NotConfigured, match="SLACK_SIGNING_SECRET"):
        SlackInput.from_credentials({})
    monkeypatch.setenv("SLACK_SIGNING_SECRET", "s")
    assert SlackInput.from_credentials({}).name() == "slack"
