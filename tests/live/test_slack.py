"""One whole survey on Slack, from the Home tab to the last words: through webhooks, and again through the socket. One
real server with the real Rasa; Slack is on this machine."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import pytest

from channels.slack.local_provider import LocalSlack, direct
from tests.backends import Backend
from tests.channels.slack.test_form import labels
from tests.live.until import until
from tests.server import Server
from tests.test_connected import WHOLE

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

SURVEY = "product_feedback"
Send = Callable[[Mapping[str, Any]], Awaitable[Any]]
"""Has Slack send something; what it was answered, where that is more than an acknowledgement."""


class Person:
    """A member of the workspace, and how what they do reaches us."""

    def __init__(self, slack: LocalSlack, user: str, send: Send) -> None:
        self.slack, self.user, self.send = slack, user, send

    def read(self) -> list[dict[str, Any]]:
        """What stands in their direct message with the app."""
        return [message for message in self.slack.posted if message["channel"] == direct(self.user)]

    async def sees(self, words: str) -> dict[str, Any]:
        """The last message with these words, once it is there."""
        await until(lambda: [str(message) for message in self.read()], words)
        return [message for message in self.read() if words in str(message)][-1]

    async def presses(self, message: Mapping[str, Any], label: str) -> None:
        await self.send(self.slack.press(self.user, message, label))

    async def opens(self, message: Mapping[str, Any], label: str) -> dict[str, Any]:
        """The form that opens."""
        before = len(self.slack.views)
        await self.presses(message, label)
        await until(lambda: ["opened"] * (len(self.slack.views) - before), "opened")
        return self.slack.views[-1]


def boxes(form: Mapping[str, Any]) -> dict[str, str]:
    """Value → label of what can be ticked."""
    return {json.loads(o["value"]): o["text"]["text"] for o in form["blocks"][-1]["element"]["options"]}


async def tell(person: Person) -> None:
    slack, user = person.slack, person.user
    await person.send(slack.events.visit(user))
    await until(lambda: list(slack.homes), user)
    assert len(labels(slack.homes[user])) > 5
    await person.send(slack.events.command(user))
    assert labels(slack.whispered[-1]) == labels(slack.homes[user])[:-1]

    await person.send(slack.events.command(user, SURVEY))
    assert "first question" in slack.whispered[-1]["text"]
    asked = await person.sees("used most")
    form = await person.opens(asked, "Choose answers")
    options = boxes(form)
    answer = await person.send(
        slack.submit(user, form, [options[k] for k in ("search", "checkout", "tracking", "returns")])
    )
    assert "3" in answer["errors"]["answer"]
    await person.send(slack.submit(user, form, [options["search"], options["returns"]]))
    assert labels(await person.sees("✓ ")) == []

    for part, stars in (("search", "5"), ("returns", "2")):
        rated = await person.sees(f"{options[part].partition(' ')[2]}: how well did it work")
        await person.presses(rated, stars)
        await until(lambda rated=rated: [str(rated)], f"✓ {stars}")
    asked = await person.sees("change one thing")
    await person.send(slack.submit(user, await person.opens(asked, "Write an answer"), "The search"))
    more = await person.sees("a little more")
    await person.send(
        slack.submit(user, await person.opens(more, "Write an answer"), "It finds nothing with two words.")
    )
    await person.sees("Thank you! Our product team")
    assert f"Hi {user} Local!" in str(person.read()[0])


async def test_a_survey_from_the_home_tab_to_its_end_by_webhook_and_by_socket(backend: Backend) -> None:
    account = WHOLE["slack"]
    slack = LocalSlack(account["SLACK_BOT_TOKEN"], account["SLACK_SIGNING_SECRET"], {"U0ADA", "U0BOB"})
    environment = {**account, "SLACK_API_BASE_URL": await slack.start(), "SLACK_APP_TOKEN": slack.app_token}
    server = await asyncio.to_thread(Server, backend, **environment)
    try:

        async def by_webhook(payload: Mapping[str, Any]) -> Any:
            status, said = await slack.deliver(f"{server.url}/webhooks/slack/webhook", payload, (0.0,))
            assert status == 200, said
            return json.loads(said) if said.startswith("{") else {}

        async def by_socket(payload: Mapping[str, Any]) -> Any:
            acknowledged = await slack.push(payload, (0.0,))
            assert acknowledged is not None, payload
            return acknowledged

        await slack.sockets.connected()
        await tell(Person(slack, "U0ADA", by_webhook))
        await tell(Person(slack, "U0BOB", by_socket))
    finally:
        stopped = await asyncio.to_thread(server.stop)
        await slack.stop()
    assert stopped == 0
    rows = backend.rows(
        "select r.status, a.question, a.value from answers a join responses r on r.id = a.response_id "
        "where a.state = 'current' order by r.id, a.id"
    )
    one = [("completed", question, json.loads(value)) for _, question, value in rows[: len(rows) // 2]]
    assert one == [("completed", q, json.loads(v)) for _, q, v in rows[len(rows) // 2 :]]
    assert [value for _, question, value in one if question == "used"] == [["search", "returns"]]
    assert [value for _, question, value in one if question == "rate"] == [5, 2]
    assert [value for _, question, value in one if question == "idea"] == [
        "The search\nIt finds nothing with two words."
    ]
