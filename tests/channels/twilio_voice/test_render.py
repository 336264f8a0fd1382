"""What a caller hears, as TwiML: golden documents, and that whatever is said is a document that Twilio takes."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.contract import Heard, Outbound
from channels.twilio_voice import limits, render
from channels.twilio_voice.languages import TONGUES
from channels.twilio_voice.parse import Place
from channels.twilio_voice.render import Line
from channels.twilio_voice.twiml_rules import read
from channels.twilio_voice.words import languages
from survey_flows.prompt import Choice, Form, Prompt
from tests.channels.twilio_voice.conftest import AGE, AREA, LIKED, SCORE, WHY

AGAIN = Prompt("again", "yes_no", "Again?", "en", (Choice(True, "Yes"), Choice(False, "No")))
MANY = replace(LIKED, choices=tuple(Choice(f"v{n}", f"Thing {n}") for n in range(1, 13)))


def line(language: str = "en") -> Line:
    return Line(language, Place(step=1), lambda what, place: f"https://x.example/{what}?{place.query()}", "CA1-1")


def asking(prompt: Prompt, *before: str) -> str:
    return render.ask(line(), Heard((*map(Outbound, before), Outbound(prompt.text, prompt)), survey_open=True))


GOLDEN = {
    "scale": (SCORE, {"numDigits": "1", "hints": "0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10"}),
    "choice": (AREA, {"numDigits": "1", "hints": "Price, Speed"}),
    "yes or no": (AGAIN, {"numDigits": "1", "hints": "Yes, No"}),
    "several": (LIKED, {"finishOnKey": "#", "hints": "Price, Speed"}),
    "number": (AGE, {"finishOnKey": "#"}),
}


@pytest.mark.parametrize(("prompt", "expected"), GOLDEN.values(), ids=GOLDEN)
def test_how_a_question_is_gathered(prompt: Prompt, expected: dict[str, str]) -> None:
    (gather,) = read(asking(prompt, "Hello!"))

    shown = {name: gather.get(name) for name in ("numDigits", "finishOnKey", "hints") if gather.get(name)}
    assert (gather.tag, gather.get("input"), shown) == ("Gather", "dtmf speech", expected)
    assert [said.text for said in gather][:2] == ["Hello!", prompt.text]  # inside: a key interrupts it
    assert f"question={prompt.question}" in gather.get("action", "")


def test_a_free_question_is_recorded_and_silence_goes_on_behind_it() -> None:
    document = list(read(asking(WHY)))

    assert [verb.tag for verb in document] == ["Say", "Say", "Record", "Redirect"]
    record = document[2]
    assert (record.get("playBeep"), record.get("transcribe")) == ("true", "true")
    assert record.get("transcribeCallback", "").endswith("message=CA1-1")


@pytest.mark.parametrize("language", [code for code, tongue in TONGUES.items() if not tongue.transcribed])
def test_only_english_is_written_down_by_twilio(language: str) -> None:
    assert "transcribe" not in render.ask(line(language), Heard((Outbound("", WHY),), survey_open=True))


def test_of_an_option_in_doubt_only_the_keys_of_what_was_meant_are_told_and_all_are_taken() -> None:
    asked = replace(MANY, form="choice", choices=MANY.choices[:4], meant=("v2", "v4"))
    (gather,) = read(asking(asked))

    assert [said.text for said in gather][1:] == ["For Thing 2, press 2.", "For Thing 4, press 4."]
    assert list(render.key_table(asked)) == ["1", "2", "3", "4"]


def test_a_score_in_doubt_is_still_answered_by_any_key() -> None:
    asked = replace(SCORE, text="Did you mean 8 or 9?", meant=(8, 9))
    (gather,) = read(asking(asked))

    assert [said.text for said in gather] == ["Did you mean 8 or 9?", "Press a key from 0 to 10, or say the number."]
    assert "ten=1" in gather.get("action", "")  # so that a 1 is waited for still


def test_more_options_than_keys_are_told_apart_by_star() -> None:
    (gather,) = read(asking(MANY))

    assert [said.text for said in gather][-1] == "Press star after each number, and at the end the hash key."


def test_every_voice_has_words_and_all_of_them() -> None:
    assert set(languages()) == set(TONGUES)


prompts = st.builds(
    Prompt,
    st.just("q"),
    st.sampled_from(["scale", "choice", "multi_choice", "yes_no"]),
    st.text(min_size=1, max_size=300),
    st.just("en"),
    st.lists(st.builds(Choice, st.integers(0, 10), st.text(min_size=1, max_size=150)), min_size=1, max_size=12).map(
        tuple
    ),
)


@given(prompts, st.lists(st.text(max_size=6000) | st.text("a&<\x0b. ", max_size=6000), max_size=4), st.integers(0, 2))
def test_whatever_is_said_is_a_document_that_twilio_takes(prompt: Prompt, before: list[str], silent: int) -> None:
    for form, verbs in ((prompt.form, ["Gather"]), ("text", ["Record", "Redirect"])):
        asked = replace(prompt, form=cast(Form, form))
        document = read(render.ask(line(), Heard((*map(Outbound, before), Outbound("", asked))), silent=silent))
        assert [verb.tag for verb in document if verb.tag != "Say"] == verbs
        said = "".join((say.text or "") for say in document.iter("Say"))
        assert "".join(render.speakable(prompt.text).split()) in "".join(said.split())  # whatever had to be left out
    ending = read(render.end(line(), *before))
    assert [verb.tag for verb in ending if verb.tag != "Say"] == ["Hangup"]


def test_more_words_than_a_document_holds_are_left_out_and_the_question_is_asked() -> None:
    document = asking(SCORE, *["One sentence & another. " * 1000] * 5)

    assert len(document.encode()) <= limits.TWIML_LIMIT
    (gather,) = read(document)
    assert "How likely?" in [said.text for said in gather]
