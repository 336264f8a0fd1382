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
from bot.rasa_glue.nlu import encoders, kept, record
from bot.rasa_glue.nlu.encoder import SentenceEncoder, digest
from bot.rasa_glue.nlu.intent_model import ANSWER, OFFER, OUT_OF_SCOPE, IntentModel
from bot.rasa_glue.nlu.teaching import CANDIDATES, Lesson, taught
from bot.rasa_glue.training import ROOT

RESPONSE_SELECTOR = "response_selector"
DECISION = "decision"
"""Key of the parse data: "answer", "offer" ("did you mean"), or "hand_over" (nobody here can answer that)."""
CANDIDATES_KEY = "candidates"
"""Key of the parse data: the best FAQ entries, for "did you mean", best first."""
Ranking = List[Dict[str, Any]]


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class ConductorClassifier(GraphComponent, IntentClassifier):
    """Sets `intent`, `intent_ranking` (full names), `response_selector`, `decision` and `candidates`.

    Confidence 0.5 means "sure enough to answer", 0.25 "worth asking: did you mean"; below 0.5 the intent is
    `nlu_fallback`."""

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
        """`encoder`: "installed" (the one that `conductor nlu encoder add` put in use, if any), "none", or a folder.
        `names_teach`: an intent's own name is a phrasing too. `ranking_length`: how many intents are reported."""
        return {"encoder": "installed", "names_teach": True, "ranking_length": 10}

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
        """Learn the phrasings of all intents; what was learnt before from the same ones is taken again (`kept`).
        Raises ValueError for fewer than two intents."""
        texts, intents = phrasings_of(training_data)
        encoder = encoder_for(self.config)
        name = kept.key(texts, intents, self.config, "" if encoder is None else digest(encoder.folder))
        with self.model_storage.write_to(self.resource) as folder:
            if kept.fetch(name, folder):
                self.model = IntentModel.load(folder, encoder)
                return self.resource
            lesson = Lesson(texts, intents, encoder, names=bool(self.config["names_teach"]))
            self.model, seen = taught(lesson)
            self.model.save(folder)
            record.write(folder, texts, intents, seen)
            kept.put(name, folder)
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
        """A trained classifier. Raises ConductorError when it was trained with another encoder than the one in use."""
        with model_storage.read_from(resource) as folder:
            return cls(config, model_storage, resource, IntentModel.load(folder, encoder_for(config)))

    def process(self, messages: List[Message]) -> List[Message]:
        """Classify each message that has a text."""
        for message in messages:
            self.classify(message)
        return messages

    def classify(self, message: Message) -> None:
        """Set the message's intent, ranking and decision and, for a retrieval intent, the entry to answer with."""
        text = str(message.get(TEXT) or "")
        ranked = self.model.rank(text) if self.model is not None else []
        ranking: Ranking = [{"name": name, "confidence": confidence} for name, confidence in ranked]
        entries = [guess for guess in ranking if "/" in guess["name"]][:CANDIDATES]
        ranking = ranking[: int(self.config["ranking_length"])]
        message.set(INTENT, verdict(ranking), add_to_output=True)
        message.set(INTENT_RANKING_KEY, ranking, add_to_output=True)
        message.set(RESPONSE_SELECTOR, response_selector(ranking), add_to_output=True)
        message.set(DECISION, decision(ranking), add_to_output=True)
        message.set(CANDIDATES_KEY, entries, add_to_output=True)


def phrasings_of(training_data: TrainingData) -> tuple[List[str], List[str]]:
    """Texts and full intents ("faq/refund") of the training data."""
    examples = [message for message in training_data.intent_examples if message.get(TEXT)]
    return [str(message.get(TEXT)) for message in examples], [str(message.get_full_intent()) for message in examples]


def encoder_for(config: Dict[str, Any]) -> Optional[SentenceEncoder]:
    """The encoder that config.yml asks for; None for none."""
    return encoders.chosen(str(config["encoder"]), ROOT)


def verdict(ranking: Ranking) -> Dict[str, Any]:
    """The intent by its plain name ("faq" for "faq/refund")."""
    best = ranking[0] if ranking else {"name": "", "confidence": 0.0}
    if best["confidence"] < ANSWER:
        return {"name": DEFAULT_NLU_FALLBACK_INTENT_NAME, "confidence": 1.0 - best["confidence"]}
    return {"name": best["name"].partition("/")[0], "confidence": best["confidence"]}


def decision(ranking: Ranking) -> str:
    """answer, offer or hand_over, see `DECISION`."""
    best = ranking[0] if ranking else {"name": OUT_OF_SCOPE, "confidence": 0.0}
    if best["name"] == OUT_OF_SCOPE or best["confidence"] < OFFER:
        return "hand_over"
    return "offer" if best["confidence"] < ANSWER or _tied(ranking) else "answer"


def _tied(ranking: Ranking) -> bool:
    """Two FAQ entries would each be sure enough: "can I change the delivery?" is asked back."""
    sure = [guess for guess in ranking[:2] if "/" in guess["name"] and guess["confidence"] >= ANSWER]
    return len(sure) == 2


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
