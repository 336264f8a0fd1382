"""An edited message: what it is to the conversation. Pure.

The provider says which earlier message has a new text (`Inbound.reference`); the store knows what that message
answered. An answer is corrected through the survey's engine; what answered nothing is heard as if it were said now,
as long as nothing was said since.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from bot.conversation.state import Conversation, Message, Original, Response
from bot.conversation.wishes import says, stops_beside

COMPLETED_HOURS = 48
"""So long after its end a completed response is still corrected. Telegram lets a message be edited for 48 hours
(https://telegram.org/faq#q-can-i-edit-my-messages); other providers longer, but reports have to come to rest."""

Verdict = Literal["say", "correct", "closed", "nothing"]


@dataclass(frozen=True)
class Edit:
    """`say`: hear it as a message of now. `correct`: change the answer, in `response`; `aside`: that one is over.
    `closed`: too late, and the customer is told. `nothing`: it means nothing to us. `words`: all that is heard of the
    new text; "": the whole of it."""

    verdict: Verdict
    corrects: Mapping[str, Any] | None = None
    response: Response | None = None
    aside: bool = False
    words: str = ""

    def message(self, message: Message) -> Message:
        """The message as the turn has it: `corrects` is what the engine is told, {"question", "before"}."""
        payload = {key: value for key, value in message.payload.items() if key != "edited"}
        corrects = {"corrects": self.corrects} if self.corrects else {}
        return replace(message, text=self.words or message.text, payload={**payload, **corrects})

    def conversation(self, conversation: Conversation) -> Conversation:
        """The conversation as the turn has it: with the response that is corrected."""
        return replace(conversation, response=self.response) if self.response else conversation


def judge(message: Message, original: Original | None, conversation: Conversation, now: str) -> Edit:
    """What the edit `message` of `original` (None: not known) means."""
    text = message.text.strip()
    if says(text, conversation.language, "stop"):
        return Edit("say")
    found, changed = _of(original, text, conversation, now), original is None or text != original.text.strip()
    if changed and stops_beside(text, conversation.language) and not _reads_stops(found, conversation):
        return Edit("say", words="STOP")  # "9, stop", of which nothing but the stop means anything any more
    return found


def _reads_stops(edit: Edit, conversation: Conversation) -> bool:
    """Whether the stop beside an answer is found where the edit goes, and ends the survey that is open."""
    return edit.verdict == "say" or (edit.verdict == "correct" and not (edit.aside and conversation.response))


def _of(original: Original | None, text: str, conversation: Conversation, now: str) -> Edit:
    """What a new text that is more than a stop means."""
    if original is None or not text or text == original.text.strip():
        return Edit("nothing")
    if original.question is None or original.response is None:
        if not original.text:
            return Edit("closed")  # its words were blanked: an anonymous response is over, or data were deleted
        return Edit("say" if original.latest else "nothing")
    corrects = {"question": original.question, "before": original.text}
    if conversation.response is not None and conversation.response.id == original.response.id:
        return Edit("correct", corrects, conversation.response)
    if original.status == "completed" and not original.response.anonymous and _recent(original.ended_at, now):
        return Edit("correct", corrects, original.response, aside=True)
    return Edit("closed")


def _recent(ended_at: str | None, now: str) -> bool:
    if ended_at is None:
        return False
    return datetime.fromisoformat(now) - datetime.fromisoformat(ended_at) <= timedelta(hours=COMPLETED_HOURS)
