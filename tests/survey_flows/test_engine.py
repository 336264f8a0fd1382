"""The engine, one small survey for each thing it does."""

from __future__ import annotations

import pytest

from survey_flows import engine
from survey_flows.effects import (
    Ask,
    Ended,
    HandOver,
    LanguageChanged,
    OptedOut,
    Paused,
    QuotaCounted,
    Recorded,
    Recover,
    Say,
)
from survey_flows.inputs import AskAgain, Expire, Picked, SetLanguage, TimedOut
from survey_flows.problems import SurveyError
from survey_flows.reading import NOT_AN_ANSWER, ambiguous, control, value
from tests.survey_flows.support import NOW, survey, talk

BRANCHING = """
questions:
  - id: score
    type: nps
    text: {en: "Score?", de: "Note?"}
    short: "Score, 0 to 10?"
    help: Ten is best.
    next: [{if: score.band == promoter, goto: liked}]
  - {id: why, type: text, when: score <= 6, text: "Why {score}?"}
  - {id: more, type: yes_no, text: "More?"}
  - {id: liked, type: yes_no, text: {en: "Liked?", de: "Gut?"}}
recovery:
  - {when: score.band == detractor, team: care, priority: high, respond_within: 4h, tell: "Somebody writes by {due}."}
"""


def test_a_detractor_is_recorded_recovered_and_asked_why() -> None:
    t = talk(BRANCHING).send("3")
    recorded, recover, ask = t.effects
    assert recorded == Recorded("score", "score", "nps", 3, "3", "nps", 3.0, "detractor")
    assert recover == Recover(0, "care", "high", 240, "score", "nps", 3.0, "detractor", "Somebody writes by {due}.")
    assert isinstance(ask, Ask)
    assert ask.prompt.text == "Why 3?"


def test_a_promoter_jumps_ahead_and_reaches_the_end() -> None:
    t = talk(BRANCHING).send("10")
    assert t.asked == "Liked?"
    t.send(value(True))
    assert t.effects[-2:] == (Say("Bye.", "ending"), Ended("completed", "done"))
    assert t.session.over
    assert t.send("hello?").effects == ()


def test_a_case_opens_once() -> None:
    t = talk(BRANCHING).send("3").send(control("back")).send("2")
    assert "Recover" not in t.names
    assert t.recorded == {"score": 2}


def test_greeting_comes_before_the_first_question() -> None:
    body = 'attributes: {name: {fallback: {en: there}}}\ngreeting: "Hi {contact.name}!"\nquestions: [{id: a, type: text, text: A}]'  # noqa: E501
    assert talk(body).said == ["Hi there!"]
    assert talk(body, attributes={"name": "Ada", "secret": "x"}).said == ["Hi Ada!"]
    assert "secret" not in talk(body, attributes={"secret": "x"}).session.attributes


@pytest.mark.parametrize(("channel", "heard"), [("sms", "Hi! STOP ends it."), ("voice", "Hi! Say stop to end it.")])
def test_callers_hear_a_greeting_of_their_own(channel: str, heard: str) -> None:
    greetings = 'greeting: "Hi! STOP ends it."\ngreeting_spoken: "Hi! Say stop to end it."'
    assert talk(greetings + "\nquestions: [{id: a, type: text, text: A}]", channel=channel).said == [heard]


REVIEW = """
questions: [{id: score, type: nps, text: "Score?"}]
review:
  url: https://example.com/review
  text: "Tell others? {url}"
  wording: [{when: score.band == promoter, text: "Great! Tell others? {url}"}]
"""


@pytest.mark.parametrize(
    ("score", "said"), [("9", "Great! Tell others?"), ("7", "Tell others?"), ("0", "Tell others?")]
)
def test_everybody_is_offered_the_same_review_in_words_of_their_own(score: str, said: str) -> None:
    [offered] = [e for e in talk(REVIEW).send(score).effects if isinstance(e, Say) and e.role == "review"]
    assert offered.text == f"{said} https://example.com/review"


def test_a_wording_that_leaves_out_the_link_is_refused() -> None:
    gated = REVIEW.replace("Great! Tell others? {url}", "Great!")
    with pytest.raises(SurveyError, match="leaves out the link"):
        talk(gated)


# Back, and answers that change


def test_back_and_the_same_answer_is_as_if_nothing_had_happened() -> None:
    t = talk(BRANCHING).send("3").send(value("late delivery"))
    before = t.session
    t.send(control("back"))
    assert t.asked == "Why 3?"
    t.send(control("back"))
    assert t.asked == "Score?"
    t.send("3")
    assert t.session == before
    assert t.recorded == {}
    assert t.asked == "More?"


def test_back_at_the_first_question_says_so_and_asks_again() -> None:
    t = talk(BRANCHING).send(control("back"))
    assert t.said == ["This is the first question; there is nothing before it."]
    assert t.asked == "Score?"


def test_a_changed_answer_withdraws_what_left_the_path_and_brings_it_back() -> None:
    t = talk(BRANCHING).send("3").send(value("late delivery")).send(control("correct", 9))
    assert t.withdrawn == ["why"]
    assert t.said == ["Changed to 9."]
    assert t.asked == "Liked?"
    t.send(control("correct", 2))
    assert t.recorded == {"score": 2, "why": "late delivery"}
    assert t.asked == "More?"


def test_i_meant_changes_the_latest_answer_that_can_hold_it() -> None:
    body = "questions: [{id: a, type: nps, text: A}, {id: b, type: csat, text: B}, {id: c, type: text, text: C}]"
    t = talk(body).send("3").send("4").send(control("correct", 8))
    assert t.recorded == {"a": 8}
    assert t.send(control("correct", 5)).recorded == {"b": 5}
    assert t.asked == "C"


def test_i_meant_with_a_value_that_fits_nothing_asks_again() -> None:
    t = talk(BRANCHING).send(control("correct", "blue"))
    assert t.recorded == {}
    assert t.session.reasks == 1


# Skip


def test_skip_leaves_out_what_is_optional() -> None:
    t = talk(BRANCHING).send(control("skip"))
    assert t.effects[0] == Recorded("score", "score", "nps", None, "…", skipped=True)
    assert t.asked == "More?"  # score <= 6 is false: there is no score


def test_skip_of_a_required_question_explains_but_holds_nobody_captive() -> None:
    t = talk("questions: [{id: a, type: nps, text: A, required: true, reasks: 1}]").send(control("skip"))
    assert t.asked == "A"
    assert 'write "skip" again' in t.said[0]
    assert t.send(control("skip")).ended == Ended("completed", "done")


def test_i_meant_3_at_a_yes_or_no_question_is_the_score() -> None:
    t = talk(BRANCHING).send("9")
    t.send("I meant 3")
    assert t.said[0] == "Changed to 3."
    assert t.asked == "Why 3?"


def test_i_meant_an_option_corrects_the_choice_it_belongs_to() -> None:
    options = "options: [{key: red, label: Red}, {key: blue, label: Blue}]"
    t = talk(f"questions: [{{id: a, type: choice, text: A, {options}}}, {{id: b, type: nps, text: B}}]").send("red")
    t.send("sorry, I meant blue")
    assert (t.said[0], t.asked) == ("Changed to Blue.", "B")


# Words that are no answer


def test_three_reasks_in_different_words_then_skip() -> None:
    t = talk(BRANCHING)
    asked = [t.send(NOT_AN_ANSWER).asked for _ in range(3)]
    assert len(set(asked)) == 3
    assert all(words.endswith("Score?") for words in asked)
    assert "Ten is best." in asked[2]
    assert t.send(NOT_AN_ANSWER).recorded == {"score": None}
    assert t.asked == "More?"


def test_hand_over_when_the_survey_says_so() -> None:
    body = "questions: [{id: a, type: nps, text: A, reasks: 1, on_unreadable: hand_over}]"
    t = talk(body).send(NOT_AN_ANSWER).send(NOT_AN_ANSWER)
    assert t.effects == (HandOver("unreadable"),)
    assert t.session.current == "a"
    assert not t.session.over


def test_no_reasks_at_all() -> None:
    t = talk("questions: [{id: a, type: nps, text: A, reasks: 0}, {id: b, type: text, text: B}]").send(NOT_AN_ANSWER)
    assert t.asked == "B"


def test_a_reask_of_a_required_question_does_not_offer_to_skip() -> None:
    t = talk("questions: [{id: a, type: nps, text: A, required: true}]")
    assert not any("skip" in str(t.send(NOT_AN_ANSWER).asked) for _ in range(3))


def test_an_ambiguous_answer_names_what_it_could_be() -> None:
    t = talk(BRANCHING).send(ambiguous(8, 9))
    assert t.asked == "Did you mean 8 or 9?"
    assert t.send("9").recorded == {"score": 9}


@pytest.mark.parametrize("bad", [11, -1, "seven", True, None, 3.5, [3]])
def test_a_reading_of_something_else_is_never_stored(bad: object) -> None:
    t = talk(BRANCHING).send(value(bad))
    assert t.recorded == {}
    assert t.session.reasks == 1


# Buttons


def test_a_button_answers_the_open_question_with_its_label_as_words() -> None:
    t = talk(BRANCHING).send(Picked("score", 10)).send(Picked("liked", True))
    assert t.effects[0].raw == "Yes"


def test_an_old_button_corrects_and_a_foreign_one_is_ignored_kindly() -> None:
    t = talk(BRANCHING).send("3").send(Picked("score", 9))
    assert t.said == ["Changed to 9."]
    assert t.asked == "Liked?"
    assert t.send(Picked("why", "x")).said == ["That button belongs to an earlier question."]
    assert t.send(Picked("gone", 1)).asked == "Liked?"
    assert t.send(Picked("score", 99)).recorded == {}


def test_a_button_pressed_twice_changes_nothing() -> None:
    t = talk(BRANCHING).send(Picked("score", 3))
    before = t.session
    assert t.send(Picked("score", 3)).session == before


# Later, stop, help, person, language


def test_later_pauses_and_any_message_resumes() -> None:
    t = talk(BRANCHING).send(control("later"))
    assert t.effects[0] == Paused()
    assert t.session.status == "paused"
    t.send(NOT_AN_ANSWER)
    assert t.asked == "Score, 0 to 10?"
    assert t.session.status == "active"
    assert t.session.reasks == 0
    assert t.send(control("later")).send("9").recorded == {"score": 9}


def test_stop_ends_with_the_answers_kept() -> None:
    t = talk(BRANCHING).send("3").send(control("stop"))
    assert t.effects[0] == OptedOut()
    assert t.ended == Ended("stopped")
    assert t.session.answers["score"].value == 3


def test_help_repeat_and_start_ask_again() -> None:
    t = talk(BRANCHING)
    assert t.send(control("help")).said[0].startswith("Ten is best.")
    assert t.asked == "Score, 0 to 10?"
    assert t.send(control("repeat")).asked == "Score?"
    assert t.send(control("start")).asked == "Score?"
    assert t.session.reasks == 0


def test_a_person_is_called_and_the_question_stays_open() -> None:
    t = talk(BRANCHING).send(control("human"))
    assert t.effects == (HandOver("asked"),)
    assert t.session.current == "score"
    assert t.send(AskAgain()).asked == "Score, 0 to 10?"


def test_another_language() -> None:
    t = talk(BRANCHING).send(control("language", "de"))
    assert t.effects[0] == LanguageChanged("de")
    assert t.asked == "Note?"
    assert t.send(control("language", "fr")).said == ["Ich kann in diesen Sprachen weitermachen: English oder Deutsch."]
    assert t.send(SetLanguage("en")).asked == "Score?"
    assert t.send("10").send(SetLanguage("de-AT")).asked == "Gut?"


def test_a_rule_about_the_language_follows_a_change_of_it() -> None:
    body = "questions: [{id: a, type: yes_no, when: language == de, text: A}, {id: b, type: yes_no, text: B}]"
    t = talk(body)
    assert t.asked == "B"
    assert t.send(SetLanguage("de")).asked == "A"
    t.send(value(True))
    assert t.send(SetLanguage("en")).withdrawn == ["a"]


# Time


def test_a_timeout_reminds_once() -> None:
    t = talk("questions: [{id: a, type: nps, text: A, timeout: {after: 2h, then: remind}}]").send(TimedOut("a"))
    assert t.asked == "Whenever you have a moment: A"
    assert t.send(TimedOut("a")).effects == ()


@pytest.mark.parametrize(("then", "names"), [("skip", ["Recorded", "Say", "Ask"]), ("end", ["Ended"])])
def test_a_timeout_skips_or_ends(then: str, names: list[str]) -> None:
    body = f"questions: [{{id: a, type: nps, text: A, timeout: {{after: 2h, then: {then}}}}}, {{id: b, type: text, text: B}}]"  # noqa: E501
    assert talk(body).send(TimedOut("a")).names == names
    assert talk(body).send("3").send(TimedOut("a")).effects == ()  # it was answered meanwhile


def test_expire() -> None:
    assert talk(BRANCHING).send(Expire()).effects == (Ended("expired"),)


# The rest of the model


def test_tell_me_more_is_asked_once_and_joined() -> None:
    t = talk("questions: [{id: a, type: text, text: A, tell_more: 'More about it?'}, {id: b, type: text, text: B}]")
    assert t.send(value("too late")).asked == "More about it?"
    assert t.recorded == {"a": "too late"}
    t.send(value("by a week"))
    assert t.recorded == {"a": "too late\nby a week"}
    assert t.asked == "B"
    assert t.send(control("back")).send(value("late")).asked == "B"


def test_more_that_comes_from_a_form_is_joined_too() -> None:
    t = talk("questions: [{id: a, type: text, text: A, tell_more: M}, {id: b, type: text, text: B}]")
    t.send(Picked("a", "too late"))
    assert t.asked == "M"
    t.send(Picked("a", "by a week"))
    assert (t.recorded, t.asked) == ({"a": "too late\nby a week"}, "B")


@pytest.mark.parametrize(
    ("picked", "objection"),
    [
        (Picked("a", ["x", "y"]), ""),
        (Picked("a", ["x", "y", "z"]), "Please choose 2 at most. Which?"),
        (Picked("a", []), "Which?"),
        (Picked("gone", ["x", "y", "z"]), ""),
    ],
)
def test_a_form_can_ask_first_whether_its_answer_will_do(picked: Picked, objection: str) -> None:
    options = ", ".join(f"{{key: {k}, label: {k}}}" for k in "xyz")
    t = talk(f"questions: [{{id: a, type: multi_choice, text: 'Which?', at_most: 2, options: [{options}]}}]")
    said = engine.objection(t.survey, t.session, picked)
    assert said.endswith(objection)
    assert bool(said) == bool(objection)


def test_tell_me_more_can_be_left_out() -> None:
    t = talk("questions: [{id: a, type: text, text: A, tell_more: M}, {id: b, type: text, text: B}]").send(value("bad"))
    assert t.send(control("skip")).asked == "B"
    assert t.session.answers["a"].value == "bad"


def test_messages_are_said_once_on_the_way() -> None:
    body = "questions: [{id: m, type: message, text: Hello.}, {id: a, type: nps, text: A}, {id: n, type: message, text: Nearly.}]"  # noqa: E501
    t = talk(body)
    assert t.said == ["Hello."]
    assert t.send("3").said == ["Nearly.", "Bye."]


LOOP = """
questions:
  - id: liked
    type: multi_choice
    text: L
    options: [{key: a, label: Speed}, {key: b, label: Price}, {key: none, label: None, exclusive: true}]
  - loop: topic
    over: liked
    questions: [{id: rate, type: csat, text: "How was {option}?"}]
"""


def test_a_loop_asks_for_each_chosen_option() -> None:
    t = talk(LOOP).send(value(["b", "a"]))
    assert t.recorded == {"liked": ["a", "b"]}
    assert t.asked == "How was Speed?"
    assert t.send("4").asked == "How was Price?"
    assert [e.node for e in t.send("5").effects if isinstance(e, Recorded)] == ["topic.b.rate"]
    assert talk(LOOP).send(value(["none"])).ended == Ended("completed", "done")


SHUFFLED = """
questions:
  - group: g
    shuffle: true
    questions: [{id: a, type: nps, text: A}, {id: b, type: nps, text: B}, {id: c, type: nps, text: C}]
  - id: d
    type: choice
    shuffle: true
    text: D
    options: [{key: x, label: X}, {key: y, label: Y}, {key: z, label: Z}, {key: n, label: N, exclusive: true}]
"""


def test_random_order_comes_from_the_seed_alone() -> None:
    def order(seed: int) -> tuple[str, ...]:
        t = talk(SHUFFLED, seed=seed)
        while t.session.current != "d":
            t.send("5")
        return engine.path(t.survey, t.session)

    orders = {order(seed) for seed in range(30)}
    assert len(orders) == 6
    assert all(set(path) == {"a", "b", "c", "d"} and path[-1] == "d" for path in orders)
    assert order(3) == order(3)


def test_shuffled_options_are_read_as_they_are_shown_and_exclusive_ones_stay_last() -> None:
    for seed in range(5):
        t = talk(SHUFFLED, seed=seed).send("1").send("1").send("1")
        shown = [choice.value for choice in t.effects[-1].prompt.choices]
        assert shown[-1] == "n"
        assert t.send("2").recorded == {"d": shown[1]}


def test_splits_follow_their_weights() -> None:
    body = "splits: {tone: {warm: 1, plain: 3}}\nquestions: [{id: a, type: nps, when: split.tone == warm, text: W}, {id: b, type: nps, text: P}]"  # noqa: E501
    loaded = survey(body)
    warm = sum(talk(loaded, seed=seed).asked == "W" for seed in range(400))
    assert 70 <= warm <= 130


QUOTA = """
attributes: {tier: {}}
quotas: [{name: gold, when: contact.tier == gold, limit: 2, then: full}]
questions: [{id: a, type: nps, text: A}]
endings: {done: {text: Bye.}, full: {text: Full., status: quota_full}}
review: {url: "https://example.com/r", text: "Tell others: {url}"}
"""


def test_a_full_quota_ends_at_once_and_an_open_one_is_counted() -> None:
    gold = {"tier": "gold"}
    assert talk(QUOTA, attributes=gold, quotas={"gold": 2}).effects == (
        Say("Full.", "ending"),
        Ended("quota_full", "full"),
    )
    t = talk(QUOTA, attributes=gold, quotas={"gold": 1}).send("1")
    assert t.effects[-1:] == (Ended("completed", "done"),)
    assert QuotaCounted("gold") in t.effects
    assert QuotaCounted("gold") not in talk(QUOTA).send("1").effects


@pytest.mark.parametrize("score", ["0", "10"])
def test_everyone_who_completes_is_invited_to_review(score: str) -> None:
    assert Say("Tell others: https://example.com/r", "review") in talk(QUOTA).send(score).effects


def test_a_session_belongs_to_the_definition_it_began_with() -> None:
    t = talk(BRANCHING)
    with pytest.raises(ValueError, match="load the definition it began with"):
        engine.receive(survey(LOOP), t.session, AskAgain(), NOW)


def test_earlier_responses_and_typed_attributes() -> None:
    body = """
        attributes: {orders: {type: number}}
        questions:
          - {id: a, type: nps, when: earlier.past.score < 7 and contact.orders > 3, text: A}
          - {id: b, type: nps, text: B}
    """
    assert talk(body, earlier={"past": {"score": 3}}, attributes={"orders": "4"}).asked == "A"
    assert talk(body, earlier={"past": {"score": 3}}, attributes={"orders": "many"}).asked == "B"
    assert talk(body).asked == "B"
