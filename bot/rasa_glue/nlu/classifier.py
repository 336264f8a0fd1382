"""Rasa's intent classifier of this house: full intents in one step, FAQ entries included, no TensorFlow.

It fills `response_selector` itself, so that `utter_faq` answers with the entry that was found and no second model is
trained.
"""

# Rasa's graph validation reads these annotations and knows typing's generics only.
# ruff: noqa: UP006, UP035, UP045

from __future__ import annotations

from typing import Any, Dict, List, Optional

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.constants import DEFAULT_NLU_FALLBACK_INTENT_NAME
from rasa.shared.nlu.constants import INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.rasa_glue import in_process_actions  # noqa: F401  (installs the inprocess:// addresses)
from bot.rasa_glue.nlu.intent_model import IntentModel, train

RESPONSE_SELECTOR = "response_selector"
Ranking = List[Dict[str, Any]]


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class ConductorClassifier(GraphComponent, IntentClassifier):
    """Sets `intent`, `intent_ranking` (full names) and `response_selector`. Confidence 0.5 means "sure enough to
    answer"; below `fallback_below` the intent is `nlu_fallback`."""

    def __init__(
        self,
        config: Dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        model: Optional[IntentModel] = None,
    ) -> None:
        self.config = config
        self.model_storage = model_storage
        self.resource = resource
        self.model = model

    @staticmethod
    def get_default_config() -> Dict[str, Any]:
        """`fallback_below`: confidence 0-1. `ranking_length`: how many intents are reported."""
        return {"fallback_below": 0.5, "ranking_length": 10}

    @classmethod
    def create(
        cls,
        config: Dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> ConductorClassifier:
        """An untrained classifier."""
        return cls(config, model_storage, resource)

    def train(self, training_data: TrainingData) -> Resource:
        """Learn the phrasings of all intents. Raises ValueError for fewer than two intents."""
        examples = [message for message in training_data.intent_examples if message.get(TEXT)]
        texts = [str(message.get(TEXT)) for message in examples]
        self.model = train(texts, [str(message.get_full_intent()) for message in examples])
        with self.model_storage.write_to(self.resource) as folder:
            self.model.save(folder)
        return self.resource

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Nothing that follows in the pipeline needs more."""
        return training_data

    @classmethod
    def load(
        cls,
        config: Dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> ConductorClassifier:
        """A trained classifier."""
        with model_storage.read_from(resource) as folder:
            return cls(config, model_storage, resource, IntentModel.load(folder))

    def process(self, messages: List[Message]) -> List[Message]:
        """Classify each message that has a text."""
        for message in messages:
            self.classify(message)
        return messages

    def classify(self, message: Message) -> None:
        """Set the message's intent, ranking and, for a retrieval intent, the entry to answer with."""
        text = str(message.get(TEXT) or "")
        ranked = self.model.rank(text) if self.model is not None else []
        ranking: Ranking = [{"name": name, "confidence": confidence} for name, confidence in ranked]
        ranking = ranking[: int(self.config["ranking_length"])]
        message.set(INTENT, self.verdict(ranking), add_to_output=True)
        message.set(INTENT_RANKING_KEY, ranking, add_to_output=True)
        message.set(RESPONSE_SELECTOR, response_selector(ranking), add_to_output=True)

    def verdict(self, ranking: Ranking) -> Dict[str, Any]:
        """The intent by its plain name ("faq" for "faq/refund")."""
        best = ranking[0] if ranking else {"name": "", "confidence": 0.0}
        if best["confidence"] < self.config["fallback_below"]:
            return {"name": DEFAULT_NLU_FALLBACK_INTENT_NAME, "confidence": 1.0 - best["confidence"]}
        return {"name": best["name"].partition("/")[0], "confidence": best["confidence"]}


def response_selector(ranking: Ranking) -> Dict[str, Any]:
    """Rasa's own form of a response selector's result, one for each retrieval intent in the ranking: the best entry
    first, even where another intent won, so that "did you mean" can name it."""
    entries: Dict[str, Ranking] = {}
    for guess in ranking:
        intent, _, key = guess["name"].partition("/")
        if key:
            ranked = {"intent_response_key": guess["name"], "confidence": guess["confidence"]}
            entries.setdefault(intent, []).append(ranked)
    found: Dict[str, Any] = {"all_retrieval_intents": sorted(entries)}
    for intent, guesses in entries.items():
        best = {**guesses[0], "responses": [], "utter_action": f"utter_{guesses[0]['intent_response_key']}"}
        found[intent] = {"response": best, "ranking": guesses}
    return found
