"""What was told beside an answer is acknowledged before the next question in own words, which can be left at once."""

from __future__ import annotations

import pytest

from survey_flows.effects import Recorded
from survey_flows.inputs import AskAgain, Edited
from survey_flows.wording import available, phrase
from tests.survey_flows.support import Talk, talk

BODY = """
    questions:
      - {id: score, type: nps, text: {en: "Score?"}}
      - {id: topic, type: choice, when: score.band == passive, text: {en: "Which?"},
         options: [{key: a, label: {en: "Apples"}}, {key: b, label: {en: "Pears"}}]}
      - {id: why, type: text, required: true, text: {en: "Why {score}?"}, tell_more: {en: "A little more?"}}
      - {id: again, type: yes_no, text: {en: "Again?"}}
      - {id: last, type: text, text: {en: "Anything else?"}}
"""
NOTED = 'I have noted what you said already. If that is all, say "skip". Why {}?'


def told() -> Talk:
    return talk(BODY).send("2, the driver threw it")


def test_the_next_question_in_own_words_says_that_it_is_noted() -> None:
    assert told().asked == NOTED.format(2)


def test_a_caller_whose_words_are_recorded_is_not_told_to_say_skip() -> None:
    assert (
        talk(BODY, channel="voice").send("2, the driver threw it").asked == "I have noted what you said already. Why 2?"
    )


def test_without_a_remark_nothing_is_said() -> None:
    assert talk(BODY).send("2, thanks").asked == "Why 2?"


def test_also_behind_another_question_where_it_names_the_answer() -> None:
    t = talk(BODY).send("8, the driver was late again")
    assert t.asked == "Which?"
    assert t.send("1").asked == NOTED.format(8)


def test_not_before_a_question_about_something_else() -> None:
    t = talk("""
        questions:
          - {id: score, type: nps, text: {en: "Score?"}}
          - {id: resolved, type: yes_no, text: {en: "Resolved?"}}
          - {id: still, type: text, text: {en: "What is open?"}}
        """)
    assert t.send("5 but I had to call twice").send("no").asked == "What is open?"


def test_it_is_said_once() -> None:
    t = told().send("the lid was broken as well").send("no")
    assert t.asked == "Anything else?"
    assert t.send("no").recorded == {"last": "no"}


@pytest.mark.parametrize(
    "text", ["no", "No, thanks.", "nothing", "nothing to add", "That's all!", "I already told you", "skip"]
)
def test_whoever_has_nothing_to_add_goes_on_at_once_and_that_is_no_answer(text: str) -> None:
    t = told().send(text)
    assert [(e.node, e.value, e.skipped) for e in t.effects if isinstance(e, Recorded)] == [("why", None, True)]
    assert (t.said, t.asked) == ([phrase("en", "moved_on")], "Again?")


@pytest.mark.parametrize("text", ["nobody rang", "no bell rang", "no, it was late, too", "nothing worked"])
def test_whoever_adds_something_is_heard_and_not_asked_for_more(text: str) -> None:
    t = told().send(text)
    assert (t.recorded, t.asked) == ({"why": text}, "Again?")


def test_where_nothing_was_told_a_no_is_still_an_answer() -> None:
    assert talk(BODY).send("2").send("no, nothing at all").recorded == {"why": "no, nothing at all"}


def test_a_stop_stays_a_stop() -> None:
    assert told().send("no more").session.status == "stopped"


def test_asked_again_after_a_question_of_their_own_it_can_still_be_left() -> None:
    t = told().send(AskAgain())
    assert t.asked == "Why 2?"
    assert t.send("no").asked == "Again?"


def test_a_remark_that_an_edit_takes_back_is_not_noted() -> None:
    t = talk(BODY).send("8, the driver was late again").send(Edited("score", "8", "8, the driver was late again"))
    assert t.send("1").asked == "Why 8?"


def test_one_that_an_edit_brings_is() -> None:
    assert talk(BODY).send("8").send(Edited("score", "2, the driver threw it", "8")).asked == NOTED.format(2)


@pytest.mark.parametrize(
    ("language", "nothing"),
    [
        ("en", "that's all"), ("de", "das war’s"), ("fr", "c'est tout"), ("es", "nada más"),
        ("it", "nient’altro"), ("nl", "dat is alles"), ("pt", "é só isso"), ("pl", "to wszystko"),
    ],
)  # fmt: skip
def test_in_every_language(language: str, nothing: str) -> None:
    t = talk(
        f"""
        languages: [{language}]
        greeting: {{{language}: "Hi"}}
        questions:
          - {{id: score, type: nps, text: {{{language}: "Score?"}}}}
          - {{id: why, type: text, text: {{{language}: "Why?"}}}}
        endings: {{done: {{text: {{{language}: "Bye"}}}}}}
        """,
        language=language,
    ).send("2, Hermes DHL UPS")
    assert language in available()
    assert t.asked == f"{phrase(language, 'noted')} {phrase(language, 'noted_skip')} Why?"
    assert t.send(nothing).session.answers["why"].skipped
