"""What the NLU found in a text (Rasa's parse data), and whether we can answer it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.conversation import guessing
from bot.conversation.guessing import FAQ_UNSURE, Titles
from bot.conversation.ports import full_intent
from bot.conversation.understood import OUT_OF_SCOPE, Understood, intent
from survey_flows.reading import Reading

FAQ_LANGUAGES = ("en", "de", "fr", "es")
"""Languages that dialogues/faq answers in, where nobody says which entries there are (a test compares)."""

SURE = 0.8
"""Confidence from which something is done for a customer outside a survey. FAQs have a threshold of their own in the
classifier: a wrong answer costs less than a survey, an opt-out or a person that nobody asked for."""

WITHOUT_FORM = 0.8
"""Confidence from which words that neither ask nor wish ("refund status") are an FAQ where a closed question is open.
"It came on a Tuesday." is a customer's account of it: the question is asked again (docs/adr/0028)."""


def unsure(
    parsed: Mapping[str, Any],
    language: str,
    titles: Titles,
    otherwise: Mapping[str, Any],
    reading: Reading | None = None,
) -> Understood:
    """ "Did you mean", if there is anything to offer."""
    found = guessing.guesses(parsed, language, titles)
    meant = intent(FAQ_UNSURE) if found else otherwise
    lost = name_of(meant) in (FAQ_UNSURE, OUT_OF_SCOPE)
    return Understood(meant, reading, guesses=found, goes_on="lost" if lost else "")


def answerable(parsed: Mapping[str, Any], language: str, titles: Titles) -> Mapping[str, Any]:
    """`parsed`, unless it is an FAQ that has no answer in this language, or none today."""
    key = full_intent(parsed).partition("/")[2]
    if name_of(parsed) != "faq" or (language, key) in titles or (not titles and language in FAQ_LANGUAGES):
        return parsed
    return intent(OUT_OF_SCOPE, confidence_of(parsed))


def parting(parsed: Mapping[str, Any]) -> Mapping[str, Any]:
    """`parsed`, or the goodbye in it where it is both, thanks and a goodbye ("thanks, bye"): the NLU divides its
    confidence between the two, and is sure of neither."""
    shares = {str(i["name"]): float(i["confidence"]) for i in parsed.get("intent_ranking") or ()}
    both = shares.get("thanks", 0.0) + shares.get("goodbye", 0.0)
    if name_of(parsed) not in ("thanks", "goodbye") or confidence_of(parsed) >= SURE or both < SURE:
        return parsed
    return {**parsed, "intent": {**parsed["intent"], "name": "goodbye", "confidence": min(both, 1.0)}}


def certain(parsed: Mapping[str, Any]) -> Mapping[str, Any]:
    """The same, beyond doubt: what was decided here is not weighed again by the policy."""
    return {**parsed, "intent": {**parsed["intent"], "confidence": 1.0}}


def is_faq(parsed: Mapping[str, Any], threshold: float) -> bool:
    return name_of(parsed) == "faq" and confidence_of(parsed) >= threshold


def name_of(parsed: Mapping[str, Any]) -> str:
    return str((parsed.get("intent") or {}).get("name") or "")


def confidence_of(parsed: Mapping[str, Any]) -> float:
    return float((parsed.get("intent") or {}).get("confidence") or 0.0)
