"""What a look at a conversation came to."""

from __future__ import annotations

from enum import IntEnum

from bot.conversation.state import Outcome


class Handled(IntEnum):
    """Nothing to do now (false), or a message was handled: the LAST that was there, or there may be MORE. What comes
    later wakes the worker by itself, so most messages need no second look."""

    NOTHING = 0
    LAST = 1
    MORE = 2


def frees_more(outcome: Outcome) -> bool:
    """Whether the turn may have made other messages due: those that wait for the conversation to be free, an invitation
    that a link brought. An answer inside a survey does not, and most messages are that."""
    answer = outcome.message.kind == "message" and outcome.owner is None
    return not answer or outcome.redeemed is not None or outcome.move_to is not None
