"""What comes too soon after a question to be meant for it belongs to the answer before: people write on while we ask.
Pure.

Who has seen our question needs time to read it and to type. Words that arrive earlier, and are no answer to it, are
added to what was said before, instead of being refused as a wrong answer (docs/adr/0019).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from bot.conversation.ports import full_intent
from bot.conversation.state import Conversation, LastAnswer, Message, Response
from bot.conversation.understood import Understood
from survey_flows import serialise
from survey_flows.editing import added_mark

READ_SECONDS = 2.0
"""Nobody reads a question and begins to type in less."""
TYPED_PER_SECOND = 5.0
"""Characters: 60 words a minute, which few type on a telephone."""
LONGEST_SECONDS = 15.0
"""Nobody who writes on lets so much time pass, however long the words."""
OF_OPTIONS = ("choice", "multi_choice", "yes_no", "date", "number")
"""Answers that words can't be added to: an option stays what it is."""
AFTER_THE_END_SECONDS = 60.0
"""So long after the last question something may be added to an answer in own words: nothing else is asked then."""


@dataclass(frozen=True)
class Addition:
    """Words that belong to the answer to `question` in `response`; `aside`: that one is over."""

    question: str
    response: Response
    aside: bool

    def message(self, message: Message) -> Message:
        """The message as the turn has it (see `TurnInput.corrects`)."""
        return replace(message, payload={**message.payload, "corrects": {"question": self.question, "adds": True}})

    def conversation(self, conversation: Conversation) -> Conversation:
        """The conversation as the turn has it: with the response that is added to."""
        return replace(conversation, response=self.response)


About = Literal["", "nothing", "faq"]


def concerns(understood: Understood, conversation: Conversation) -> About:
    """What a message is about as it stands: nothing that we know, or perhaps an FAQ ("and the box was wet" sounds like
    one); "" for all that has its own sense here, such as a choice of what was offered."""
    if conversation.guesses:
        return ""
    if understood.goes_on == "lost":
        return "faq" if understood.guesses else "nothing"
    alone = not understood.digression and full_intent(understood.parse_data).startswith("faq/")
    return "faq" if alone else ""


def addition(
    message: Message, last: LastAnswer | None, conversation: Conversation, about: About = "nothing"
) -> Addition | None:
    """What `message`, no question and no answer as it stands, adds to; None when it goes on with nothing. `last`: the
    latest answer here. What may be an FAQ goes on with an answer in own words alone, while the survey is open."""
    if last is None or last.skipped or (about == "faq" and (last.type != "text" or conversation.response is None)):
        return None
    seconds = (datetime.fromisoformat(message.received_at) - datetime.fromisoformat(last.at)).total_seconds()
    open_response = conversation.response
    if open_response is None:
        ended = last.status == "completed" and last.type == "text" and seconds <= AFTER_THE_END_SECONDS
        return Addition(last.node, last.response, True) if ended else None
    session = serialise.loads(open_response.session)
    if last.response.id != open_response.id or added_mark(session.current) in session.shown:
        return None  # once a question: who does not understand it, is told how to answer
    if last.type in OF_OPTIONS or seconds > min(LONGEST_SECONDS, READ_SECONDS + len(message.text) / TYPED_PER_SECOND):
        return None
    return Addition(last.node, open_response, False)
