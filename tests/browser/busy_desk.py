"""A desk on a busy afternoon: cases of every state, on every channel, with long names and long sentences.

Times are relative to now, because a browser's clock can't be told otherwise without changing what it measures.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from typing import Any

from bot.recovery import clocks
from bot.storage.engine import Database
from bot.storage.tables import canned_replies, case_clocks, case_events, cases, contacts, conversations, inbox, outbox
from tests.storage.seeding import Seed

PEOPLE: tuple[tuple[str, str, str, float | None, str, str, str], ...] = (
    # name, channel, last words, score, priority, status, whose
    ("Ada Lindqvist", "whatsapp", "The lamp is broken, for the second time!", 1, "high", "assigned", "Kim"),
    ("Jürgen Müller-Lüdenscheidt", "sms", "Wo bleibt mein Paket? Ich warte seit Dienstag.", 2, "high", "new", ""),
    ("Priya Raman", "telegram", "Thanks, that would be great 🙏", 4, "normal", "waiting_for_customer", "Kim"),
    ("Tom O’Hara", "slack", "Could somebody ring me, please", 6, "normal", "waiting_for_us", "Kim"),
    ("Maximiliane zu Hohenstein-Wittgenstein", "whatsapp", "Kann ich jemanden sprechen?", None, "urgent", "new", ""),
    ("Chen Wei", "web", "I was charged twice for order 48-221", 0, "high", "assigned", "Lee"),
    ("Sofia Marques", "telegram", "Ok", 5, "normal", "new", ""),
    ("Noah Becker", "voice", "Agent", None, "high", "reopened", ""),
    ("Amara Diallo", "sms", "A week late, no call. I had taken a day off for it.", 3, "high", "waiting_for_us", "Lee"),
    ("Luca Bianchi", "whatsapp", "Still waiting", 2, "normal", "waiting_for_us", "Kim"),
    ("Zoë Hartmann", "telegram", "Der Fahrer war sehr unfreundlich", 3, "normal", "new", ""),
    ("Ivan Petrov", "web", "wrong size", 6, "low", "new", ""),
)  # fmt: skip
DUE = (-95, 12, 55, 170, 8, -20, 240, 31, 400, -5, 610, 1500)
"""Minutes from now to the next deadline, one a person."""

SAID_STOP = {"Luca Bianchi": 30, "Sofia Marques": 2}
"""Before how many minutes. The first has written since."""
ANSWERED = {"Priya Raman": ("agent", "A new one leaves today."), "Luca Bianchi": ("bot", "You get no more messages.")}
"""What was said to them last."""

MORE = {"Ada Lindqvist": "The lamp is broken, for the second time!\nNobody answers the phone."}
"""What made the case, where that was more than the last words."""

CHAT = (
    ("bot", "Hi Ada, your lamp was delivered on Tuesday. How likely are you to recommend us, from 0 to 10?", 62),
    ("customer", "1", 58),
    ("bot", "Thank you for telling us. What went wrong?", 58),
    ("customer", "The box was open and the glass is in pieces. I took a picture.", 55),
    ("customer", "Can I talk to a person please", 54),
    ("bot", "I am getting a colleague of mine. Until then I say nothing more here.", 54),
    ("agent", "Hello Ada, this is Kim. I am sorry, that should not have happened. A new lamp can leave today.", 21),
    ("customer", "That’s kind. But this is the second time!", 14),
    ("agent", "You are right. I have asked the warehouse to pack it twice, and I will follow it myself.", 9),
    ("customer", "The lamp is broken, for the second time!", 4),
)


class Busy(Seed):
    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._now = datetime.now(timezone.utc)

    def _at(self, minutes: float) -> str:
        """So many minutes from now (before now: less than 0)."""
        return (self._now + timedelta(minutes=minutes)).isoformat(timespec="microseconds")

    async def fill(self) -> int:
        """Returns the case with the longest chat."""
        numbers = [await self._case(number) for number in range(len(PEOPLE))]
        await self._canned()
        return numbers[0]

    async def _case(self, number: int) -> int:
        name, channel, last, score, priority, status, agent = PEOPLE[number]
        contact, here = await self._customer(name, channel, agent if status != "new" else "")
        answered = status in ("waiting_for_customer", "waiting_for_us")
        reason, metric, band = ("score", "nps", "detractor") if score is not None else ("asked", "", "")
        due = self._at(DUE[number])
        case = await self.insert(
            cases, contact_id=contact, conversation_id=here, channel=channel, survey_key="delivery_nps",
            touchpoint="delivery", reason=reason, metric=metric, score=score, band=band, verbatim=MORE.get(name, last),
            team="care", agent=agent or None, priority=priority, status=status, opened_at=self._at(-58), due_at=due,
            resolve_by=self._at(DUE[number] if answered else DUE[number] + 600),
            first_response_at=self._at(-21) if answered else None,
        )  # fmt: skip
        for kind in () if DUE[number] < 15 else (clocks.FIRST_RESPONSE_RISK, clocks.RESOLUTION_RISK):
            await self.insert(case_clocks, case_id=case, kind=kind, at=self._at(DUE[number]))
        for line in CHAT if number == 0 else (("customer", last, 30 + number),):
            await self._says(here, *line)
        if name in ANSWERED:
            await self._says(here, *ANSWERED[name], 20)
        await self._events(case, agent)
        return case

    async def _customer(self, name: str, channel: str, agent: str) -> tuple[int, int]:
        attributes = json.dumps({"tier": "gold", "order": "48-2217", "city": "Göteborg"})
        contact = await self.insert(
            contacts, name=name, language="en", attributes=attributes, created_at=self._at(-9e4),
            opted_out_at=self._at(-SAID_STOP[name]) if name in SAID_STOP else None,
        )  # fmt: skip
        provider = "twilio_whatsapp" if channel == "whatsapp" else "web"
        here = await self.insert(
            conversations, contact_id=contact, provider=provider, channel=channel,
            address=f"+46 70 174 06 {contact:02}", language="en",
            owner="human" if agent else "bot", agent=agent or None, created_at=self._at(-9e4),
            last_inbound_at=self._at(-4),
        )  # fmt: skip
        return contact, here

    async def _says(self, here: int, who: str, text: str, ago: float) -> None:
        if who == "customer":
            await self.insert(
                inbox, conversation_id=here, provider="web", message_id=f"{here}-{ago}-{text[:9]}", text=text,
                status="done", received_at=self._at(-ago),
            )  # fmt: skip
            return
        role, sender = ("agent", "Kim") if who == "agent" else ("notice", "bot")
        payload = json.dumps({"text": text, "prompt": None, "role": role, "sender": sender})
        await self.insert(
            outbox, conversation_id=here, role=role, sender=sender, payload=payload, status="read",
            next_attempt_at=self._at(-ago), created_at=self._at(-ago),
        )  # fmt: skip

    async def _events(self, case: int, agent: str) -> None:
        happened: list[tuple[float, str, str, dict[str, Any]]] = [
            (-58, "conductor", "opened", {"reason": "score", "team": "care", "score": 1}),
        ]
        if agent:
            happened.append((-24, agent, "status", {"from": "new", "to": "assigned"}))
            happened.append((-12, agent, "note", {"text": "Second broken lamp: ask the warehouse about the packing."}))
        for at, actor, kind, data in happened:
            await self.insert(
                case_events,
                case_id=case,
                at=self._at(at),
                actor=actor,
                kind=kind,
                data=json.dumps(data, ensure_ascii=False),
            )

    async def _canned(self) -> None:
        for name, text in (
            ("sorry", "Dear {name}, I am sorry. That should not have happened."),
            ("new one today", "A new one leaves today; you will have it the day after tomorrow. {agent}"),
        ):
            await self.insert(
                canned_replies,
                team="",
                language="en",
                name=name,
                text=text,
                changed_by="Mia",
                changed_at=self._at(-500),
            )
