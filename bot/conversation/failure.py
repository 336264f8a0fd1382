"""What happens when the bot fails: a person takes over, and the customer is told so."""

from __future__ import annotations

import logging
import traceback

from bot.conversation.phrases import phrase
from bot.conversation.ports import CaseFacts, Desk
from bot.conversation.state import NewCase, Outcome
from bot.conversation.when import due_in_words
from bot.telemetry.away import DATABASE
from channels.contract import Outbound


def hand_over(outcome: Outcome, desk: Desk) -> Outcome:
    """Turn `outcome` into a hand-over to a person because of a failure of ours."""
    here = outcome.conversation
    facts = CaseFacts("failure", channel=here.channel, language=here.language, attributes=here.attributes)
    given = desk.assign(facts, outcome.now)
    due = due_in_words(given.due_at, outcome.now, here.language, given.zone)
    words = phrase("handover_failure", here.language, here.channel, due=due)
    outcome.outbox = [Outbound(text=words, role="notice")]
    outcome.owner = "human"
    outcome.cases = [
        NewCase(
            reason="failure",
            team=given.team,
            priority=given.priority,
            due_at=given.due_at,
            resolve_by=given.resolve_by,
            clocks=given.clocks,
        )
    ]
    return outcome


def place(error: BaseException) -> str:
    """An error for the database: its kind and where it came up. Never its words, which may quote the customer."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{type(error).__name__} at {frames[-1].filename}:{frames[-1].lineno}" if frames else type(error).__name__


def trace(error: BaseException) -> str:
    """An error for the log: the whole way to it and to its causes, again without words of theirs."""
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    before = f"{trace(cause)}\nwhich led to\n" if cause else ""
    return f"{before}{''.join(traceback.format_tb(error.__traceback__))}{type(error).__name__}"


def tell(log: logging.Logger, error: BaseException, sentence: str, *about: object) -> None:
    """Log that something failed, with the way to it. That the database is away is said once for all who meet it."""
    if DATABASE.caused(error):
        DATABASE.fails(error)
    else:
        log.error(f"{sentence}\n%s", *about, trace(error))
