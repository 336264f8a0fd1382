"""The examples of the issue "Reading survey answers", in every language in which they make sense, and across
languages: a survey that is held in German understands an answer in Italian."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks.answers import LANGUAGES, QUESTIONS
from survey_flows.answers import read
from survey_flows.reading import Reading

EVERYWHERE = {
    "9/10": 9,
    "3-4": (3, 4),
    "7.5": (7, 8),
    "7,5": (7, 8),
    "💯": 10,
    "⭐️⭐️⭐️⭐️": (4, 8),
    "١٠": 10,
    "九": 9,
    "9️⃣": 9,
}
NPS: dict[str, dict[str, Any]] = {
    "en": {
        "a solid 8": 8,
        "eight or nine": (8, 9),
        "not 10, more like a 6": 6,
        "ten out of ten": 10,
        "definitely not, 2": 2,
        "definitely!": None,
        "dunno": "skip",
        "prefer not to say": "skip",
    },
    "de": {
        "eine solide 8": 8,
        "acht oder neun": (8, 9),
        "nicht 10, eher eine 6": 6,
        "zehn von zehn": 10,
        "null Punkte": 0,
        "auf keinen Fall, 2": 2,
        "auf jeden Fall!": None,
        "keine Ahnung": "skip",
        "möchte ich nicht sagen": "skip",
    },
    "fr": {
        "un bon 8": 8,
        "huit ou neuf": (8, 9),
        "pas 10, plutôt 6": 6,
        "dix sur dix": 10,
        "zéro": 0,
        "certainement !": None,
        "je ne sais pas": "skip",
        "je préfère ne pas répondre": "skip",
    },
    "es": {
        "un buen 8": 8,
        "ocho o nueve": (8, 9),
        "no 10, más bien un 6": 6,
        "diez de diez": 10,
        "cero": 0,
        "¡por supuesto!": None,
        "no sé": "skip",
        "prefiero no decirlo": "skip",
    },
    "it": {
        "un bell'8": 8,
        "otto o nove": (8, 9),
        "non 10, piuttosto un 6": 6,
        "dieci su dieci": 10,
        "zero": 0,
        "certamente!": None,
        "non so": "skip",
        "preferisco non dirlo": "skip",
    },
    "nl": {
        "een dikke 8": 8,
        "acht of negen": (8, 9),
        "geen 10, eerder een 6": 6,
        "tien van de tien": 10,
        "nul": 0,
        "zeker!": None,
        "geen idee": "skip",
        "zeg ik liever niet": "skip",
    },
    "pt": {
        "um bom 8": 8,
        "oito ou nove": (8, 9),
        "não 10, mais um 6": 6,
        "dez em dez": 10,
        "zero": 0,
        "com certeza!": None,
        "não sei": "skip",
        "prefiro não dizer": "skip",
    },
    "pl": {
        "mocne 8": 8,
        "osiem lub dziewięć": (8, 9),
        "nie 10, raczej 6": 6,
        "dziesięć na dziesięć": 10,
        "zero": 0,
        "zdecydowanie!": None,
        "nie wiem": "skip",
        "wolę nie mówić": "skip",
    },
}
SEVERAL: dict[str, dict[str, Any]] = {
    "en": {"all except parking": ["speed", "staff", "price"], "none of them": [], "b)": ["parking"]},
    "de": {"alles außer Parken": ["speed", "staff", "price"], "keins davon": [], "b)": ["parking"]},
    "fr": {"tout sauf parking": ["speed", "staff", "price"], "aucun": [], "b)": ["parking"]},
    "es": {"todo menos aparcamiento": ["speed", "staff", "price"], "ninguno": [], "b)": ["parking"]},
    "it": {"tutto tranne parcheggio": ["speed", "staff", "price"], "nessuno": [], "b)": ["parking"]},
    "nl": {"alles behalve parkeren": ["speed", "staff", "price"], "geen van allen": [], "b)": ["parking"]},
    "pt": {"tudo menos estacionamento": ["speed", "staff", "price"], "nenhum": [], "b)": ["parking"]},
    "pl": {"wszystko oprócz parkowanie": ["speed", "staff", "price"], "żadne": [], "b)": ["parking"]},
}
SECOND = {
    "en": "the second one",
    "de": "das zweite",
    "fr": "le deuxième",
    "es": "la segunda",
    "it": "la seconda",
    "nl": "de tweede",
    "pt": "a segunda",
    "pl": "drugie",
}


def meaning(found: Reading) -> Any:
    """The value, a tuple of candidates, the control's name, or None for no answer."""
    return found.candidates if found.kind == "ambiguous" else found.value


SCORES = [(code, text, want) for code in LANGUAGES for text, want in {**EVERYWHERE, **NPS[code]}.items()]


@pytest.mark.parametrize(("language", "text", "expected"), SCORES)
def test_a_score(language: str, text: str, expected: Any) -> None:
    assert meaning(read(QUESTIONS["nps"], text, language, LANGUAGES)) == expected


@pytest.mark.parametrize(("language", "text", "expected"), [(c, t, w) for c in LANGUAGES for t, w in NPS[c].items()])
def test_a_score_in_another_language_of_the_survey(language: str, text: str, expected: Any) -> None:
    held_in = "de" if language != "de" else "en"

    assert meaning(read(QUESTIONS["nps"], text, held_in, LANGUAGES)) == expected


@pytest.mark.parametrize(
    ("language", "text", "expected"), [(c, t, w) for c in LANGUAGES for t, w in SEVERAL[c].items()]
)
def test_several_choices(language: str, text: str, expected: list[str]) -> None:
    assert meaning(read(QUESTIONS["multi_choice"], text, language, LANGUAGES)) == expected


@pytest.mark.parametrize(("language", "text"), SECOND.items())
def test_the_second_one(language: str, text: str) -> None:
    assert meaning(read(QUESTIONS["choice"], text, language, LANGUAGES)) == "parking"
