"""The policy that conducts a survey, above Rasa's rules.

While a survey is open, every message goes to the survey's action, except a digression (an FAQ, small talk, a wish that
stands above any survey): that one is left to the rules, and then the survey's action runs again and re-asks. A survey
is not trained into the model: the policy knows one action, not the questions.

`decide` is the whole decision, free of Rasa; `SurveyPolicy` only carries it into Rasa's policy ensemble.
"""

# Rasa's graph validation reads these annotations and knows typing's generics only.
# ruff: noqa: UP006, UP035, UP045

from __future__ import annotations

from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any, Dict, List, Mapping, Optional, Sequence

from rasa.core.policies.policy import Policy, PolicyPrediction, SupportedData
from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.core.constants import (
    ACTION_LISTEN_NAME,
    USER_INTENT_BACK,
    USER_INTENT_RESTART,
    USER_INTENT_SESSION_START,
)
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, ActionExecutionRejected, SlotSet, UserUttered
from rasa.shared.core.generator import TrackerWithCachedStates
from rasa.shared.core.trackers import DialogueStateTracker

from bot.conversation.turn import (
    AGENDA,
    CONTEXT_INTENTS,
    READ,
    SURVEY_ACTIVE,
    SURVEY_INVITED,
    SURVEY_START,
    SURVEY_STEP,
    SURVEY_WANTED,
    TURN,
)
from bot.rasa_glue import (
    in_process_actions,  # noqa: F401  (installs the inprocess:// addresses)
    one_step,
)

RASAS_OWN = frozenset({USER_INTENT_BACK, USER_INTENT_RESTART, USER_INTENT_SESSION_START})
"""Commands for developers in `rasa shell` ("/restart"). From a customer they never come: `agent.plain`."""

RULES_PRIORITY = 6
"""RulePolicy's priority in Rasa 3.6; at equal confidence the higher priority wins."""


@dataclass(frozen=True)
class Progress:
    """What happened in this turn since the customer's message. `agenda` is None when none was set; `since_agenda`
    counts the actions executed after it was."""

    executed: tuple[str, ...] = ()
    agenda: tuple[Mapping[str, Any], ...] | None = None
    since_agenda: int = 0
    rejected: bool = False


@dataclass(frozen=True)
class Situation:
    """All that a decision depends on. `unread`: it came past our handler (`rasa shell`), and nobody has looked yet what
    it means at the open question."""

    intent: str
    confidence: float
    survey_open: bool
    progress: Progress = Progress()
    unread: bool = False


@dataclass(frozen=True)
class Manners:
    """The policy's settings in config.yml.

    `digressions`: pattern of an intent's name → least confidence (0–1) at which it may interrupt a survey.
    `answering`: actions of ours (beside all `utter_…`) that answer a digression, so that the survey goes on
    afterwards. `final`: actions after which nothing follows. `most_actions` in one turn. `rules`: those of one step,
    learnt from dialogues/rules.yml (`one_step.py`).
    """

    digressions: Mapping[str, float]
    answering: frozenset[str]
    final: frozenset[str]
    most_actions: int
    rules: Mapping[str, str] = field(default_factory=dict)


def progress_of(events: Sequence[Any]) -> Progress:
    """Read this turn's progress from a tracker's events."""
    executed: list[str] = []
    agenda: tuple[Mapping[str, Any], ...] | None = None
    since_agenda = 0
    rejected = False
    for event in reversed(events):
        if isinstance(event, UserUttered):
            break
        if isinstance(event, ActionExecuted):
            executed.append(event.action_name)
        elif isinstance(event, ActionExecutionRejected):
            rejected = True
        elif isinstance(event, SlotSet) and event.key == AGENDA and agenda is None and event.value is not None:
            agenda, since_agenda = tuple(event.value), len(executed)
    return Progress(tuple(reversed(executed)), agenda, since_agenda, rejected)


def decide(now: Situation, manners: Manners) -> str | None:
    """The next action, or None to leave it to the rules."""
    if now.intent in RASAS_OWN:
        return None
    if now.progress.executed or now.progress.rejected:
        return continue_turn(now, manners)
    if now.intent == SURVEY_INVITED:
        return SURVEY_START
    if now.intent in CONTEXT_INTENTS:
        return SURVEY_STEP
    if not now.survey_open:
        # As the rules say (dialogues/rules.yml), which stay for `rasa test`: RulePolicy takes 5 ms to find them.
        return SURVEY_START if now.intent == SURVEY_WANTED else manners.rules.get(now.intent)
    if now.unread:  # the step reads it; what is no answer is heard again (`actions/carry.py`)
        return SURVEY_STEP
    return manners.rules.get(now.intent) if is_digression(now, manners) else SURVEY_STEP


def continue_turn(now: Situation, manners: Manners) -> str | None:
    """The action after the ones that ran already in this turn. Every way leads to `action_listen`."""
    done = now.progress
    if done.rejected or len(done.executed) >= manners.most_actions:
        return ACTION_LISTEN_NAME
    if done.agenda is not None:
        rest = done.agenda[done.since_agenda :]
        return str(rest[0]["action"]) if rest else ACTION_LISTEN_NAME
    last = done.executed[-1]
    if last in (SURVEY_STEP, SURVEY_START) or last in manners.final:
        return ACTION_LISTEN_NAME
    answered = last.startswith("utter_") or last in manners.answering
    if now.survey_open and answered:
        return SURVEY_STEP
    by_rule = not now.survey_open and done.executed == (manners.rules.get(now.intent),)
    return ACTION_LISTEN_NAME if by_rule else None


def is_digression(now: Situation, manners: Manners) -> bool:
    """May this intent interrupt a survey, at this confidence? The first pattern that fits decides."""
    for pattern, least in manners.digressions.items():
        if fnmatchcase(now.intent, pattern):
            return now.confidence >= least
    return False


def situation_of(tracker: DialogueStateTracker) -> Situation:
    """The situation that a tracker describes. The turn's input, if there is one, outranks the slot."""
    message = tracker.latest_message or UserUttered.empty()
    metadata = message.metadata or {}
    turn = metadata.get(TURN)
    if turn is not None:
        survey_open = turn.get("session") is not None or bool(turn.get("start"))
    else:
        survey_open = bool(tracker.get_slot(SURVEY_ACTIVE)) if SURVEY_ACTIVE in tracker.slots else False
    intent = message.intent or {}
    return Situation(
        intent=str(intent.get("name") or ""),
        confidence=float(intent.get("confidence") or 0.0),
        survey_open=survey_open,
        progress=progress_of(tracker.events),
        unread=turn is None and READ not in metadata,
    )


@DefaultV1Recipe.register([DefaultV1Recipe.ComponentType.POLICY_WITHOUT_END_TO_END_SUPPORT], is_trainable=True)
class SurveyPolicy(Policy):
    """Conducts the open survey, and answers what a rule of one step answers; abstains otherwise: it predicts with
    certainty or not at all."""

    rules: Mapping[str, str] = {}
    _manners: Optional[Manners] = None  # of these rules; the settings never change

    @staticmethod
    def supported_data() -> SupportedData:
        """Rules are read; stories come with them."""
        return SupportedData.ML_AND_RULE_DATA

    @staticmethod
    def get_default_config() -> Dict[str, Any]:
        """See `Manners`. The thresholds are those measured in FACTS §5: an FAQ as soon as it is worth answering, the
        rest only when it is nearly certain, because a survey's answers are often short."""
        return {
            "priority": RULES_PRIORITY + 1,
            "digressions": {
                "faq": 0.5,
                "greet": 0.8,
                "goodbye": 0.8,
                "thanks": 0.8,
                "bot_challenge": 0.8,
                "control_*": 0.8,
                "complaint": 0.8,
                "delete_data": 0.8,
            },
            "answering_actions": ["action_help", "action_change_language", "action_opt_in"],
            "final_actions": [
                "action_opt_out",
                "action_human_handover",
                "action_delete_data",
                "action_later",
            ],
            "most_actions": 8,
        }

    def train(self, training_trackers: List[TrackerWithCachedStates], domain: Domain, **kwargs: Any) -> Resource:
        """Learn the rules of one step."""
        self.rules = one_step.one_step_rules(training_trackers)
        with self._model_storage.write_to(self._resource) as folder:
            one_step.write(folder, self.rules)
        return self._resource

    @classmethod
    def load(
        cls,
        config: Dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> SurveyPolicy:
        """The policy with the rules that it learnt."""
        policy = cls(config, model_storage, resource, execution_context)
        with model_storage.read_from(resource) as folder:
            policy.rules = one_step.read(folder)
        return policy

    def predict_action_probabilities(
        self,
        tracker: DialogueStateTracker,
        domain: Domain,
        rule_only_data: Optional[Dict[str, Any]] = None,
        **kwargs: Any,
    ) -> PolicyPrediction:
        """Certainty for the decided action, or nothing at all."""
        probabilities = self._default_predictions(domain)
        if self._manners is None or self._manners.rules is not self.rules:
            self._manners = self.manners()
        action = decide(situation_of(tracker), self._manners)
        if action is not None:
            probabilities[domain.index_for_action(action)] = 1.0
        return self._prediction(probabilities)

    def manners(self) -> Manners:
        """The settings, typed."""
        return Manners(
            digressions=self.config["digressions"],
            answering=frozenset(self.config["answering_actions"]),
            final=frozenset(self.config["final_actions"]),
            most_actions=int(self.config["most_actions"]),
            rules=self.rules,
        )
