"""What only a telephone has: a call that begins, its two signs, a recorded answer, and the wish to go on by text."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import yaml

from bot.conversation.state import Conversation, Message
from bot.conversation.turn import SURVEY_ANSWER, SURVEY_CONTROL, SURVEY_INVITED, TEXT_ME
from bot.conversation.understood import Understood, intent
from survey_flows import engine
from survey_flows.model import Survey
from survey_flows.reading import control, value
from survey_flows.session import Session

KEYS = tuple("0123456789*#")

BY_TEXT = Path(__file__).with_name("by_text.yml")


def ringing(message: Message, conversation: Conversation) -> Understood:
    """A call begins: the open survey goes on, else the one that the call is for begins. Who wants no surveys, or rings
    a line that has none, hears what can be done here."""
    if conversation.response is not None:
        return Understood(intent(SURVEY_CONTROL))
    if conversation.opted_out or not message.payload.get("survey"):
        return Understood(intent("control_help"))
    return Understood(intent(SURVEY_INVITED))


def on_the_phone(
    text: str, message: Message, survey: Survey, session: Session, *, reachable: bool
) -> Understood | None:
    """What only a telephone has: its two signs, a recorded answer, and the wish to go on by text. None: nothing of
    these.

    0 asks for a person, as on every telephone, except where it is an answer (a scale from 0)."""
    node = engine.current(survey, session)
    if node is None:
        return None
    if message.payload.get("recording") and node.question.type == "text":
        return Understood(intent(SURVEY_ANSWER), value(text))
    if text == "*":
        return Understood(intent(SURVEY_CONTROL), control("repeat"))
    if text == "0" and engine.read(survey, session, text).kind != "value":
        return Understood(intent(SURVEY_CONTROL), control("human"))
    if reachable and _wants_texts(text):
        return Understood(intent(SURVEY_CONTROL), control(TEXT_ME))
    return None


def key_between_questions(text: str) -> Understood | None:
    """A key where no question is open: 0 asks for a person, any other hears what can be done. None: it is no key."""
    if text not in KEYS:
        return None
    return Understood(intent("control_human" if text == "0" else "control_help"))


def _wants_texts(text: str) -> bool:
    """Whether a caller asks for text messages instead, in any language."""
    return " ".join("".join(c if c.isalnum() else " " for c in text.casefold()).split()) in _by_text()


@cache
def _by_text() -> frozenset[str]:
    words: dict[str, list[str]] = yaml.safe_load(BY_TEXT.read_text(encoding="utf-8"))
    return frozenset(said for phrases in words.values() for said in phrases)
