"""What a message means at the open question: its own reading comes first, then the controls, then the FAQ. One message
can be both, an answer and a question of the customer's."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot.conversation import guessing
from bot.conversation.guessing import Titles
from bot.conversation.nlu_result import (
    SURE,
    WITHOUT_FORM,
    answerable,
    certain,
    confidence_of,
    is_faq,
    name_of,
    parting,
    unsure,
)
from bot.conversation.ports import Listener, full_intent
from bot.conversation.questions import FEWEST_WORDS, asks, is_question, wishes
from bot.conversation.turn import PERSON_WANTED, SURVEY_ANSWER, SURVEY_CONTROL, SURVEY_UNCLEAR
from bot.conversation.understood import INTENTS, OUT_OF_SCOPE, GoesOn, Understood, intent
from bot.conversation.wishes import (
    asks_or_wishes,
    remark_in,
    requests_a_person,
    wants_a_person,
    wish_behind,
    written_in,
)
from survey_flows import engine
from survey_flows.model import Survey
from survey_flows.reading import NOT_AN_ANSWER, Reading, control
from survey_flows.session import Session

BESIDE_AN_ANSWER = 0.5
"""Confidence from which a question beside a score is answered ("8, but where is my parcel?"): a wrong answer costs one
sentence. A remark ("8, the parcel was wet") is never answered, however sure the NLU is (docs/adr/0023)."""

WISHED_BESIDE = 0.9
"""The same for what is only wished for: "5, I need an invoice" is, "8, I would like faster delivery" is not."""

INSTEAD_OF_TEXT = 0.7
"""Confidence from which a question at a free-text question is an FAQ and not the answer: a lost answer costs more."""

WISH = 0.85
"""Confidence from which a few words at a free-text question are small talk or a wish ("delete my data") and no
answer."""

WISH_WORDS = 8
"""A wish is said in a few words; whoever writes more is giving an account, and that is the answer."""

WISHES = ("greet", "thanks", "goodbye", "bot_challenge", "control_stop", "control_human", "delete_data")

_BEGINS_WITH_NUMBER = re.compile(r"\d{1,2}\b")


async def within_survey(
    text: str, now: str, survey: Survey, session: Session, agent: Listener, titles: Titles
) -> Understood:
    """What `text` means at the open question of `session`. `now`: ISO 8601."""
    reading = engine.read(survey, session, text, today=now[:10])
    node = engine.current(survey, session)
    if reading.kind == "control":
        if reading.value in INTENTS:
            return Understood(intent(INTENTS[reading.value]), NOT_AN_ANSWER)
        return Understood(intent(SURVEY_CONTROL), reading)
    if reading.kind == "ambiguous":
        return Understood(intent(SURVEY_UNCLEAR), reading)
    if reading.kind == "value" and node is not None and node.question.type == "text":
        return await _free_text(text, reading, session, agent, titles)
    if reading.kind == "value":
        return await _answer(reading, session, agent, titles)
    if reading.outside is not None and not _asked_beside(reading, session, agent):
        return Understood(intent(SURVEY_UNCLEAR), reading)
    return await _no_answer(text, session, agent, titles)


def _asked_beside(reading: Reading, session: Session, agent: Listener) -> bool:
    return bool(reading.rest) and asks_or_wishes(reading.rest, written_in(reading.rest, session.language, agent))


async def _answer(reading: Reading, session: Session, agent: Listener, titles: Titles) -> Understood:
    """An answer, and perhaps a question of the customer's behind it. Who asks nothing is told nothing: a remark is told
    from a question by its form, not by confidence. Who wants no more messages is told that alone."""
    if reading.stops:
        return Understood(intent(SURVEY_ANSWER), reading)
    told = len(reading.rest.split()) >= FEWEST_WORDS  # "9, Mitarbeiter" may well be what was liked
    if told and wants_a_person(reading.rest, session.language):
        return Understood(intent(SURVEY_ANSWER), reading, PERSON_WANTED)
    spoken = written_in(reading.rest, session.language, agent)
    if requests_a_person(reading.rest, spoken):  # something is told beside it, which is a comment
        return Understood(intent(SURVEY_ANSWER), reading, PERSON_WANTED, remark=reading.rest)
    asked = asks(reading.rest, *spoken)
    if not asked and not wishes(reading.rest, *spoken):
        return Understood(intent(SURVEY_ANSWER), reading)
    remark = remark_in(reading.rest, spoken)
    parsed = answerable(await agent.understand(reading.rest, session.language), session.language, titles)
    if not is_faq(parsed, BESIDE_AN_ANSWER if asked else WISHED_BESIDE):
        if not asked:
            return Understood(intent(SURVEY_ANSWER), reading)
        offered = tuple(replace(g, beside=True) for g in guessing.guesses(parsed, session.language, titles))
        return Understood(intent(SURVEY_ANSWER), reading, guesses=offered, asked=True, remark=remark)
    selector = parsed.get("response_selector") or {}
    answered = intent(SURVEY_ANSWER, response_selector=selector)
    return Understood(answered, reading, full_intent(parsed), remark=remark)


async def _free_text(text: str, reading: Reading, session: Session, agent: Listener, titles: Titles) -> Understood:
    """Any words answer a free-text question, unless they are plainly a question that we can answer, or a wish. A person
    who is asked for beside an account is called, and the account is the answer."""
    spoken = written_in(text, session.language, agent)
    question, brief = is_question(text, *spoken), len(text.split()) <= WISH_WORDS
    if (question or brief) and wants_a_person(text, session.language):  # our own texts say: write 'human'
        return Understood(intent(SURVEY_CONTROL), control("human"))
    if requests_a_person(text, spoken):
        return Understood(intent(SURVEY_ANSWER), reading, PERSON_WANTED)
    if not question and not brief:
        return Understood(intent(SURVEY_ANSWER), reading, goes_on="answer")
    parsed = parting(answerable(await agent.understand(text, session.language), session.language, titles))
    if question and is_faq(parsed, INSTEAD_OF_TEXT):
        return Understood(parsed, reading)
    if brief and name_of(parsed) in WISHES and confidence_of(parsed) >= WISH:
        return _talk(parsed, session)
    return Understood(intent(SURVEY_ANSWER), reading, goes_on="answer")


async def _no_answer(text: str, session: Session, agent: Listener, titles: Titles) -> Understood:
    """No answer to a closed question: a question of the customer's own, small talk, a wish, or words to ask about."""
    if wish := wish_behind(text, session.language):
        return Understood(
            intent(INTENTS.get(wish, SURVEY_CONTROL)), NOT_AN_ANSWER if wish in INTENTS else control(wish)
        )
    parsed = parting(answerable(await agent.understand(text, session.language), session.language, titles))
    spoken = written_in(text, session.language, agent)
    if name_of(parsed) == "faq" and _BEGINS_WITH_NUMBER.match(text) and not asks(text, *spoken):
        return Understood(intent(SURVEY_UNCLEAR), NOT_AN_ANSWER)  # "9 quick refund thanks": more likely a score
    if name_of(parsed) == "faq" and guessing.guesses(parsed, session.language, titles):
        return unsure(parsed, session.language, titles, parsed, NOT_AN_ANSWER)  # two entries would do
    if (
        name_of(parsed) in (OUT_OF_SCOPE, "nlu_fallback")
        or (name_of(parsed) != "faq" and confidence_of(parsed) < SURE)
        or (name_of(parsed) == "faq" and confidence_of(parsed) < WITHOUT_FORM and not asks_or_wishes(text, spoken))
    ):
        if is_question(text, *spoken):
            return unsure(parsed, session.language, titles, intent(OUT_OF_SCOPE), NOT_AN_ANSWER)
        goes_on: GoesOn = "" if session.status == "paused" else "lost"
        return Understood(intent(SURVEY_UNCLEAR, confidence_of(parsed)), NOT_AN_ANSWER, goes_on=goes_on)
    return _talk(parsed, session)


def _talk(parsed: Mapping[str, Any], session: Session) -> Understood:
    """Small talk, where it means something to a survey: goodbye is "later", and after that a hello is "I am back"."""
    if name_of(parsed) == "goodbye" and confidence_of(parsed) >= WISH:
        return Understood(intent(SURVEY_CONTROL), control("later"))
    if name_of(parsed) == "greet" and session.status == "paused":
        return Understood(intent(SURVEY_UNCLEAR), NOT_AN_ANSWER)
    return Understood(certain(parsed), NOT_AN_ANSWER)
