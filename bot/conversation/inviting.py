"""An invitation that can't begin its survey at once: another one runs, or the customer must be rung up first."""

from __future__ import annotations

from bot.conversation.state import SURVEY_RUNS, Conversation, Message, Outcome
from channels.contract import Outbound


def in_its_turn(message: Message, conversation: Conversation, running: str, now: str) -> Outcome:
    """One survey at a time: an invitation waits for the end of the one that runs. To the same survey it is void."""
    outcome = Outcome(message, conversation, now)
    if message.payload.get("survey") == running:
        invitation = int(message.payload.get("invitation") or 0)
        outcome.invitation_skipped = (invitation, "this survey is running already in this conversation")
    else:
        outcome.wait = SURVEY_RUNS
    return outcome


def ring(message: Message, conversation: Conversation, now: str) -> Outcome:
    """Ask for a call. The survey begins when it is answered, and only then the invitation is sent."""
    outcome = Outcome(message, conversation, now)
    invitation = int(message.payload.get("invitation") or 0)
    if conversation.opted_out:
        outcome.invitation_skipped = (invitation, "the contact opted out")
        return outcome
    wanted = ("survey", "invitation", "language")
    data = {key: message.payload[key] for key in wanted if message.payload.get(key)}
    outcome.outbox.append(Outbound(role="call", data=data))
    return outcome
