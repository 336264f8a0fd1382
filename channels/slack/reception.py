"""What is done at the reception, beside taking messages: forms are opened, menus and the Home tab shown, surveys begun.

Slack waits three seconds, so what needs Slack itself is done behind its back. Where that fails, nothing is lost: the
person presses again, or writes.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable
from typing import Any

from channels.contract import FrontDesk, Inbound, Overview, SendError
from channels.receive import clean
from channels.slack import case_card
from channels.slack.client import SlackClient
from channels.slack.form import form
from channels.slack.found import PROVIDER, Pressed, Wish
from channels.slack.menu import chosen, home, menu, told
from channels.slack.people import Person
from channels.slack.phrases import say
from channels.slack.pressed import closed
from channels.slack.words import escape
from channels.workplace import Workplace

logger = logging.getLogger(__name__)

LOOK_UP_SECONDS = 1.0
"""How long somebody's language is waited for while Slack waits for us."""


class Reception:
    """`counters` are those of the channel: shown, not_shown, not_looked_up, forms, homes, commands, mentions, and what
    became of wishes to take a survey (started, goes_on, …)."""

    def __init__(self, client: SlackClient, counters: Counter[str]) -> None:
        self._client = client
        self._counters = counters
        self._busy: set[asyncio.Task[None]] = set()

    async def settled(self) -> None:
        """Returns once everything that was begun is done, or could not be."""
        while self._busy:
            await asyncio.gather(*self._busy)

    def show(self, press: Pressed) -> None:
        """Put what was chosen in place of the buttons. The answer is committed already."""
        self._behind(self._show(press), "An answer is stored, but its message could not be changed")

    async def grant(self, wish: Wish, desk: FrontDesk, fresh: bool) -> dict[str, Any] | None:
        """Do what was wished, or see to it. Returns what Slack is to be answered, if anything. `fresh`: the message
        that came with it is new. Raises what the house raises: then Slack hears that it did not work."""
        if wish.kind == "command":
            return await self._command(wish, desk)
        if wish.kind == "begin":
            await self._begin(wish, desk)
        elif wish.kind == "form":
            self._behind(self._open(wish, desk), "A form could not be opened")
        elif wish.kind == "mention":
            if fresh:
                self._behind(self._mentioned(wish, desk), "A mention was answered, but not in its thread")
        elif wish.kind == "home":
            self._behind(self._home(wish, desk, "said" if wish.value else ""), "A Home tab could not be shown")
        else:
            self._behind(self._meet(wish.user), "A person could not be looked up")
        return None

    def ask_first(self, wish: Wish, workplace: Workplace | None) -> None:
        """Open the form of a case's button, or say why not to who pressed it."""
        if workplace is not None:
            self._behind(self._ask_first(wish, workplace), "A case's form could not be opened")

    async def _ask_first(self, wish: Wish, workplace: Workplace) -> None:
        does, _, case = wish.value.partition(":")
        asked = await workplace.form(wish.user, int(case), does)
        if isinstance(asked, str):
            body: dict[str, Any] = {"channel": wish.channel, "user": wish.user, "text": escape(asked)}
            await self._client.call("chat.postEphemeral", thread_ts=wish.message_ts, **body)
        else:
            await self._client.open_form(wish.trigger, case_card.form(asked, wish.channel, wish.message_ts))
            self._counters["forms"] += 1

    def _behind(self, work: Awaitable[object], otherwise: str) -> None:
        task = asyncio.create_task(self._quietly(work, otherwise))
        self._busy.add(task)
        task.add_done_callback(self._busy.discard)

    async def _quietly(self, work: Awaitable[object], otherwise: str) -> None:
        try:
            await work
        except (SendError, TimeoutError) as error:
            self._counters["not_shown"] += 1
            logger.warning("%s: %s", otherwise, error)

    async def _show(self, press: Pressed) -> None:
        if await self._client.show(press):
            self._counters["shown"] += 1

    async def _open(self, wish: Wish, desk: FrontDesk) -> None:
        """The form of the open question; a button of another question gives way to a note."""
        seen = await desk.overview(PROVIDER, wish.user, "")
        question = seen.question
        if question is None or question.question != wish.value:
            await self._client.update(closed(wish.channel, wish.message_ts, wish.shown, say(seen.language, "answered")))
            return
        await self._client.open_form(wish.trigger, form(question, wish.channel, wish.message_ts))
        self._counters["forms"] += 1

    async def _command(self, wish: Wish, desk: FrontDesk) -> dict[str, Any]:
        self._counters["commands"] += 1
        seen = await self._overview(wish, desk)
        if not wish.value:
            return menu(seen)
        survey = chosen(seen.offers, wish.value)
        became = await desk.begin(await self._inbound(wish), survey) if survey else "unknown"
        note = say(seen.language, became)
        return told(note) if became not in ("unknown", "opted_out") else menu(seen, note if not survey else "")

    async def _begin(self, wish: Wish, desk: FrontDesk) -> None:
        """Committed before Slack hears that it worked; what became of it is shown where it was pressed."""
        seen = await self._overview(wish, desk)
        became = await desk.begin(await self._inbound(wish), wish.value)
        self._counters[became] += 1
        note = say(seen.language, became)
        if wish.respond:
            self._behind(self._client.respond(wish.respond, told(note)), "What was begun could not be said")
        else:
            self._behind(self._client.publish(wish.user, home(seen, note)), "A Home tab could not be shown")

    async def _home(self, wish: Wish, desk: FrontDesk, note: str) -> None:
        await self._meet(wish.user)
        seen = await self._overview(wish, desk)
        words = say(seen.language, note) if note else ""
        if wish.respond:
            await self._client.respond(wish.respond, told(words))
        else:
            await self._client.publish(wish.user, home(seen, words))
            self._counters["homes"] += 1

    async def _mentioned(self, wish: Wish, desk: FrontDesk) -> None:
        """In the channel nothing is said but that there is an answer: a survey is nobody else's business."""
        seen = await self._overview(wish, desk)
        await self._client.say_in_thread(wish.channel, wish.message_ts, say(seen.language, "mention"))
        self._counters["mentions"] += 1

    async def _overview(self, wish: Wish, desk: FrontDesk) -> Overview:
        return await desk.overview(PROVIDER, wish.user, (await self._meet(wish.user)).language or "")

    async def _inbound(self, wish: Wish) -> Inbound:
        person = await self._meet(wish.user)
        name = person.name or wish.name  # Slack sends a handle along; a greeting wants the name
        return Inbound(PROVIDER, PROVIDER, wish.key, wish.user, "", name=clean(name), language=person.language)

    async def _meet(self, user: str) -> Person:
        """Who it is, as far as Slack says so soon enough. The house knows what to do with strangers."""
        try:
            return await asyncio.wait_for(self._client.person(user), LOOK_UP_SECONDS)
        except (SendError, TimeoutError, asyncio.TimeoutError) as error:
            self._counters["not_looked_up"] += 1
            logger.info("A person could not be looked up: %s", error or type(error).__name__)
            return self._client.people.learn(user, None)  # not asked again and again
