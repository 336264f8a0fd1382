"""While a survey conducts, the other policies are not asked.

Rasa asks every policy at every step and takes the most certain one; at equal certainty the one with the higher
priority. SurveyPolicy is certain (1.0) or says nothing, and stands above RulePolicy, which rebuilds the states of the
whole tracker for its answer, twice a message, through dask. So SurveyPolicy is asked first, and the ensemble combines
its prediction alone. Everything else goes Rasa's own way (docs/adr/0022).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rasa.core.policies.ensemble import DefaultPolicyPredictionEnsemble
from rasa.core.policies.policy import Policy
from rasa.core.processor import MessageProcessor

from bot.rasa_glue.survey_policy import SurveyPolicy

CERTAIN = 1.0


def ask_survey_policy_first(processor: MessageProcessor) -> None:
    """Let `processor` ask the other policies only where SurveyPolicy abstains. Nothing changes when the model has no
    SurveyPolicy, another policy stands as high, or the ensemble is not Rasa's own."""
    policy = _sole_head(processor)
    if policy is None:
        return
    ensemble, everybody = DefaultPolicyPredictionEnsemble(), processor._predict_next_with_tracker

    def predict(tracker: Any) -> Any:
        # A loop of RulePolicy's (a form) and a follow-up action are above all policies.
        if tracker.followup_action or tracker.active_loop_name:
            return everybody(tracker)
        prediction = policy.predict_action_probabilities(tracker, processor.domain)
        if prediction.max_confidence < CERTAIN:
            return everybody(tracker)
        return ensemble.combine_predictions([prediction], tracker, processor.domain)

    processor._predict_next_with_tracker = predict


def _sole_head(processor: MessageProcessor) -> SurveyPolicy | None:
    """The model's SurveyPolicy, where it stands above all others."""
    nodes = getattr(processor.graph_runner, "_instantiated_nodes", {})
    used = processor.graph_runner._graph_schema.minimal_graph_schema([processor.model_metadata.core_target]).nodes
    parts: list[Callable[..., Any]] = [nodes[name]._component for name in used if name in nodes]
    policies = [part for part in parts if isinstance(part, Policy)]
    ours = [policy for policy in policies if isinstance(policy, SurveyPolicy)]
    own_ensemble = any(type(part) is DefaultPolicyPredictionEnsemble for part in parts)
    if len(ours) != 1 or not own_ensemble:
        return None
    above = all(ours[0].priority > policy.priority for policy in policies if policy is not ours[0])
    return ours[0] if above else None
