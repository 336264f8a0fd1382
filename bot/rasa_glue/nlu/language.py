"""The language of a message, among those the bot speaks."""

# Rasa's graph validation reads these annotations and knows typing's generics only.
# ruff: noqa: UP006, UP035

from __future__ import annotations

from collections import Counter
from functools import lru_cache
from typing import Any, Dict, List, Mapping, Tuple

import numpy as np
from py3langid.langid import MODEL_FILE, LanguageIdentifier
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

LANGUAGE = "language"
LANGUAGE_CONFIDENCE = "language_confidence"
LANGUAGE_CHOSEN = "language_chosen"


@lru_cache(maxsize=4)
def identifier(languages: Tuple[str, ...]) -> LanguageIdentifier:
    """py3langid's model, limited to `languages` (ISO 639-1). Raises ValueError for one it does not know."""
    model = LanguageIdentifier.from_pickled_model(MODEL_FILE, norm_probs=True)
    unknown = sorted(set(languages) - {str(label) for label in model.nb_classes})
    if unknown:
        raise ValueError(f"LanguageTagger knows no language {', '.join(unknown)} (config.yml, `languages`).")
    model.set_languages(list(languages))
    model.nb_ptc = np.ascontiguousarray(model.nb_ptc)  # a text reads a few rows, and each in one piece
    return model


@lru_cache(maxsize=32)
def likelihoods(model: LanguageIdentifier, text: str) -> Mapping[str, float]:
    """What `model.rank` gives, without reading the weights of the thousands of features that the text does not have.
    The last texts' are kept: a message is asked about twice, by the NLU and for the offer to change the language."""
    state, met = 0, list[int]()
    moves, found = model.tk_nextmove, model.tk_output
    for byte in text.encode("utf8", errors="surrogatepass"):
        state = moves[(state << 8) + byte]
        if state in found:
            met += found[state]
    features = Counter(met)
    places = np.fromiter(features.keys(), dtype=np.intp, count=len(features))
    counts = np.fromiter(features.values(), dtype=np.float64, count=len(features))
    margins = counts @ model.nb_ptc[places] + model.nb_pc
    powers = np.exp(margins - margins.max())
    return dict(zip(map(str, model.nb_classes), (powers / powers.sum()).tolist(), strict=True))


def language_of(text: str, languages: Tuple[str, ...], prior: str, weight: float) -> Tuple[str, float]:
    """The likeliest language and its probability. `prior` is the conversation's language ("" if unknown), taken to be
    `weight` times as likely as each other before a word is read: "ok", "nps" and "7" belong to any language."""
    likelihood = likelihoods(identifier(tuple(sorted(languages))), text)
    belief = {name: value * (weight if name == prior else 1.0) for name, value in likelihood.items()}
    best = max(belief, key=lambda name: belief[name])
    return best, belief[best] / sum(belief.values())


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class LanguageTagger(GraphComponent):
    """Adds `language` and `language_confidence` to the parse data. The message's metadata may hold the conversation's
    `language`, and `language_chosen`: the customer asked for that one, so nothing is guessed."""

    def __init__(self, config: Dict[str, Any]) -> None:
        self.config = config
        self.languages = tuple(config["languages"])
        identifier(tuple(sorted(self.languages)))

    @staticmethod
    def get_default_config() -> Dict[str, Any]:
        """`languages`: those the bot speaks. `prior_weight` ≥ 1: how much likelier the conversation's own language
        is."""
        return {"languages": ["en", "de", "fr", "es", "it", "nl", "pt", "pl"], "prior_weight": 20.0}

    @classmethod
    def create(
        cls,
        config: Dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> LanguageTagger:
        """A tagger for the configured languages."""
        return cls(config)

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Training needs no languages."""
        return training_data

    def process(self, messages: List[Message]) -> List[Message]:
        """Tag each message."""
        for message in messages:
            known = message.get("metadata") or {}
            prior = str(known.get(LANGUAGE) or "")
            language, confidence = prior, 1.0
            if not (known.get(LANGUAGE_CHOSEN) and prior in self.languages):
                text, weight = str(message.get(TEXT) or ""), float(self.config["prior_weight"])
                language, confidence = language_of(text, self.languages, prior, weight)
            message.set(LANGUAGE, language, add_to_output=True)
            message.set(LANGUAGE_CONFIDENCE, confidence, add_to_output=True)
        return messages
