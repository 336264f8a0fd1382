"""A team works from its Slack channel: the real Rasa, the real connector over HTTP, and a workspace on this machine
that refuses what Slack refuses. The customer is on another channel."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from bot.bootstrap import Conductor
from bot.errors import ConductorError
from bot.identity.roles import Role
from bot.recovery.notifying import LEASE_SECONDS
from bot.settings import load_settings
from channels.slack.client import SlackClient
from channels.slack.connector import SlackInput
from channels.slack.local_provider import LocalSlack, Trouble, direct
from channels.slack.settings import SlackSettings
from tests.backends import Backend
from tests.channels.rasa_server import serving
from tests.journeys.stage import Stage

TOKEN, SECRET = "xoxb-local", "shhh"
RECOVERY = """
teams:
  care:
    first_response: {urgent: 1h, high: 1h, normal: 1h, low: 1h}
    unassigned_after: 9d
    notify: {slack: [C0CARE]}
    lead: {slack: [U0LEAD]}
  second: {title: {en: Second line}, notify: {slack: [C0TWO]}}
default_team: care
"""
PEOPLE = {"U0KIM", "U0LEE", "U0EVE", "U0ANA", "U0LEAD"}


class Shop(Stage):
    """The stage, with a workspace where Kim and Lee are agents, Ana is an analyst, and Eve is nobody."""

    def __init__(self, folder: Path, backend: Backend, agent: Any, slack: LocalSlack) -> None:
        super().__init__(backend, agent)
        (folder / "recovery.yml").write_text(RECOVERY)
        settings = load_settings(
            **backend.settings,
            recovery=folder / "recovery.yml",
            public_url="https://surveys.example",
        )
        client = SlackClient(SlackSettings(TOKEN, SECRET, slack.url), timeout=2)
        self.conductor = Conductor(settings, agent, self.clock, {"web": self.sender, "slack": client})

    async def hire(self) -> None:
        staff = self.conductor.staff
        await staff.add(Role.ADMIN, "kim@shop.example", "Kim", Role.ADMIN)
        lee = await staff.add(Role.ADMIN, "lee", "Lee", Role.AGENT)
        await staff.name_in_slack(Role.ADMIN, lee.id, "U0LEE")
        await staff.add(Role.ADMIN, "ana@shop.example", "Ana", Role.ANALYST)


@dataclass
class Scene:
    shop: Shop
    slack: LocalSlack
    connector: SlackInput
    webhook: str
    heard: int = field(default=0)

    async def goes_on(self) -> None:
        for _ in range(2):
            self.shop.clock.forward(0.05)
            await self.shop.conductor.settle()
        await self.connector.settled()

    async def slack_sends(self, payload: Mapping[str, Any]) -> str:
        status, said = await self.slack.deliver(self.webhook, payload, ())
        assert status == 200, said
        await self.connector.settled()
        await self.goes_on()
        return said

    async def unhappy(self, score: str = "2") -> None:
        await self.shop.turn({"start": "delivery_nps", "name": "Ada"})
        await self.customer(score)

    async def customer(self, text: str) -> None:
        await self.shop.say(text)
        await self.goes_on()

    def new_to_customer(self) -> list[str]:
        taken = [m.prompt.text if m.prompt else m.text for _, m in self.shop.sender.taken]
        new, self.heard = taken[self.heard :], len(taken)
        return new

    def posts(self, channel: str = "C0CARE") -> list[dict[str, Any]]:
        return [m for m in self.slack.posted if m["channel"] == channel]

    def card(self, channel: str = "C0CARE") -> dict[str, Any]:
        return self.posts(channel)[0]

    def thread(self, channel: str = "C0CARE") -> list[str]:
        """The lines below the case, in order."""
        below = [m for m in self.posts(channel) if m.get("thread_ts") == self.card(channel)["ts"]]
        return [b["text"]["text"] for m in below for b in m["blocks"] if b["type"] == "section"]

    def buttons(self, channel: str = "C0CARE") -> list[str]:
        blocks = [b for b in self.card(channel)["blocks"] if b["type"] == "actions"]
        return [e["text"]["text"] for b in blocks for e in b["elements"]]

    async def press(self, who: str, label: str, channel: str = "C0CARE") -> None:
        await self.slack_sends(self.slack.press(who, self.card(channel), label))

    async def write(self, who: str, text: str) -> dict[str, Any]:
        payload = self.slack.events.thread(who, self.card(), text)
        await self.slack_sends(payload)
        return payload

    def whispers(self) -> list[tuple[str, str]]:
        return [(w["user"], w["text"]) for w in self.slack.whispered]

    async def case(self) -> dict[str, Any]:
        [case] = await self.shop.rows("cases")
        return case


@pytest_asyncio.fixture
async def scene(
    tmp_path: Path, backend: Backend, rasa_agent: Any, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Scene]:
    slack = LocalSlack(TOKEN, SECRET, people=set(PEOPLE), channels={"C0CARE", "C0TWO"})
    slack.emails = {"U0KIM": "Kim@shop.example", "U0ANA": "ana@shop.example"}
    await slack.start()
    shop = Shop(tmp_path, backend, rasa_agent, slack)
    await shop.open()
    await shop.hire()
    connector = SlackInput(SlackSettings(TOKEN, SECRET, slack.url))
    async with serving(connector, shop.conductor, monkeypatch) as address:
        webhook = address if address.endswith("webhook") else f"{address}/webhooks/slack/webhook"
        yield Scene(shop, slack, connector, webhook)
    await shop.close()
    await slack.stop()


async def test_the_whole_story(scene: Scene) -> None:
    await scene.unhappy()
    card = scene.card()
    assert "New case 1" in str(card["blocks"][0])
    assert "2 (NPS)" in str(card)
    assert scene.buttons() == ["Claim", "Transfer", "Open the case"]
    scene.new_to_customer()

    await scene.customer("My parcel never came.")
    assert "> My parcel never came." in str(scene.card()["blocks"]), "what they say is on the case"
    assert any("My parcel never came." in line for line in scene.thread())

    await scene.press("U0KIM", "Claim")
    assert (await scene.case())["agent"] == "Kim"
    assert scene.buttons() == ["Resolve", "Hand back", "Transfer", "Open the case"]
    assert any("Kim has the case" in line for line in scene.thread())
    scene.new_to_customer()

    await scene.write("U0KIM", "Hello Ada, I look into it.\n! refund is fine")
    assert scene.new_to_customer() == ["Hello Ada, I look into it."]
    notes = [e for e in await scene.shop.rows("case_events") if e["kind"] == "note"]
    assert [(e["actor"], "refund is fine" in e["data"]) for e in notes] == [("Kim", True)]
    assert not any("Hello Ada" in line or "refund" in line for line in scene.thread()), "said there already"

    await scene.customer("Thank you <!here>")
    assert any(line.endswith("*Ada:* Thank you &lt;!here&gt;") for line in scene.thread()), scene.thread()
    assert scene.new_to_customer() == [], "the bot is silent"

    await scene.press("U0KIM", "Resolve")
    form = scene.slack.views[-1]
    await scene.slack_sends(scene.slack.events.fill("U0KIM", form, choose="late", answer="Sent a new parcel."))
    case = await scene.case()
    assert (case["status"], case["root_cause"], case["action_taken"]) == ("resolved", "late", "Sent a new parcel.")
    assert scene.buttons() == ["Open the case"]
    assert any("Kim resolved the case: late, Sent a new parcel." in line for line in scene.thread())
    told = scene.new_to_customer()
    assert len(told) >= 2, told  # that the bot is back, and the question that waited
    assert scene.whispers() == []
    assert (await scene.shop.conductor.takeover.held(await scene.shop.here())).owner == "survey"


async def test_the_console_shows_in_slack(scene: Scene) -> None:
    await scene.unhappy()
    casework, takeover = scene.shop.conductor.casework, scene.shop.conductor.takeover
    here = await scene.shop.here()
    await casework.claim(1, "Lee")
    await takeover.reply(here, "Lee", "I am on it.")
    await casework.note(1, "Lee", "good customer")
    await scene.goes_on()
    assert [line for line in scene.thread() if "I am on it." in line] == ["💬 *Lee:* I am on it."]
    assert "🔒 *Lee:* good customer" in scene.thread()
    assert "Lee" in str(scene.card()["blocks"])
    await takeover.hand_back(here, "Lee")
    await scene.goes_on()
    assert scene.buttons() == ["Claim", "Resolve", "Transfer", "Open the case"]


async def test_a_race_between_slack_and_the_console(scene: Scene) -> None:
    await scene.unhappy()
    press = scene.slack.deliver(scene.webhook, scene.slack.press("U0KIM", scene.card(), "Claim"), ())
    _, lost = await asyncio.gather(press, _claims(scene, "Lee"))
    await scene.goes_on()
    winner = (await scene.case())["agent"]
    if winner == "Lee":
        assert lost == ""
        assert [who for who, _ in scene.whispers()] == ["U0KIM"]
        assert "Lee has this conversation already." in scene.whispers()[0][1]
    else:
        assert "Kim has this conversation already." in lost


async def _claims(scene: Scene, agent: str) -> str:
    try:
        await scene.shop.conductor.casework.claim(1, agent)
    except ConductorError as error:
        return str(error)
    return ""


async def test_the_loser_of_two_in_slack_is_told_who(scene: Scene) -> None:
    await scene.unhappy()
    kim, lee = (scene.slack.press(who, scene.card(), "Claim") for who in ("U0KIM", "U0LEE"))
    await scene.slack.deliver(scene.webhook, lee, ())
    await scene.slack_sends(kim)
    assert (await scene.case())["agent"] == "Lee"
    assert [(who, "Lee has this" in text) for who, text in scene.whispers()] == [("U0KIM", True)]


@pytest.mark.parametrize(("who", "says"), [("U0EVE", "You are no agent here"), ("U0ANA", "Your role is analyst")])
async def test_who_may_not_changes_nothing_and_is_told_so(scene: Scene, who: str, says: str) -> None:
    await scene.unhappy()
    scene.new_to_customer()
    await scene.press(who, "Claim")
    await scene.write(who, "Hello, I am from the shop")
    await scene.press(who, "Transfer")
    assert [(to, says in text) for to, text in scene.whispers()] == [(who, True)] * 3
    assert scene.slack.views == []
    assert scene.new_to_customer() == []
    case = await scene.case()
    assert (case["status"], case["agent"], case["team"]) == ("new", None, "care")


@pytest.mark.parametrize(
    "facts",
    [{"team_id": "T0OTHER"}, {"is_stranger": True}, {"is_email_confirmed": False}, {"deleted": True}, {"is_bot": True}],
)
async def test_an_address_that_proves_nothing_makes_nobody_an_agent(scene: Scene, facts: dict[str, Any]) -> None:
    await scene.unhappy()
    scene.slack.emails["U0EVE"] = "kim@shop.example"
    scene.slack.facts["U0EVE"] = facts
    await scene.press("U0EVE", "Claim")
    assert (await scene.case())["agent"] is None


async def test_writing_before_claiming_reaches_nobody(scene: Scene) -> None:
    await scene.unhappy()
    scene.new_to_customer()
    await scene.write("U0KIM", "Hello")
    assert scene.new_to_customer() == []
    assert "Take it over first" in scene.whispers()[0][1]


async def test_an_edit_a_deletion_and_a_second_delivery_reach_the_customer_no_second_time(scene: Scene) -> None:
    await scene.unhappy()
    await scene.press("U0KIM", "Claim")
    scene.new_to_customer()
    said = await scene.write("U0KIM", "Yuo get a refund")
    await scene.slack_sends(said)
    await scene.slack_sends(scene.slack.events.edit(said, "You get a refund"))
    await scene.slack_sends(scene.slack.events.delete(said))
    assert scene.new_to_customer() == ["Yuo get a refund"]
    assert ["not passed on" in text for _, text in scene.whispers()] == [True, True]


async def test_what_is_said_elsewhere_in_the_channel_is_nobodys_business(scene: Scene) -> None:
    await scene.unhappy()
    await scene.press("U0KIM", "Claim")
    scene.new_to_customer()
    other = {"channel": "C0CARE", "ts": "1600000000.000001"}
    await scene.slack_sends(scene.slack.events.thread("U0KIM", other, "lunch?"))
    await scene.slack_sends(scene.slack.events.event("U0KIM", "lunch?", channel="C0CARE", channel_type="channel"))
    assert scene.new_to_customer() == []
    assert scene.whispers() == []
    assert [row["text"] for row in await scene.shop.rows("inbox") if row["kind"] == "message"] == ["2"]


async def test_a_mention_in_a_cases_thread_is_no_customers_message(scene: Scene) -> None:
    await scene.unhappy()
    where = {"thread_ts": scene.card()["ts"]}
    await scene.slack_sends(scene.slack.events.mention("U0KIM", "C0CARE", "help", **where))
    assert [row["provider"] for row in await scene.shop.rows("inbox") if row["kind"] == "message"] == ["web"]


async def test_the_lead_is_told_with_a_button_and_may_take_it_from_their_direct_message(scene: Scene) -> None:
    await scene.unhappy()
    lead = direct("U0LEAD")
    assert scene.posts(lead) == []
    await scene.shop.conductor.staff.add(Role.ADMIN, "lead", "Lena", Role.MANAGER)
    agents = {a.login: a.id for a in await scene.shop.conductor.staff.list()}
    await scene.shop.conductor.staff.name_in_slack(Role.ADMIN, agents["lead"], "U0LEAD")
    [risk] = [c["at"] for c in await scene.shop.rows("case_clocks") if c["kind"] == "first_response_risk"]
    scene.shop.clock.at = risk
    await scene.goes_on()
    assert "the first answer will soon be late" in scene.card(lead)["text"]
    assert scene.buttons(lead)[0] == "Claim"
    await scene.press("U0LEAD", "Claim", lead)
    scene.new_to_customer()
    await scene.slack_sends(scene.slack.events.thread("U0LEAD", scene.card(lead), "I take care of it myself."))
    assert scene.new_to_customer() == ["I take care of it myself."]
    assert any("Lena" in line and "take care of it myself" in line for line in scene.thread()), "the team sees it, too"
    assert "Resolve" in scene.buttons()
    # The same direct message, outside a case's thread, is a customer's.
    await scene.slack_sends(scene.slack.event("U0LEAD", "hello"))
    assert any(row["provider"] == "slack" for row in await scene.shop.rows("inbox"))


async def test_passed_on_to_another_team_the_thread_ends_and_theirs_begins(scene: Scene) -> None:
    await scene.unhappy()
    await scene.press("U0KIM", "Transfer")
    form = scene.slack.views[-1]
    await scene.slack_sends(scene.slack.events.fill("U0KIM", form, choose="Second line", answer="speaks French"))
    assert (await scene.case())["team"] == "second"
    assert "The case is with Second line now" in scene.thread()[-1]
    assert scene.buttons() == ["Open the case"]
    assert "was passed on to you" in scene.card("C0TWO")["text"]
    assert any("speaks French" in line for line in scene.thread("C0TWO"))
    await scene.customer("Anybody there?")
    assert not any("Anybody there?" in line for line in scene.thread())
    assert any("Anybody there?" in line for line in scene.thread("C0TWO"))


@pytest.mark.parametrize("method", ["chat.postMessage", "chat.update"])
async def test_slack_is_busy_and_nothing_stands_twice(scene: Scene, method: str) -> None:
    await scene.unhappy()
    scene.slack.fail(method, Trouble("ratelimited", 429, retry_after=1))
    await scene.customer("It was wet.")
    scene.shop.clock.forward(1)
    await scene.goes_on()
    assert len([line for line in scene.thread() if "It was wet." in line]) == 1
    assert "It was wet." in str(scene.card()["blocks"])


async def test_slack_takes_a_line_but_the_answer_is_lost(scene: Scene) -> None:
    await scene.unhappy()
    room = scene.shop.conductor.senders["slack"]
    real = room.call

    async def loses(method: str, **body: Any) -> Any:
        answer = await real(method, **body)
        if method == "chat.postMessage":
            room.call = real
            raise TimeoutError
        return answer

    room.call = loses
    await scene.customer("It was wet.")
    for _ in range(3):
        scene.shop.clock.forward(LEASE_SECONDS / 60)
        await scene.goes_on()
    assert len([line for line in scene.thread() if "It was wet." in line]) == 1


async def test_an_anonymous_survey_is_not_mirrored_beside_a_name(scene: Scene) -> None:
    await scene.unhappy()
    here = await scene.shop.here()
    await scene.shop.conductor.casework.claim(1, "Kim")
    await scene.shop.conductor.takeover.hand_back(here, "Kim", resume=False)
    await scene.goes_on()
    import sqlalchemy as sa

    from bot.storage.tables import responses

    async with scene.shop.conductor.database.write() as connection:
        await connection.execute(sa.update(responses).values(contact_id=None))
    await scene.customer("my boss is mean")
    assert not any("my boss is mean" in line for line in scene.thread())


async def test_handed_back_the_bot_may_be_told_to_ask_nothing(scene: Scene) -> None:
    await scene.unhappy()
    await scene.press("U0KIM", "Claim")
    scene.new_to_customer()
    await scene.press("U0KIM", "Hand back")
    form = scene.slack.views[-1]
    label = "Leave the survey where it is: the bot asks nothing"
    await scene.slack_sends(scene.slack.events.fill("U0KIM", form, answer=label))
    assert len(scene.new_to_customer()) == 1, "that it is the bot again, and no question"
    [back] = [e for e in await scene.shop.rows("case_events") if e["kind"] == "handed_back"]
    assert '"resumed": false' in back["data"], "the console shows the same"
    assert any("which asks nothing" in line for line in scene.thread())
    assert scene.whispers() == []


async def test_after_a_completed_survey_there_is_nothing_to_go_on_with(scene: Scene) -> None:
    await scene.unhappy()
    await scene.customer("it came late, the box was wet and nobody rang")
    await scene.customer("no")
    assert {row["status"] for row in await scene.shop.rows("responses")} == {"completed"}
    await scene.press("U0KIM", "Claim")
    await scene.press("U0KIM", "Resolve")
    assert "question that waits" not in str(scene.slack.views[-1])
    await scene.press("U0KIM", "Hand back")
    form = scene.slack.views[-1]
    assert "go on" not in str(form)
    label = "The bot answers again; no question of a survey waits"
    await scene.slack_sends(scene.slack.events.fill("U0KIM", form, answer=label))
    assert (await scene.shop.conductor.takeover.held(await scene.shop.here())).owner == "bot"
    assert scene.whispers() == []


async def test_who_is_in_the_channel_is_not_in_the_team(scene: Scene) -> None:
    await scene.unhappy()
    [lee] = [a for a in await scene.shop.conductor.staff.list() if a.name == "Lee"]
    await scene.shop.conductor.staff.change(Role.ADMIN, lee.id, Role.AGENT, ["second"])
    scene.new_to_customer()
    await scene.press("U0LEE", "Claim")
    await scene.write("U0LEE", "! a note\nHello Ada")
    await scene.press("U0LEE", "Transfer")
    assert [(to, "another team's" in text) for to, text in scene.whispers()] == [("U0LEE", True)] * 3
    assert scene.slack.views == []
    assert scene.new_to_customer() == []
    assert (await scene.case())["agent"] is None
    assert [e for e in await scene.shop.rows("case_events") if e["kind"] == "note"] == []
