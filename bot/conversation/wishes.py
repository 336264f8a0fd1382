"""What a customer wants of us, told by the words alone: to ask something, a person, an end of the messages."""

from __future__ import annotations

import re

from bot.conversation.phrases import languages
from bot.conversation.ports import Listener
from bot.conversation.questions import FEWEST_WORDS, apart_from, asks, clauses, requests, wishes
from bot.conversation.understood import TEXT_LIMIT
from survey_flows import answers
from survey_flows.model import Question

PLAINLY = 0.9
"""Probability from which a text is in another language than the conversation, so that its questions are known by that
one's forms, too ("wo ist mein Paket" in an English chat)."""

_CLAUSE = re.compile(r"[.,;!?\n]+\s*|\s+(?:and|und|et|y|e|en|i)\s+", re.IGNORECASE)

_FREE = Question(id="_", type="text", text={})

_CLOSED = Question(id="_", type="nps", text={})

_YES_NO = Question(id="_", type="yes_no", text={})


def says(text: str, language: str, wish: str) -> bool:
    """Whether a text is this wish ("stop", "start") and nothing else, in any language that we speak."""
    reading = answers.read(_FREE, text[:TEXT_LIMIT], language, languages())
    return reading.kind == "control" and reading.value == wish


def stops_beside(text: str, language: str) -> bool:
    """Whether a plain stop stands beside a score, or beside a yes or no ("9, stop"), in any language that we speak."""
    said = (answers.read(question, text[:TEXT_LIMIT], language, languages()) for question in (_CLOSED, _YES_NO))
    return any(reading.stops for reading in said)


def written_in(text: str, language: str, agent: Listener) -> tuple[str, ...]:
    """The languages whose forms of a question are looked for: the conversation's, and the one that is plainly
    written."""
    if len(text.split()) < FEWEST_WORDS:
        return (language,)
    guess, probability = agent.language_of(text, language)
    return (language, guess) if probability >= PLAINLY else (language,)


def asks_or_wishes(text: str, spoken: tuple[str, ...]) -> bool:
    """Whether a text asks or wishes anything, by its form."""
    return asks(text, *spoken) or wishes(text, *spoken)


def remark_in(text: str, spoken: tuple[str, ...]) -> str:
    """The text, where something is told in it beside what it asks or wishes, else "". The whole of it: a comment is
    read by people, and nothing is to be missing from it."""
    told = apart_from(text, *spoken)
    as_said = answers.read(_CLOSED, f"0, {told}"[:TEXT_LIMIT], spoken[0], tuple(dict.fromkeys(spoken)))
    return text if told and as_said.rest else ""


def wants_a_person(text: str, language: str) -> bool:
    """Whether a text is the wish for a person and nothing else."""
    wish = answers.read(_CLOSED, text, language, (language,))
    return wish.kind == "control" and wish.value == "human"


def requests_a_person(text: str, spoken: tuple[str, ...]) -> bool:
    """Whether one clause among others plainly asks for a person ("it was broken, let me speak to someone"). Where any
    words are an answer, one that only names a person ("…, customer service") is no request."""
    return any(
        requests(clause, language) and wants_a_person(clause, language)
        for language in spoken
        for clause in clauses(text[:TEXT_LIMIT], language)
    )


def last_clause(text: str) -> str:
    """What comes behind the last comma, full stop or "and": where a wish stands after an account of what went wrong."""
    return _CLAUSE.split(text.rstrip(" .!"))[-1].strip()


def wish_behind(text: str, language: str) -> str:
    """ "human" or "complaint" behind other words ("stop asking me about parking, I want to complain"), else ""."""
    wish = answers.read(_CLOSED, last_clause(text), language, (language,))
    return str(wish.value) if wish.kind == "control" and wish.value in ("human", "complaint") else ""
