"""WhatsApp outside its 24 hours, from the invitation to the survey's end: the real Rasa, the official SDK and a strict
local Twilio over HTTP, with signed webhooks; only the clock is played."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bot.bootstrap import Conductor, use
from bot.errors import ConductorError
from bot.outreach.templates import push, refresh, wanted
from bot.settings import load_settings
from bot.storage import tables
from bot.storage.templates import SqlTemplates
from channels.twilio.local_provider import ACCOUNT_SID, AUTH_TOKEN, Sent
from channels.twilio.settings import Account
from channels.twilio_whatsapp.approvals import Approvals
from channels.twilio_whatsapp.client import TwilioWhatsappClient
from channels.twilio_whatsapp.connector import TwilioWhatsappInput
from channels.twilio_whatsapp.local_provider import LocalWhatsapp
from channels.twilio_whatsapp.settings import TwilioWhatsappSettings
from tests.backends import Backend
from tests.channels.rasa_server import serving
from tests.doubles import FrozenClock

pytestmark = pytest.mark.about_sqlite(
    "over Redis a provider's limit is kept in real time, and these clocks stand still"
)

PUBLIC = "https://surveys.example.com"
WEBHOOK = f"{PUBLIC}/webhooks/twilio_whatsapp/webhook"
SENDER, ADA = "+14155238886", "+15005550001"
DAY = 24 * 60


@dataclass
class House:
    conductor: Conductor
    clock: FrozenClock
    twilio: LocalWhatsapp
    account: Account
    seen: int = field(default=0)

    async def push(self, survey: str, decided: str = "approved", languages: Sequence[str] = ("en", "de")) -> None:
        """`conductor whatsapp templates push`, and Meta decides."""
        ones = wanted(await self.conductor.catalogue.live(survey), languages)
        store, provider = SqlTemplates(self.conductor.database), Approvals(self.account)
        await push(ones, store, provider, "UTILITY", self.clock.now())
        self.twilio.decide(decided)
        await refresh(store, provider, self.clock.now())

    async def invite(self, survey: str, language: str = "en", **attributes: str) -> list[str]:
        where = {"provider": "twilio_whatsapp", "channel": "whatsapp", "address": ADA, "language": language}
        started = await self.conductor.start_survey(survey, name="Ada", attributes=attributes, **where)
        assert not started["reason"]
        return await self.news()

    async def says(self, text: str, **fields: str) -> list[str]:
        """The customer writes; what they see next."""
        given = {"MessageSid": self.twilio.sid("SM"), "From": f"whatsapp:{ADA}", "To": f"whatsapp:{SENDER}"}
        assert await self.twilio.customer_says(WEBHOOK, {**given, "Body": text, **fields}) == 200
        return await self.news()

    async def taps(self, label: str, sent: Sent | None = None) -> list[str]:
        """On the last message, unless on an older one."""
        return await self.says("", **self.twilio.tapped(sent or self.twilio.sent[-1], label))

    async def news(self) -> list[str]:
        self.clock.forward(0.1)
        await self.conductor.settle()
        shown = [self.twilio.shown(sent) for sent in self.twilio.sent]
        fresh, self.seen = shown[self.seen :], len(shown)
        return fresh

    async def rows(self, table: str, *columns: str) -> list[tuple[Any, ...]]:
        there = getattr(tables, table)
        async with self.conductor.database.read() as connection:
            found = await connection.execute(sa.select(*(there.c[name] for name in columns)).order_by(there.c.id))
            return [tuple(row) for row in found]


@pytest.fixture
async def house(embedded: Backend, rasa_agent: Any, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    clock = FrozenClock()
    async with LocalWhatsapp(public_url=PUBLIC, now=lambda: datetime.fromisoformat(clock.now())) as twilio:
        account = Account(ACCOUNT_SID, AUTH_TOKEN, PUBLIC, twilio.url)
        settings = TwilioWhatsappSettings(account, SENDER)
        senders = {"twilio_whatsapp": TwilioWhatsappClient(settings)}
        database = load_settings(**embedded.settings)
        conductor = Conductor(database, rasa_agent, clock, senders)
        await conductor.prepare()
        use(conductor)
        async with serving(TwilioWhatsappInput(settings), conductor, monkeypatch) as server:
            twilio.reach = server
            yield House(conductor, clock, twilio, account)
        use(None)
        await conductor.stop()


async def test_from_the_template_to_the_surveys_end(house: House) -> None:
    await house.push("delivery_nps")

    [template] = await house.invite("delivery_nps")
    assert template == (
        "Hi Ada! Hazelmoor here. To deliver better, we have 3 short questions about your last delivery: 1 minute. "
        "STOP ends it.\n[Start]\n[Not now]"
    )
    assert await house.rows("invitations", "status") == [("sent",)], "before anybody has replied"
    assert await house.rows("responses", "id") == [], "nothing has begun before the customer replies"

    house.clock.forward(3 * DAY)
    [question] = await house.taps("Start")
    assert question.startswith("How likely are you to recommend us"), "the template has greeted already"
    [liked] = await house.says("10")
    [on_day] = await house.says("1")
    [thanks] = await house.taps("Yes")

    assert [text.splitlines()[0] for text in (liked, on_day)] == [
        "What did you like best?",
        "Did the parcel arrive on the promised day?",
    ]
    assert thanks.startswith("Thank you!")
    assert await house.rows("responses", "status", "invitation_id", "language") == [("completed", 1, "en")]
    assert [a for (a, *_) in await house.rows("answers", "question")] == ["score", "liked", "on_day"]
    assert await house.rows("offers", "id") == []
    [(sent_at,)] = await house.rows("invitations", "sent_at")
    assert sent_at.startswith("2026-11-23"), "when the template left, not when the customer found time"
    assert not house.twilio.refused


async def test_a_tapped_template_may_be_the_first_answer(house: House) -> None:
    await house.push("chat_csat")
    [template] = await house.invite("chat_csat", "de")
    assert template.endswith("[1]\n[2]\n[3]\n[4]\n[5]")

    *sorry, why = await house.taps("2")

    assert len(sorry) == 1, "an unhappy customer's case opens at once"
    assert "?" in why
    assert await house.rows("answers", "question", "value", "raw") == [("score", "2", "2")]
    assert await house.rows("responses", "status", "language") == [("active", "de")]


@pytest.mark.parametrize(
    ("survey", "said", "begun", "answers"),
    [
        ("chat_csat", "a solid 4", True, ["4"]),
        ("chat_csat", "hello?", True, []),
        ("chat_csat", "no thanks", False, []),
        ("delivery_nps", "yes", True, []),
        ("delivery_nps", "hello", True, []),
        ("delivery_nps", "9", True, []),  # the template did not ask: the question comes first
        ("delivery_nps", "", True, []),  # a sticker
        ("delivery_nps", "nope", False, []),
        ("delivery_nps", "later", False, []),
        ("delivery_nps", "Where is my refund?", False, []),
        ("delivery_nps", "agent", False, []),
    ],
)
async def test_what_is_written_instead_of_a_tap(
    house: House, survey: str, said: str, begun: bool, answers: list[str]
) -> None:
    await house.push(survey)
    await house.invite(survey)

    assert await house.says(said), "nobody is met with silence"

    assert bool(await house.rows("responses", "id")) == begun
    assert [value for (value,) in await house.rows("answers", "value")] == answers


async def test_stop_ends_the_offer(house: House) -> None:
    await house.push("delivery_nps")
    await house.invite("delivery_nps")
    await house.says("STOP")

    assert await house.rows("offers", "id") == []
    house.twilio.opted_out.clear()
    [closed] = await house.taps("Start", house.twilio.sent[0])  # after it came our word on STOP
    assert "closed" in closed


async def test_what_is_put_off_or_interrupted_begins_later(house: House) -> None:
    await house.push("delivery_nps")
    await house.invite("delivery_nps")
    template = house.twilio.sent[-1]

    assert await house.taps("Not now") == ["Of course. Just write to us here when it suits you."]
    [refund] = await house.says("where is my refund?")
    assert "refund" in refund.lower()
    house.clock.forward(2 * DAY)
    [question] = await house.taps("Start", template)

    assert question.startswith("How likely")


async def test_an_old_templates_button_does_nothing_bad(house: House) -> None:
    """Its survey is running, is over, or nobody began it in time."""
    await house.push("chat_csat")
    await house.invite("chat_csat")
    template = house.twilio.sent[-1]
    await house.taps("5", template)
    first = await house.rows("answers", "value", "state")
    await house.taps("4", template)
    assert await house.rows("answers", "value", "state") == [(*first[0][:1], "superseded"), ("4", "current")]
    house.clock.forward(8 * DAY)
    await house.news()
    [closed] = await house.taps("5", template)
    assert "closed" in closed


async def test_an_offer_lasts_as_long_as_its_survey(house: House) -> None:
    await house.push("delivery_nps")
    await house.invite("delivery_nps")
    house.clock.forward(7 * DAY + 1)

    [closed] = await house.taps("Start")

    assert "closed" in closed
    assert await house.rows("responses", "id") == []


async def test_inside_the_window_the_survey_begins_at_once(house: House) -> None:
    await house.says("hello")
    [greeting, question] = await house.invite("delivery_nps")
    assert greeting.startswith("Hi Ada!")
    assert question.startswith("How likely")


@pytest.mark.parametrize(
    ("decided", "reason"),
    [
        (None, "There is no template for delivery_nps in en: 'conductor whatsapp templates push' makes one."),
        ("pending", "it is pending"),
        ("rejected", "it is rejected"),
        ("paused", "it is paused"),
    ],
)
async def test_what_cannot_be_offered_is_kept_with_its_reason(house: House, decided: str | None, reason: str) -> None:
    if decided:
        await house.push("delivery_nps", decided)

    assert await house.invite("delivery_nps") == []

    [(status, error)] = await house.rows("outbox", "status", "error")
    [(skipped, why)] = await house.rows("invitations", "status", "reason")
    assert (status, skipped) == ("withheld", "skipped"), "it counts as not asked"
    assert reason in error
    assert why == error
    assert await house.rows("offers", "id") == []


async def test_63016_by_report_is_no_failure_but_a_closed_window(house: House) -> None:
    await house.push("delivery_nps")
    await house.invite("delivery_nps")

    assert await house.twilio.report(house.twilio.sent[-1], "undelivered", "63016") == 200

    [(status, error)] = await house.rows("outbox", "status", "error")
    assert (status, "More than 24 hours" in error) == ("withheld", True)
    assert await house.rows("invitations", "status") == [("skipped",)]
    assert await house.rows("offers", "id") == []


async def test_a_persons_reply_after_the_window_is_refused_and_says_what_can_be_done(house: House) -> None:
    await house.says("agent")
    [here] = [number for (number,) in await house.rows("conversations", "id")]
    await house.conductor.takeover.claim(here, "dana")
    house.clock.forward(DAY)
    with pytest.raises(ConductorError, match=r"24 hours.*another channel"):
        await house.conductor.takeover.reply(here, "dana", "Here is your refund.")

    assert await house.news() == []
    view = await house.conductor.view(here)
    assert view is not None
    assert "refund" not in view["transcript"][-1]["text"]


async def test_who_writes_before_the_template_has_left_is_not_greeted_twice(house: House) -> None:
    await house.push("delivery_nps")
    house.twilio.fail_next(429, 20429, "60")
    await house.invite("delivery_nps")
    [question] = await house.says("hello")
    house.clock.forward(2)

    assert await house.news() == []
    assert question.startswith("How likely")
    assert await house.rows("invitations", "status") == [("sent",)]


async def test_an_anonymous_survey_keeps_its_promise_also_for_the_tapped_answer(house: House) -> None:
    source = (Path(__file__).parent / "surveys" / "anonymous_pulse.yml").read_text(encoding="utf-8")
    tapped = source.replace("type: nps", "type: csat")  # five answers: the template asks it itself
    await house.conductor.catalogue.publish(tapped, house.clock.now(), "anonymous_pulse.yml", Path("."))
    await house.push("anonymous_pulse", languages=("en",))
    await house.invite("anonymous_pulse")
    await house.taps("4")
    assert await house.rows("answers", "id"), "the tap was an answer"
    await house.says("the people")

    assert await house.rows("responses", "status", "conversation_id", "contact_id") == [("completed", None, None)]
    assert all(inbox is None for (inbox,) in await house.rows("answers", "inbox_id"))
    said = [row for row in await house.rows("inbox", "kind", "text", "picked") if row[0] == "message"]
    assert said[0] == ("message", "", None), "nothing in the chat tells which answer it was"
