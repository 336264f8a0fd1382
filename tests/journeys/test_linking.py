"""A customer who is known by SMS brings a code to Telegram: one contact, one history, one opt-out."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot.outreach.linking import Linking
from bot.storage.links import SqlLinks
from channels.contract import Inbound
from tests.backends import Backend
from tests.journeys.stage import Stage, as_line

SMS, CHAT = "+15005550001", "4711"


class Town(Stage):
    """A stage on which one customer is met in several places."""

    async def at(self, channel: str, address: str, text: str, **extra: Any) -> list[str]:
        """The customer writes; returns what is sent there because of it."""
        self._said += 1
        message = Inbound("web", channel, f"m{self._said}", address, text, language="en", extra=extra)
        assert await self.conductor.accept(message)
        return await self.sent()

    async def sent(self) -> list[str]:
        self.clock.forward(0.05)
        await self.conductor.settle()
        new = [as_line(message) for _, message in self.sender.taken[self._seen :]]
        self._seen = len(self.sender.taken)
        return new

    async def code(self, external_id: str | None, survey: str | None = None, days: int = 30, address: str = "") -> str:
        links, now = SqlLinks(self.conductor.database), self.clock.now()
        contact = await links.contact(external_id, ("sms", address) if address else None, None, "en", now)
        return (await Linking(links, secrets.token_bytes).make(contact, survey, days, now))[0]

    async def contacts(self) -> list[tuple[str | None, bool]]:
        return [(row["external_id"], row["opted_out_at"] is not None) for row in await self.rows("contacts")]


@pytest.fixture
async def town(backend: Backend, rasa_agent: Any) -> AsyncIterator[Town]:
    stage = Town(backend, rasa_agent)
    await stage.open()
    yield stage
    await stage.close()


async def test_a_deep_link_makes_one_contact_and_starts_its_survey(town: Town) -> None:
    await town.at("sms", SMS, "hello")
    code = await town.code("C-1", "delivery_nps", address=SMS)

    lines = await town.at("telegram", CHAT, "/start", start=code)

    assert lines[0] == "Thank you, now I know that it is you."
    assert lines[1].startswith("Hi there! Hazelmoor here")
    assert lines[2].startswith("[score]")
    assert await town.contacts() == [("C-1", False)]
    assert [row["status"] for row in await town.rows("invitations")] == ["sent"]
    assert (await town.at("telegram", CHAT, "9"))[0].startswith("[liked]")
    await town.at("sms", SMS, "STOP")
    assert await town.contacts() == [("C-1", True)]


async def test_a_code_is_typed_on_any_channel_and_in_the_middle_of_a_survey(town: Town) -> None:
    town.channel, town.address = "whatsapp", "+15005550002"
    await town.turn({"start": "delivery_nps"})
    code = await town.code("C-1")

    lines = await town.at("whatsapp", town.address, f"link {code.lower()}")

    assert lines == ["Thank you, now I know that it is you."]
    assert await town.contacts() == [("C-1", False)]
    assert (await town.at("whatsapp", town.address, "9"))[0].startswith("[liked]")
    [only] = await town.rows("contacts")
    assert [row["contact_id"] for row in await town.rows("responses")] == [only["id"]]


@pytest.mark.parametrize(
    ("bring", "told"),
    [
        ("7Q2K-M9XD-4TPV-B8NR", "I do not know that code*"),
        ("expired", "That code has run out*"),
        ("used", "That code was used before*"),
        ("foreign", "That code belongs to another customer*"),
    ],
)
async def test_a_code_that_is_none_changes_nothing_and_says_so(town: Town, bring: str, told: str) -> None:
    await town.at("sms", SMS, "hello")
    code = bring
    if bring == "expired":
        code = await town.code("C-1", days=1)
        town.clock.forward(24 * 60)
    elif bring == "used":
        code = await town.code("C-1")
        await town.at("sms", "+15005550009", f"LINK {code}")
    elif bring == "foreign":
        code = await town.code("C-1")
        await town.code("C-2", address=SMS)
    before = [await town.rows(table) for table in ("contacts", "link_codes")]

    [line] = await town.at("sms", SMS, f"LINK {code}")

    assert line.startswith(told.rstrip("*"))
    assert [await town.rows(table) for table in ("contacts", "link_codes")] == before


async def test_who_opted_out_elsewhere_is_asked_nothing_here(town: Town) -> None:
    await town.at("sms", SMS, "STOP")
    code = await town.code("C-1", "delivery_nps", address=SMS)

    lines = await town.at("telegram", CHAT, "/start", start=code)

    assert lines == [
        "Thank you, now I know that it is you. You get no surveys from us; write START if you change your mind."
    ]
    assert await town.contacts() == [("C-1", True)]


async def test_stop_in_one_chat_ends_the_survey_in_another(town: Town) -> None:
    await town.at("sms", SMS, "hello")
    code = await town.code("C-1", "delivery_nps", address=SMS)
    await town.at("telegram", CHAT, f"/start {code}", start=code)
    assert (await town.at("telegram", CHAT, "9"))[0].startswith("[liked]")

    await town.at("sms", SMS, "STOP")

    [response] = await town.rows("responses")
    assert (response["status"], response["ended_at"] is None) == ("stopped", False)
    assert {row["owner"] for row in await town.rows("conversations")} == {"bot"}
    assert [row["score"] for row in await town.rows("answers")] == [9.0], "what they have answered is kept"
    assert not [line for line in await town.at("telegram", CHAT, "good night") if line.startswith("[")]


async def test_while_a_person_has_the_conversation_the_code_counts_without_a_word(town: Town) -> None:
    await town.at("telegram", CHAT, "hello")
    [here] = [row["id"] for row in await town.rows("conversations")]
    await town.conductor.takeover.claim(here, "Kim")
    code = await town.code("C-1", "delivery_nps")

    assert await town.at("telegram", CHAT, "/start", start=code) == []
    assert await town.contacts() == [("C-1", False)]
    await town.conductor.takeover.hand_back(here, "Kim")
    assert any(line.startswith("[score]") for line in await town.sent())


async def test_a_campaigns_own_start_parameter_is_no_code_and_says_hello(town: Town) -> None:
    lines = await town.at("telegram", CHAT, "/start", start="spring_2026-A1")
    assert [line.partition("!")[0] for line in lines] == ["Hello"]

    await town.at("telegram", CHAT, "stop")
    assert (await town.at("telegram", CHAT, "/start", start="spring_2026-A1"))[0].startswith("Welcome back!")
    assert await town.contacts() == [(None, False)]
