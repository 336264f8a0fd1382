"""Why a letter must not go, though nothing is broken: looked at just before it goes, for much may have happened since
it was written."""

from __future__ import annotations

from bot.conversation.consent import OPTED_OUT, STOPPED_MEANWHILE, silenced
from bot.conversation.letter import Letter, Outbox
from bot.conversation.window import WINDOW_CLOSED, window_closed
from channels.contract import Outbound

TAKEN_OVER = "A person took the conversation over."

FIRST = ("call", "template")
"""Roles of a letter that carries an invitation itself: what becomes of the one becomes of the other."""


def asks(message: Outbound) -> bool:
    """Whether the bot asks something with it: while a person has the conversation, that would come between the two."""
    return message.sender == "bot" and (message.role == "question" or message.prompt is not None)


async def obstacle(letter: Letter, outbox: Outbox, now: str) -> str:
    """The reason, or "" when it may go."""
    role = letter.message.role
    if role in FIRST and (reason := await outbox.may_ask(letter)):
        return reason
    if role == "template":
        return str(letter.message.data.get("obstacle") or "")
    if asks(letter.message) and letter.owner == "human":
        return TAKEN_OVER  # its provider was busy when the person came: a claim withholds only what is in the queue
    if letter.opted_out_at is not None and (reason := await _after_stop(letter, outbox, letter.opted_out_at)):
        return reason
    return WINDOW_CLOSED if window_closed(letter.provider, letter.channel, letter.heard_at, now) else ""


async def _after_stop(letter: Letter, outbox: Outbox, stopped_at: str) -> str:
    """What was to be said before STOP is not said after it, by whomever and however late its provider takes it."""
    answered = await outbox.answers(letter)
    if answered is None:
        return OPTED_OUT if silenced(stopped_at, letter.heard_at) else ""
    return "" if answered >= stopped_at else STOPPED_MEANWHILE
