"""Whether a customer's text is a question of their own, or holds one, by its form alone. The forms: questions.yml."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import yaml

FORMS = Path(__file__).with_name("questions.yml")
FEWEST_WORDS = 3
"""Below this only a question mark makes a question: "where" alone is none."""
ENGLISH = "en"
"""Read beside every language: customers mix it in."""

_WITHIN = ("anywhere", "request")

_MARKS = ("?", "？", "؟")
_SENTENCE = re.compile(r"(?<=[?？؟])\s*|[.!;\n]+\s+|,\s*|\s+(?:-|–|—)\s+")
_BUT = re.compile(
    r"^(?:(?:but|and|also|so|btw|by the way|aber|und|übrigens|auch|mais|et|au fait|pero|y|por cierto"
    r"|ma|e|maar|en|mas|ale|i|a)\s+)+"
)


def is_question(text: str, *languages: str) -> bool:
    """True for one sentence that ends with a question mark, or that has a question's form and says nothing else.

    A text of several sentences is an account, which may hold a question ("It was late. Where is my invoice?"): as the
    answer to "why?" it is the answer.
    """
    sentence = text.strip()
    body = sentence.rstrip("?？؟!. ")
    if any(mark in body for mark in (*_MARKS, ". ", "! ")):
        return False
    return sentence.endswith(_MARKS) or _has_form(body, languages, "question")


def asks(text: str, *languages: str) -> bool:
    """Whether something is asked anywhere in a text beside an answer. "The parcel was wet" asks nothing."""
    if any(mark in text for mark in _MARKS):
        return True
    return any(_has_form(part, languages, "question") for part in _parts(text)) or _anywhere(text, languages)


def wishes(text: str, *languages: str) -> bool:
    """Whether something is wanted of us in a text beside an answer ("I need an invoice"). "I would like faster
    delivery" has the same form, and is a remark: what is wanted has to be plainer than what is asked."""
    return any(_has_form(part, languages, "wish") for part in _parts(text))


def apart_from(text: str, *languages: str) -> str:
    """What a text says beside what it asks and wishes ("it was wet, where is my refund?" → "it was wet"): its clauses
    that have no such form, with commas between. "" where there are none."""
    told = (c for c in clauses(text, *languages) if not asks(c, *languages) and not wishes(c, *languages))
    return ", ".join(told)


def clauses(text: str, *languages: str) -> list[str]:
    """A text's parts between full stops, commas, and words such as "and" or "but"; none of them empty."""
    joins = "|".join(join for code in _spoken(languages) for join in _forms().get(code, {}).get("joins", ()))
    parts = (c for part in _SENTENCE.split(text) for c in re.split(rf"\s+(?:{joins})\s+", part, flags=re.I))
    return [stripped for part in parts if (stripped := part.strip())]


def requests(clause: str, language: str) -> bool:
    """Whether a clause that names a person asks for one ("let me …", "I want …"), and does not just name them."""
    words = clause.casefold().replace("’", "'")
    return any(pattern.search(words) for pattern in _patterns((language,), "request"))


def _parts(text: str) -> list[str]:
    parts = [part.casefold() for part in _SENTENCE.split(text.strip()) if part]
    return parts + [_BUT.sub("", part) for part in parts]  # beside them: Polish "i" is an "and", English "i" is not


def _has_form(sentence: str, languages: tuple[str, ...], name: str) -> bool:
    words = " ".join(sentence.casefold().replace("’", "'").strip("¿¡ .!").split())
    if len(words.split()) < FEWEST_WORDS:
        return False
    spoken = _spoken(languages)
    if any(pattern.match(words) for pattern in _patterns(spoken, "never")):
        return False
    return any(pattern.match(words) for pattern in _patterns(spoken, name))


def _anywhere(text: str, languages: tuple[str, ...]) -> bool:
    words = text.casefold().replace("’", "'")
    return any(pattern.search(words) for pattern in _patterns(_spoken(languages), "anywhere"))


def _spoken(languages: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*languages, ENGLISH)))


@cache
def _forms() -> dict[str, dict[str, list[str]]]:
    forms: dict[str, dict[str, list[str]]] = yaml.safe_load(FORMS.read_text(encoding="utf-8"))
    return forms


@cache
def _patterns(languages: Iterable[str], name: str) -> tuple[re.Pattern[str], ...]:
    found = (form for code in languages for form in _forms().get(code, {}).get(name, ()))
    return tuple(re.compile(rf"(?:\b{form})" if name in _WITHIN else rf"(?:{form})") for form in found)
