"""The way in, over HTTP: Slack on this machine sends, our connector on a real server takes in."""

from __future__ import annotations

import json
from typing import Any

import aiohttp
import pytest

from channels.contract import Outbound
from channels.slack.local_provider import LocalSlack, Trouble
from survey_flows.prompt import Choice, Prompt
from tests.channels.slack.conftest import House

SCORE = Prompt("score", "scale", "How likely?", "en", tuple(Choice(n, str(n)) for n in range(11)))


async def post(house: House, body: bytes, headers: dict[str, str]) -> tuple[int, Any]:
    async with aiohttp.ClientSession() as session, session.post(house.webhook, data=body, headers=headers) as answer:
        return answer.status, answer.headers.get("X-Slack-No-Retry")


async def test_the_address_proves_itself_to_slack(slack: LocalSlack, house: House) -> None:
    assert await slack.deliver(house.webhook, {"type": "url_verification", "challenge": "3eZbrw"}) == (200, "3eZbrw")


async def test_what_could_not_be_stored_comes_again(slack: LocalSlack, house: House) -> None:
    house.inbox.broken = 2

    status, _ = await slack.deliver(house.webhook, slack.event("U1", "9"), retries=(0, 0, 0))

    assert (status, [m.text for m in house.inbox.messages]) == (200, ["9"])
    assert house.connector.seam.counters["retried"] == 2


def forged(slack: LocalSlack, body: bytes) -> dict[str, str]:
    return LocalSlack("", "guessed", set()).signed(body)


EVENT = LocalSlack("", "", set()).event("U1", "9")
BODY = json.dumps(EVENT).encode()


@pytest.mark.parametrize(("sign", "status"), [(forged, 403), (LocalSlack.signed, 400)])
async def test_what_is_not_slacks_is_not_sent_again(slack: LocalSlack, house: House, sign: Any, status: int) -> None:
    body = BODY if sign is forged else b"not json"
    assert await post(house, body, {"Content-Type": "application/json", **sign(slack, body)}) == (status, "1")


async def test_a_pressed_button_is_an_answer_and_the_message_shows_it(slack: LocalSlack, house: House) -> None:
    await house.client.send("slack", "U1", Outbound(prompt=SCORE), "k1")
    press = slack.press("U1", slack.posted[0], "9")

    assert await slack.deliver(house.webhook, press) == (200, "")
    await house.connector.settled()

    (message,) = house.inbox.messages
    assert (message.address, message.text, message.picked) == ("U1", "9", {"question": "score", "value": 9})
    assert [block["type"] for block in slack.posted[0]["blocks"]] == ["section", "section"]
    assert slack.posted[0]["blocks"][1]["text"]["text"] == "✓ 9"


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
