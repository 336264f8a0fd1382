"""One kind word for a customer who goes on writing before anybody has taken the chat: that it is seen, and by when
somebody answers. Once for each hand-over; a person who has taken it speaks for themselves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.conversation.phrases import phrase
from bot.conversation.ports import Desk
from bot.conversation.state import Conversation, Message, Outcome
from bot.conversation.when import due_in_words
from channels.contract import Outbound

ROLE = "waiting"
"""Of the letter. A claim withholds it, should it still wait to be sent."""


def handed_over(outcome: Outcome) -> Mapping[str, Any] | None:
    """What is kept of a hand-over in this turn: since when (ISO 8601), by when somebody answers, and which team.
    None: the turn hands nobody over."""
    if outcome.owner != "human" or outcome.conversation.owner == "human" or not outcome.cases:
        return None
    case = outcome.cases[-1]
    return {"since": outcome.now, "due": case.due_at, "team": case.team}


def waiting_word(message: Message, here: Conversation, desk: Desk, now: str) -> Outbound | None:
    """What `message` is answered with while the customer waits for a person; None: nothing. Not on the telephone, not
    after STOP, and what was written before they were told of the person is answered by that."""
    given = here.handed_over
    if not given or here.agent is not None or here.opted_out or here.channel == "voice":
        return None
    if message.received_at <= given["since"] or any(message.payload.get(no) for no in ("edited", "reaction")):
        return None
    if given["due"] <= now:
        return Outbound(phrase("waiting_late", here.language), role=ROLE)
    due = due_in_words(given["due"], now, here.language, desk.zone(given["team"]))
    return Outbound(phrase("waiting", here.language, due=due), role=ROLE)
