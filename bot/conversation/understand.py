"""Reading a message in its context, before Rasa's policies decide what to do with it.

While a question is open its own reading comes first, then the controls, then the FAQ; a message can be both an answer
and a question of the customer's. What fits the open question becomes an intent of the context (`CONTEXT_INTENTS`) and
skips the NLU; everything else goes through it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml

from bot.conversation import guessing, language_offer, taking_up
from bot.conversation.guessing import FAQ_UNSURE, PERSON, Guess, Pick, Titles
from bot.conversation.phrases import languages
from bot.conversation.ports import Listener, full_intent
from bot.conversation.questions import FEWEST_WORDS, asks, is_question, wishes
from bot.conversation.state import Conversation, Message
from bot.conversation.taking_up import BEGINS, Offered
from bot.conversation.turn import (
    PERSON_WANTED,
    SURVEY_ANSWER,
    SURVEY_CONTROL,
    SURVEY_INVITED,
    SURVEY_PICKED,
    SURVEY_UNCLEAR,
    TEXT_ME,
)
from bot.conversation.unspoken import unread
from channels.contract import LATER
from survey_flows import answers, engine, serialise
from survey_flows.model import Question, Survey
from survey_flows.reading import NOT_AN_ANSWER, Reading, control, value
from survey_flows.session import Session

TEXT_LIMIT = 10_000
"""Characters of a message that are read and kept as an answer: four pages. The inbox keeps all of it."""

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

WITHOUT_FORM = 0.8
"""Confidence from which words that neither ask nor wish ("refund status") are an FAQ where a closed question is open.
"It came on a Tuesday." is a customer's account of it: the question is asked again (docs/adr/0028)."""

PLAINLY = 0.9
"""Probability from which a text is in another language than the conversation, so that its questions are known by that
one's forms, too ("wo ist mein Paket" in an English chat)."""

SURE = 0.8
"""Confidence from which something is done for a customer outside a survey. FAQs have a threshold of their own in the
classifier: a wrong answer costs less than a survey, an opt-out or a person that nobody asked for."""

FAQ_LANGUAGES = ("en", "de", "fr", "es")
"""Languages that dialogues/faq answers in, where nobody says which entries there are (a test compares)."""

OUT_OF_SCOPE = "out_of_scope"

BY_TEXT = Path(__file__).with_name("by_text.yml")

ANYWHERE = ("stop", "start", "help", "human", "language", "later", "who", "delete", "complaint")
"""Controls that mean something without a survey, too."""

INTENTS = {"who": "bot_challenge", "delete": "delete_data", "complaint": "complaint"}
"""Controls that a rule of the dialogue answers, in a survey and without one."""

GoesOn = Literal["", "answer", "lost"]

_NO_TITLES: Titles = {}
_BEGINS_WITH_NUMBER = re.compile(r"\d{1,2}\b")
_CLAUSE = re.compile(r"[.,;!?\n]+\s*|\s+(?:and|und|et|y|e|en|i)\s+", re.IGNORECASE)

_FREE = Question(id="_", type="text", text={})
_CLOSED = Question(id="_", type="nps", text={})
_YES_NO = Question(id="_", type="yes_no", text={})


@dataclass(frozen=True)
class Understood:
    """`parse_data` is what Rasa is told; `reading` what the text means at the open question; `digression` an FAQ
    beside it."""

    parse_data: Mapping[str, Any]
    reading: Reading | None = None
    digression: str = ""
    guesses: tuple[Guess, ...] = ()
    """FAQ entries to be offered: "did you mean"."""
    asked: bool = False
    """Beside an answer stands a question that we cannot answer for sure; `guesses` may hold what it could mean."""
    goes_on: GoesOn = ""
    """Whether what the customer writes next may belong to it: "answer" in their own words, or "lost", not understood
    so far. "": it is complete in itself."""


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
    message: Message,
    conversation: Conversation,
    survey: Survey | None,
    agent: Listener,
    offered: Offered | None = None,
    titles: Titles = _NO_TITLES,
) -> Understood:
    """What `message` means in `conversation`, whose open survey is `survey` (None: none is open, but perhaps one was
    `offered`). `titles`: of the FAQ's entries, for "did you mean"."""
    if message.kind == "invite":
        return Understood(intent(SURVEY_INVITED))
    if message.kind in ("timeout", "expire", "resume"):
        return Understood(intent(SURVEY_CONTROL))
    if message.kind == "call":
        return _ringing(message, conversation)
    if message.payload.get("corrects"):
        return Understood(intent(SURVEY_CONTROL))
    if unread(message):
        return Understood(intent(OUT_OF_SCOPE if conversation.response is None else SURVEY_CONTROL))
    text = message.text[:TEXT_LIMIT].strip()
    if (pick := _picked(message, text, conversation, titles)) is not None:
        return _meant(pick, surveyed=survey is not None and conversation.response is not None)
    if language := language_offer.accepted(message, conversation, survey):
        open_survey = survey is not None and conversation.response is not None
        return Understood(intent(SURVEY_CONTROL if open_survey else "control_language"), control("language", language))
    if survey is None or conversation.response is None:
        return await _without_survey(message, conversation, agent, offered, titles)
    if message.picked:
        return Understood(intent(SURVEY_PICKED))
    session = serialise.loads(conversation.response.session)
    if conversation.channel == "voice" and (
        heard := _on_the_phone(text, message, survey, session, reachable=conversation.address.startswith("+"))
    ):
        return heard
    return await _within_survey(text, message.received_at, survey, session, agent, titles)


def _picked(message: Message, text: str, conversation: Conversation, titles: Titles) -> Pick | None:
    """The customer's choice after "did you mean"; None when the message is something else."""
    if message.picked:
        return guessing.picked(message.picked, titles, conversation.language)
    if not conversation.guesses:
        return None
    return guessing.said(text, guessing.from_json(conversation.guesses), conversation.language)


def _meant(pick: Pick, *, surveyed: bool) -> Understood:
    """The chosen answer, a person, or what is said when it was none of them: how to reach one."""
    if pick.key and pick.key != PERSON:
        return Understood(guessing.parse_data(pick.key), NOT_AN_ANSWER)
    if not pick.key:
        return Understood(intent(OUT_OF_SCOPE), NOT_AN_ANSWER)
    return Understood(intent(SURVEY_CONTROL if surveyed else "control_human"), control("human"))


def _ringing(message: Message, conversation: Conversation) -> Understood:
    """A call begins: the open survey goes on, else the one that the call is for begins. Who wants no surveys, or rings
    a line that has none, hears what can be done here."""
    if conversation.response is not None:
        return Understood(intent(SURVEY_CONTROL))
    if conversation.opted_out or not message.payload.get("survey"):
        return Understood(intent("control_help"))
    return Understood(intent(SURVEY_INVITED))


def _on_the_phone(
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


def _wants_texts(text: str) -> bool:
    """Whether a caller asks for text messages instead, in any language."""
    return " ".join("".join(c if c.isalnum() else " " for c in text.casefold()).split()) in _by_text()


@cache
def _by_text() -> frozenset[str]:
    words: dict[str, list[str]] = yaml.safe_load(BY_TEXT.read_text(encoding="utf-8"))
    return frozenset(said for phrases in words.values() for said in phrases)


def says(text: str, language: str, wish: str) -> bool:
    """Whether a text is this wish ("stop", "start") and nothing else, in any language that we speak."""
    reading = answers.read(_FREE, text[:TEXT_LIMIT], language, languages())
    return reading.kind == "control" and reading.value == wish


async def _without_survey(
    message: Message, conversation: Conversation, agent: Listener, offered: Offered | None, titles: Titles
) -> Understood:
    text, language = message.text[:TEXT_LIMIT].strip(), conversation.language
    if offered is not None and (reply := taking_up.plain(message, text, conversation, offered)) is not None:
        name = SURVEY_INVITED if reply.begins else f"control_{LATER}"
        return Understood(intent(name), reply.reading)
    if message.picked or _late_score(text):
        return Understood(intent(SURVEY_PICKED))
    reading = answers.read(_FREE, text, language, languages())
    if reading.kind == "control" and reading.value in ANYWHERE:
        return Understood(intent(INTENTS.get(reading.value, f"control_{reading.value}")), reading)
    if offered is None and _polite(text, language):
        return Understood(intent("thanks"))
    parsed = _answerable(await agent.understand(text, language), language, titles)
    if _name(parsed) == "faq" and len(text.split()) == 1 and _confidence(parsed) < WITHOUT_FORM:
        parsed = {**parsed, "intent": {"name": OUT_OF_SCOPE, "confidence": SURE}}
    sure = _name(parsed) == "faq" or _confidence(parsed) >= SURE
    if offered is not None and (
        _name(parsed) in BEGINS or not (sure or is_question(text, *_spoken(text, language, agent)))
    ):
        return Understood(intent(SURVEY_INVITED))  # whatever it is, it answers the invitation
    return _unsure(parsed, language, titles, parsed if sure else intent(OUT_OF_SCOPE, _confidence(parsed)))


def _polite(text: str, language: str) -> bool:
    """ "no, thanks", "ok great": the end of a conversation, where nothing was asked. Nobody is to be called for it. A
    "yes" was meant for something, and is none."""
    if len(text.split()) > FEWEST_WORDS or answers.read(_CLOSED, text, language, (language, "en")).kind == "value":
        return False  # "two" is a number here
    said = answers.read(_YES_NO, text, language, (language, "en"))
    return said.kind == "value" and not said.rest and (said.value is False or text.casefold().startswith("ok"))


def _late_score(text: str) -> bool:
    """A bare number on a scale, when no question is open: the survey has ended meanwhile."""
    return text.isdecimal() and int(text) <= 10


def _unsure(
    parsed: Mapping[str, Any],
    language: str,
    titles: Titles,
    otherwise: Mapping[str, Any],
    reading: Reading | None = None,
) -> Understood:
    """ "Did you mean", if there is anything to offer."""
    found = guessing.guesses(parsed, language, titles)
    meant = intent(FAQ_UNSURE) if found else otherwise
    lost = _name(meant) in (FAQ_UNSURE, OUT_OF_SCOPE)
    return Understood(meant, reading, guesses=found, goes_on="lost" if lost else "")


async def _within_survey(
    text: str, now: str, survey: Survey, session: Session, agent: Listener, titles: Titles
) -> Understood:
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
    return await _no_answer(text, reading, session, agent, titles)


async def _answer(reading: Reading, session: Session, agent: Listener, titles: Titles) -> Understood:
    """An answer, and perhaps a question of the customer's behind it. Who asks nothing is told nothing: a remark is told
    from a question by its form, not by confidence."""
    if reading.rest and _wants_a_person(reading.rest, session.language):
        return Understood(intent(SURVEY_ANSWER), reading, PERSON_WANTED)
    spoken = _spoken(reading.rest, session.language, agent)
    asked = asks(reading.rest, *spoken)
    if not asked and not wishes(reading.rest, *spoken):
        return Understood(intent(SURVEY_ANSWER), reading)
    parsed = _answerable(await agent.understand(reading.rest, session.language), session.language, titles)
    if not _is_faq(parsed, BESIDE_AN_ANSWER if asked else WISHED_BESIDE):
        if not asked:
            return Understood(intent(SURVEY_ANSWER), reading)
        offered = tuple(replace(g, beside=True) for g in guessing.guesses(parsed, session.language, titles))
        return Understood(intent(SURVEY_ANSWER), reading, guesses=offered, asked=True)
    selector = parsed.get("response_selector") or {}
    return Understood(intent(SURVEY_ANSWER, response_selector=selector), reading, full_intent(parsed))


def _spoken(text: str, language: str, agent: Listener) -> tuple[str, ...]:
    """The languages whose forms of a question are looked for: the conversation's, and the one that is plainly
    written."""
    if len(text.split()) < FEWEST_WORDS:
        return (language,)
    guess, probability = agent.language_of(text, language)
    return (language, guess) if probability >= PLAINLY else (language,)


def _asked(text: str, spoken: tuple[str, ...]) -> bool:
    """Whether a text asks or wishes anything, by its form."""
    return asks(text, *spoken) or wishes(text, *spoken)


def _wants_a_person(text: str, language: str) -> bool:
    """Whether a text is the wish for a person and nothing else."""
    wish = answers.read(_CLOSED, text, language, (language,))
    return wish.kind == "control" and wish.value == "human"


def _last_clause(text: str) -> str:
    """What comes behind the last comma, full stop or "and": where a wish stands after an account of what went wrong."""
    return _CLAUSE.split(text.rstrip(" .!"))[-1].strip()


def _wish_behind(text: str, language: str) -> str:
    """ "human" or "complaint" behind other words ("stop asking me about parking, I want to complain"), else ""."""
    wish = answers.read(_CLOSED, _last_clause(text), language, (language,))
    return str(wish.value) if wish.kind == "control" and wish.value in ("human", "complaint") else ""


async def _free_text(text: str, reading: Reading, session: Session, agent: Listener, titles: Titles) -> Understood:
    """Any words answer a free-text question, unless they are plainly a question that we can answer, or a wish."""
    question, brief = is_question(text, *_spoken(text, session.language, agent)), len(text.split()) <= WISH_WORDS
    if not question and not brief:
        wanted = PERSON_WANTED if _wants_a_person(_last_clause(text), session.language) else ""
        return Understood(intent(SURVEY_ANSWER), reading, wanted, goes_on="" if wanted else "answer")
    if _wants_a_person(text, session.language):  # our own texts say: write 'human'
        return Understood(intent(SURVEY_CONTROL), control("human"))
    parsed = _answerable(await agent.understand(text, session.language), session.language, titles)
    if question and _is_faq(parsed, INSTEAD_OF_TEXT):
        return Understood(parsed, reading)
    if brief and _name(parsed) in WISHES and _confidence(parsed) >= WISH:
        return _talk(parsed, NOT_AN_ANSWER, session)
    return Understood(intent(SURVEY_ANSWER), reading, goes_on="answer")


async def _no_answer(text: str, reading: Reading, session: Session, agent: Listener, titles: Titles) -> Understood:
    """No answer to a closed question: a question of the customer's own, small talk, a wish, or words to ask about."""
    if wish := _wish_behind(text, session.language):
        return Understood(
            intent(INTENTS.get(wish, SURVEY_CONTROL)), NOT_AN_ANSWER if wish in INTENTS else control(wish)
        )
    parsed = _answerable(await agent.understand(text, session.language), session.language, titles)
    spoken = _spoken(text, session.language, agent)
    if _name(parsed) == "faq" and _BEGINS_WITH_NUMBER.match(text) and not asks(text, *spoken):
        return Understood(
            intent(SURVEY_UNCLEAR), reading
        )  # "9 quick refund thanks": a score more likely than a question
    if _name(parsed) == "faq" and guessing.guesses(parsed, session.language, titles):
        return _unsure(parsed, session.language, titles, parsed, reading)  # two entries would do
    if (
        _name(parsed) in (OUT_OF_SCOPE, "nlu_fallback")
        or (_name(parsed) != "faq" and _confidence(parsed) < SURE)
        or (_name(parsed) == "faq" and _confidence(parsed) < WITHOUT_FORM and not _asked(text, spoken))
    ):
        if is_question(text, *spoken):
            return _unsure(parsed, session.language, titles, intent(OUT_OF_SCOPE), reading)
        goes_on: GoesOn = "" if session.status == "paused" else "lost"
        return Understood(intent(SURVEY_UNCLEAR, _confidence(parsed)), reading, goes_on=goes_on)
    return _talk(parsed, reading, session)


def _talk(parsed: Mapping[str, Any], reading: Reading, session: Session) -> Understood:
    """Small talk, where it means something to a survey: goodbye is "later", and after that a hello is "I am back"."""
    if _name(parsed) == "goodbye" and _confidence(parsed) >= WISH:
        return Understood(intent(SURVEY_CONTROL), control("later"))
    if _name(parsed) == "greet" and session.status == "paused":
        return Understood(intent(SURVEY_UNCLEAR), NOT_AN_ANSWER)
    return Understood(_certain(parsed) if reading is NOT_AN_ANSWER else parsed, reading)


def _certain(parsed: Mapping[str, Any]) -> Mapping[str, Any]:
    """The same, beyond doubt: what was decided here is not weighed again by the policy."""
    return {**parsed, "intent": {**parsed["intent"], "confidence": 1.0}}


def _answerable(parsed: Mapping[str, Any], language: str, titles: Titles) -> Mapping[str, Any]:
    """`parsed`, unless it is an FAQ that has no answer in this language, or none today."""
    key = full_intent(parsed).partition("/")[2]
    if _name(parsed) != "faq" or (language, key) in titles or (not titles and language in FAQ_LANGUAGES):
        return parsed
    return intent(OUT_OF_SCOPE, _confidence(parsed))


def _is_faq(parsed: Mapping[str, Any], threshold: float) -> bool:
    return _name(parsed) == "faq" and _confidence(parsed) >= threshold


def _name(parsed: Mapping[str, Any]) -> str:
    return str((parsed.get("intent") or {}).get("name") or "")


def _confidence(parsed: Mapping[str, Any]) -> float:
    return float((parsed.get("intent") or {}).get("confidence") or 0.0)
