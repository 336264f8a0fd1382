"""Talking on the telephone: the reply is the answer to the webhook itself, so the caller waits for it.

The way of a message stays the same (committed, handled in order, answered in one transaction); only the letters are
not sent but collected, by the request that waits.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from bot.conversation import guessing, helpfulness
from bot.conversation.ports import Accepted, Catalogue, Clock
from channels.contract import Heard, Inbound, Outbound
from survey_flows import engine, serialise
from survey_flows.prompt import Prompt

VOICE = "voice"
LOOK_SECONDS = 0.1
"""How often to look whether another process has handled the message, where its news of it is lost or late. In this
process nothing is looked for."""
LAST_WORDS_SECONDS = 5.0
"""So long the end of a call waits for what was said last to be handled. Twilio waits 15 s."""


@dataclass(frozen=True)
class Standing:
    """What a caller's conversation looks like after a message. `handled` False: the message still waits.
    `moved` names the channel on which the response goes on."""

    handled: bool
    owner: str
    language: str
    survey_open: bool
    case_opened: bool = False
    moved: str = ""


class CallStore(Protocol):
    """Where calls are kept (`bot/storage/calls.py`)."""

    async def standing(self, message: int) -> Standing: ...
    async def collect(self, conversation: int, message: int, now: str) -> Sequence[Outbound]:
        """What is to be said because of this message, after what waited for the customer; marked as sent. The same
        message again gives the same words."""

    async def open_response(self, conversation: int) -> tuple[str, str] | None:
        """The definition's fingerprint and the session of the open response."""

    async def offered(self, conversation: int) -> tuple[Sequence[Any], Sequence[Any]]:
        """What was asked beside a survey and waits for an answer: the guesses of "did you mean", and whether an FAQ's
        answer helped, as the conversation keeps them."""

    async def caller(self, provider: str, address: str) -> tuple[int, Standing] | None:
        """The conversation of a caller."""

    async def unread(self, conversation: int) -> bool:
        """Whether something that the caller said is not handled yet."""

    async def ended(self, conversation: int, call: str, by_text: bool, now: str) -> bool:
        """The call is over: what was not said is withheld; `by_text`: a survey in its middle goes on by SMS, unless
        something is unread. Returns whether it does."""

    async def transcribed(self, provider: str, message_id: str, text: str) -> bool:
        """Put the words of a recorded answer in its place."""


class Calling:
    """Implements `channels.contract.Converser`, together with the Conductor.

    `idle(conversation)` ends when nothing of a conversation is being handled in this process; `woken` wakes the worker
    for one; `news(conversation, seconds)` ends when some process changed it, or after so long."""

    def __init__(
        self,
        store: CallStore,
        accept: Callable[[Inbound], Awaitable[Accepted]],
        idle: Callable[[int], Awaitable[None]],
        catalogue: Catalogue,
        woken: Callable[[int], None],
        clock: Clock,
        news: Callable[[int, float], Awaitable[None]],
    ) -> None:
        self._news = news
        self._store, self._accept, self._idle, self._catalogue = store, accept, idle, catalogue
        self._woken, self._clock = woken, clock

    async def converse(self, message: Inbound, within: float) -> Heard:
        """See `channels.contract.Converser`."""
        accepted = await self._accept(message)
        standing = await self._handled(accepted, within)
        if not standing.handled:
            return Heard(complete=False, language=standing.language)
        said = await self._store.collect(accepted.conversation, accepted.message, self._clock.now())
        return _heard(standing, said)

    async def _handled(self, accepted: Accepted, within: float) -> Standing:
        until = time.monotonic() + within
        while True:
            await self._idle_until(accepted.conversation, until)
            standing = await self._store.standing(accepted.message)
            if standing.handled or time.monotonic() >= until:
                return standing
            await self._news(accepted.conversation, LOOK_SECONDS)  # it is tried again, or another process has it

    async def open_question(self, provider: str, address: str) -> Heard:
        """See `channels.contract.Converser`."""
        found = await self._store.caller(provider, address)
        if found is None:
            return Heard()
        conversation, standing = found
        ask = (
            self._open_prompt(conversation) if standing.survey_open else self._offered(conversation, standing.language)
        )
        prompt = await ask
        asked = (Outbound(prompt.text, prompt, "question"),) if prompt else ()
        return _heard(standing, asked)

    async def _open_prompt(self, conversation: int) -> Prompt | None:
        response = await self._store.open_response(conversation)
        if response is None:
            return None
        fingerprint, saved = response
        session = serialise.loads(saved)
        return None if session.over else engine.prompt(await self._catalogue.version(fingerprint), session)

    async def _offered(self, conversation: int, language: str) -> Prompt | None:
        """Outside a survey: what the FAQ asked last. Its answer is not read out a second time."""
        guesses, pending = await self._store.offered(conversation)
        if guesses:
            return guessing.prompt(guessing.from_json(guesses), language)
        return helpfulness.again(helpfulness.Pending.from_json(pending), language, VOICE) if pending else None

    async def call_ended(self, provider: str, address: str, call: str, by_text: bool = False) -> None:
        """See `channels.contract.Converser`. `by_text`: a survey in its middle goes on by SMS, once what was said last
        is handled. Where that takes too long, it waits for the customer to ring again."""
        found = await self._store.caller(provider, address)
        if found is None:
            return
        if by_text:
            await self._all_read(found[0])
        if await self._store.ended(found[0], call, by_text, self._clock.now()):
            self._woken(found[0])

    async def _all_read(self, conversation: int) -> None:
        until = time.monotonic() + LAST_WORDS_SECONDS
        while await self._store.unread(conversation) and time.monotonic() < until:
            await self._idle_until(conversation, until)
            await self._news(conversation, LOOK_SECONDS)

    async def _idle_until(self, conversation: int, until: float) -> None:
        """Nothing of it is being handled in this process, or `until` has come (`time.monotonic`)."""
        waiting = asyncio.ensure_future(self._idle(conversation))
        await asyncio.wait([waiting], timeout=max(0.0, until - time.monotonic()))
        waiting.cancel()

    async def transcribed(self, provider: str, message_id: str, text: str) -> bool:
        """See `channels.contract.Converser`."""
        return await self._store.transcribed(provider, message_id, text)


def _heard(standing: Standing, said: Sequence[Outbound]) -> Heard:
    return Heard(
        tuple(said),
        owner=standing.owner,
        survey_open=standing.survey_open and standing.owner != "human",
        case_opened=standing.case_opened,
        language=standing.language,
        moved=standing.moved,
    )
