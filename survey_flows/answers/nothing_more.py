"""Nothing to add: "no", "nothing more", "that's all", where something was told already."""

from __future__ import annotations

from functools import lru_cache

from survey_flows.answers.items import Utterance
from survey_flows.answers.lexicon import lexicon
from survey_flows.answers.phrases import spellings


def is_nothing_more(text: str, languages: tuple[str, ...]) -> bool:
    """Whether a text is one of the languages' `nothing_more`, and no word else."""
    said = tuple(token.text for token in Utterance.of(text).tokens if token.kind != "p")
    return any(said in _phrases(language) for language in languages)


@lru_cache(maxsize=32)
def _phrases(language: str) -> frozenset[tuple[str, ...]]:
    patterns = lexicon(language).controls.get("nothing_more", ())
    return frozenset(phrase for pattern in patterns for phrase in spellings(pattern))
