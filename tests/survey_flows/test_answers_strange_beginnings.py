"""A text is given up as a control at its first strange word; read to its end it would be none either."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from survey_flows.answers import available, controls
from survey_flows.answers.items import Utterance
from survey_flows.reading import Reading, ambiguous, value

ROOT = Path(__file__).parents[2]
TABLES = sorted((ROOT / "tests" / "answers").rglob("*.yml"))


@cache
def texts() -> tuple[str, ...]:
    """All that the tables of answers hold, and the questions of the benchmarks."""
    found: list[str] = []
    for path in TABLES:
        found += map(str, yaml.safe_load(path.read_text(encoding="utf-8")).get("readings", ()))
    for path in sorted((ROOT / "benchmarks" / "questions").glob("*.yml")):
        found += _strings(yaml.safe_load(path.read_text(encoding="utf-8")))
    return tuple(dict.fromkeys(found))


def _strings(data: object) -> list[str]:
    if isinstance(data, dict):
        return [text for part in data.values() for text in _strings(part)]
    if isinstance(data, list):
        return [text for part in data for text in _strings(part)]
    return [data] if isinstance(data, str) else []


def corrected(text: str) -> Reading:
    """A new answer for any text, so that "I meant …" is a control whenever it may be."""
    return value(8) if "8" in text else ambiguous(7, 8)


def whole(said: Utterance, language: str, *, open_question: bool) -> Reading:
    with pytest.MonkeyPatch.context() as without:
        without.setattr(controls, "_begins_strangely", lambda *_: False)
        return controls.read_control(said, language, corrected, open_question=open_question)


def test_a_control_is_what_the_whole_text_is() -> None:
    given_up = steering = 0
    for said in map(Utterance.of, texts()):
        for language in available():
            strange = controls._begins_strangely(said, language)
            for open_question in (True, False):
                reading = whole(said, language, open_question=open_question)
                assert controls.read_control(said, language, corrected, open_question=open_question) == reading
                steering += reading.kind == "control"
            given_up += strange
    assert steering > 500
    assert given_up > 10_000


WORDS = ["please", "I", "meant", "8", "stop", "never", "don't", "no", "?", ",", "thanks", "parcel", "messages", "back"]


@given(st.lists(st.sampled_from(WORDS), min_size=1, max_size=6), st.booleans())
def test_in_whatever_order_words_stand(words: list[str], open_question: bool) -> None:
    said = Utterance.of(" ".join(words))
    reading = controls.read_control(said, "en", corrected, open_question=open_question)
    assert reading == whole(said, "en", open_question=open_question)
