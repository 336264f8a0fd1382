"""Reading a message in its context, before Rasa's policies decide what to do with it.

While a question is open its own reading comes first, then the controls, then the FAQ; a message can be both an
answer and
a question of the customer's. What fits the open question becomes an intent of the context (`CONTEXT_INTENTS`) and skips
the NLU; everything else goes through it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.conversation.phrases import languages
from bot.conversation.ports import DialogueAgent, full_intent
from bot.conversation.questions import is_question
from bot.conversation.state import Conversation, Message
from bot.conversation.turn import (
    SURVEY_ANSWER,
    SURVEY_CONTROL,
    SURVEY_INVITED,
    SURVEY_PICKED,
    SURVEY_UNCLEAR,
)
from survey_flows import answers, engine, serialise
from survey_flows.model import Question, Survey
from survey_flows.reading import Reading
from survey_flows.session import Session

TEXT_LIMIT = 2000
"""Characters of a message that are read; nobody means more, and the NLU's cost grows with the length. All of it is
stored."""

BESIDE_AN_ANSWER = 0.5
"""Confidence from which an FAQ is answered beside a score ("8, but where is my parcel?"): a wrong one costs one
sentence."""

INSTEAD_OF_TEXT = 0.85
"""Confidence from which a message at a free-text question is an FAQ and not the answer: a lost answer costs more."""

SURE = 0.8
"""Confidence from which words that are not plainly a control may opt somebody out, or delete their data."""

CONSEQUENCES = ("control_stop", "control_start", "delete_data")

ANYWHERE = ("stop", "start", "help", "human", "language", "later")
"""Controls that mean something without a survey, too."""

_FREE = Question(id="_", type="text", text={})


@dataclass(frozen=True)
class Understood:
    """`parse_data` is what Rasa is told; `reading` what the text means at the open question; `digression` an FAQ
    beside it."""

    parse_data: Mapping[str, Any]
    reading: Reading | None = None
    digression: str = ""


def intent(name: str, confidence: float = 1.0, **more: Any) -> dict[str, Any]:
    """Parse data for an intent that the handler itself knows."""
    return {
        "intent": {"name": name, "confidence": confidence},
        "entities": [],
        "intent_ranking": [],
        "text": "",
        **more,
    }


async def understand(
    message: Message, conversation: Conversation, survey: Survey | None, agent: DialogueAgent
) -> Understood:
    """What `message` means in `conversation`, whose open survey is `survey` (None: none is open)."""
    if message.kind == "invite":
        return Understood(intent(SURVEY_INVITED))
    if message.kind in ("timeout", "expire", "resume"):
        return Understood(intent(SURVEY_CONTROL))
    text = message.text[:TEXT_LIMIT].strip()
    if survey is None or conversation.response is None:
        return await _without_survey(text, conversation, agent)
    if message.picked:
        return Understood(intent(SURVEY_PICKED))
    session = serialise.loads(conversation.response.session)
    return await _within_survey(text, message.received_at, survey, session, agent)


async def _without_survey(text: str, conversation: Conversation, agent: DialogueAgent) -> Understood:
    known = languages()
    reading = answers.read(_FREE, text, conversation.language, known)
    if reading.kind == "control" and reading.value in ANYWHERE:
        return Understood(intent(f"control_{reading.value}"), reading)
    parsed = await agent.understand(text, conversation.language)
    if full_intent(parsed) in CONSEQUENCES and _confidence(parsed) < SURE:
        parsed = {**parsed, **intent("nlu_fallback", _confidence(parsed))}
    return Understood(parsed)


async def _within_survey(text: str, now: str, survey: Survey, session: Session, agent: DialogueAgent) -> Understood:
    reading = engine.read(survey, session, text, today=now[:10])
    node = engine.current(survey, session)
    if reading.kind == "control":
        return Understood(intent(SURVEY_CONTROL), reading)
    if reading.kind == "ambiguous":
        return Understood(intent(SURVEY_UNCLEAR), reading)
    if reading.kind == "value" and node is not None and node.question.type == "text":
        return await _free_text(text, reading, session, agent)
    if reading.kind == "value":
        return await _answer(reading, session, agent)
    return Understood(await agent.understand(text, session.language), reading)


async def _answer(reading: Reading, session: Session, agent: DialogueAgent) -> Understood:
    """An answer, and perhaps a question of the customer's behind it."""
    if not reading.rest:
        return Understood(intent(SURVEY_ANSWER), reading)
    parsed = await agent.understand(reading.rest, session.language)
    if not _is_faq(parsed, BESIDE_AN_ANSWER):
        return Understood(intent(SURVEY_ANSWER), reading)
    selector = parsed.get("response_selector") or {}
    return Understood(intent(SURVEY_ANSWER, response_selector=selector), reading, full_intent(parsed))


async def _free_text(text: str, reading: Reading, session: Session, agent: DialogueAgent) -> Understood:
    """Any words answer a free-text question, unless they are plainly a question that we can answer."""
    if not is_question(text, session.language):
        return Understood(intent(SURVEY_ANSWER), reading)
    parsed = await agent.understand(text, session.language)
    if _is_faq(parsed, INSTEAD_OF_TEXT):
        return Understood(parsed, reading)
    return Understood(intent(SURVEY_ANSWER), reading)


def _is_faq(parsed: Mapping[str, Any], threshold: float) -> bool:
    return (parsed.get("intent") or {}).get("name") == "faq" and _confidence(parsed) >= threshold


def _confidence(parsed: Mapping[str, Any]) -> float:
    return float((parsed.get("intent") or {}).get("confidence") or 0.0)
