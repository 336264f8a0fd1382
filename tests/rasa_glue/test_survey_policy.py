"""Which action comes next: a table of situations, and the same read from trackers built by hand."""

from __future__ import annotations

import pytest
from rasa.shared.core.events import ActionExecuted, ActionExecutionRejected, SlotSet, UserUttered
from rasa.shared.core.slots import AnySlot
from rasa.shared.core.trackers import DialogueStateTracker

from bot.rasa_glue.survey_policy import Manners, Progress, Situation, SurveyPolicy, decide, progress_of, situation_of
from tests.rasa_glue.conftest import turn

DEFAULTS = SurveyPolicy.get_default_config()
MANNERS = Manners(
    DEFAULTS["digressions"],
    frozenset(DEFAULTS["answering_actions"]),
    frozenset(DEFAULTS["final_actions"]),
    DEFAULTS["most_actions"],
)
RULES = None
STEP, START, LISTEN = "action_survey_step", "action_survey_start", "action_listen"
AGENDA = ({"action": "action_a", "payload": {}}, {"action": "action_b", "payload": {}})

FIRST_ACTION = [
    # intent, confidence, survey open, what comes first
    ("survey_answer", 1.0, True, STEP),
    ("survey_control", 1.0, True, STEP),
    ("survey_unclear", 1.0, True, STEP),
    ("survey_picked", 1.0, False, STEP),
    ("survey_invited", 1.0, True, START),
    ("survey_start", 0.9, False, START),
    ("survey_start", 0.9, True, STEP),
    ("faq", 0.5, True, RULES),
    ("faq", 0.49, True, STEP),
    ("faq", 0.9, False, RULES),
    ("greet", 0.8, True, RULES),
    ("greet", 0.79, True, STEP),
    ("control_human", 0.8, True, RULES),
    ("control_human", 0.7, True, STEP),
    ("control_anything_new", 0.8, True, RULES),
    ("complaint", 0.9, True, RULES),
    ("delete_data", 0.79, True, STEP),
    ("nlu_fallback", 0.9, True, STEP),
    ("nlu_fallback", 0.9, False, RULES),
    ("out_of_scope", 0.9, True, STEP),
    ("inform", 1.0, True, STEP),
    ("restart", 1.0, True, RULES),
    ("", 0.0, True, STEP),
    ("", 0.0, False, RULES),
]


@pytest.mark.parametrize(("intent", "confidence", "survey_open", "expected"), FIRST_ACTION)
def test_first_action_of_a_turn(intent, confidence, survey_open, expected):
    assert decide(Situation(intent, confidence, survey_open), MANNERS) == expected


@pytest.mark.parametrize(
    ("intent", "survey_open", "expected"), [("faq", True, STEP), ("faq", False, RULES), ("restart", True, RULES)]
)
def test_what_nobody_has_read_at_the_open_question_goes_to_the_step_first(intent, survey_open, expected):
    assert decide(Situation(intent, 1.0, survey_open, unread=True), MANNERS) == expected


NEXT_ACTION = [
    # why, intent, survey open, progress, what comes next
    ("the step ends the turn", "survey_answer", True, Progress((STEP,)), LISTEN),
    ("so does the start", "survey_invited", True, Progress((START,)), LISTEN),
    ("an empty agenda ends it", "survey_answer", True, Progress((STEP,), (), 0), LISTEN),
    ("the agenda's first", "survey_answer", True, Progress((STEP,), AGENDA, 0), "action_a"),
    ("the agenda's second", "survey_answer", True, Progress((STEP, "action_a"), AGENDA, 1), "action_b"),
    ("the agenda is done", "survey_answer", True, Progress((STEP, "action_a", "action_b"), AGENDA, 2), LISTEN),
    ("an agenda from the start", "survey_invited", True, Progress((START,), AGENDA, 0), "action_a"),
    ("an FAQ was answered", "faq", True, Progress(("utter_faq",)), STEP),
    ("and asked again", "faq", True, Progress(("utter_faq", STEP)), LISTEN),
    ("help was given", "control_help", True, Progress(("action_help",)), STEP),
    ("no survey: the rules end it", "faq", False, Progress(("utter_faq",)), RULES),
    ("later, then", "control_later", True, Progress(("action_later",)), LISTEN),
    ("opted out", "control_stop", True, Progress(("action_opt_out",)), LISTEN),
    ("handed over", "control_human", True, Progress(("action_human_handover",)), LISTEN),
    ("data deleted", "delete_data", True, Progress(("action_delete_data",)), LISTEN),
    ("an action of a rule with more to come", "complaint", True, Progress(("action_other",)), RULES),
    ("a rejected action is not tried again", "survey_answer", True, Progress(rejected=True), LISTEN),
    ("never for ever", "survey_answer", True, Progress((STEP,) * 8, AGENDA, 0), LISTEN),
]


@pytest.mark.parametrize(("why", "intent", "survey_open", "progress", "expected"), NEXT_ACTION)
def test_next_action_of_a_turn(why, intent, survey_open, progress, expected):
    assert decide(Situation(intent, 1.0, survey_open, progress), MANNERS) == expected


def test_progress_looks_at_this_turn_only():
    earlier = [UserUttered("hi"), ActionExecuted(STEP), SlotSet("agenda", list(AGENDA)), ActionExecuted(LISTEN)]
    assert progress_of([*earlier, UserUttered("7")]) == Progress()


def test_progress_counts_the_actions_after_the_newest_agenda():
    events = [
        UserUttered("7"),
        ActionExecuted(STEP),
        SlotSet("agenda", [{"action": STEP}]),
        ActionExecuted(STEP),
        SlotSet("agenda", list(AGENDA)),
        ActionExecuted("action_a"),
    ]
    assert progress_of(events) == Progress((STEP, STEP, "action_a"), AGENDA, 1)


def test_progress_notices_a_rejection():
    assert progress_of([UserUttered("7"), ActionExecutionRejected(STEP)]) == Progress(rejected=True)


OPEN_OR_NOT = [
    # why, turn's input, slot, is the survey open?
    ("the turn has a session", turn(session="{}"), False, True),
    ("the turn starts a survey", turn(session=None, start="nps"), False, True),
    ("the turn has none, whatever the slot says", turn(session=None), True, False),
    ("no turn: the slot says yes", None, True, True),
    ("no turn: the slot says no", None, False, False),
]


@pytest.mark.parametrize(
    ("metadata", "unread"), [({}, True), ({"read": {}}, False), ({"turn": turn(session="{}").as_dict()}, False)]
)
def test_only_a_message_past_our_handler_is_unread_and_only_once(metadata, unread):
    tracker = DialogueStateTracker("1", [AnySlot("survey_active", mappings=[])])
    for event in (ActionExecuted(LISTEN), UserUttered("7", metadata=metadata)):
        tracker.update(event)
    assert situation_of(tracker).unread is unread


@pytest.mark.parametrize(("why", "given", "slot", "expected"), OPEN_OR_NOT)
def test_the_turn_outranks_the_slot(why, given, slot, expected):
    metadata = {"turn": given.as_dict()} if given else {}
    tracker = DialogueStateTracker("1", [AnySlot("survey_active", mappings=[])])
    for event in (SlotSet("survey_active", slot), ActionExecuted(LISTEN), UserUttered("7", metadata=metadata)):
        tracker.update(event)
    assert situation_of(tracker).survey_open is expected


def test_a_domain_without_the_slot_has_no_open_survey():
    assert not situation_of(DialogueStateTracker("1", [])).survey_open
