"""A reply to a template: does it begin the survey that was offered, put it off, answer its first question, or is it
something else?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bot.conversation.phrases import languages
from bot.conversation.state import Conversation, Message, Offer
from channels.contract import LATER
from survey_flows import answers, engine
from survey_flows.model import Question, Survey
from survey_flows.reading import Reading, control
from survey_flows.session import Context

BEGINS = ("greet", "thanks", "survey_start")
"""Small talk that answers an invitation: "Hello!", "Sure, thanks", "I have feedback"."""

_YES_NO = Question(id="_", type="yes_no", text={})


@dataclass(frozen=True)
class Offered:
    """An open offer with its survey as it is live now."""

    offer: Offer
    survey: Survey


@dataclass(frozen=True)
class Reply:
    """`begins`: the survey starts, with `reading` as the answer to its first question if there is one; else the control
    that `reading` is ("later")."""

    begins: bool
    reading: Reading | None = None


BEGIN = Reply(True)
PUT_OFF = Reply(False, control(LATER))


def plain(message: Message, text: str, conversation: Conversation, offered: Offered) -> Reply | None:
    """What needs no NLU: a tap, an answer, a yes or a no, something without words. None: something else."""
    if message.picked:
        return _tapped(dict(message.picked), offered.offer)
    if not text:
        return BEGIN  # a sticker, a voice note
    if offered.offer.asks:
        reading = _answer(message, text, conversation, offered)
        if reading.kind == "value":
            return Reply(True, reading)
    reading = answers.read(_YES_NO, text, conversation.language, languages())
    if reading.kind != "value" or reading.rest or reading.stops:
        return BEGIN if _number(text) else None
    return BEGIN if reading.value else PUT_OFF


def _number(text: str) -> bool:
    """A score for a question that was not asked yet: it has to be asked first."""
    return text.isdecimal() and int(text) <= 10


def _tapped(picked: dict[str, Any], offer: Offer) -> Reply | None:
    if picked.get("survey") != offer.survey_key:
        return None
    return PUT_OFF if not picked.get("question") and picked.get("value") == LATER else BEGIN


def _answer(message: Message, text: str, conversation: Conversation, offered: Offered) -> Reading:
    context = Context(conversation.channel, conversation.language, message.id, message.received_at)
    session = engine.start(offered.survey, context).session
    if session.current != offered.offer.asks:
        return Reading("none")  # the survey was changed since: it begins with another question
    return engine.read(offered.survey, session, text, today=message.received_at[:10])
