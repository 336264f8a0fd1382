"""Rasa's responses, chosen in one look at their variations and copied no deeper than they are."""

from __future__ import annotations

import copy
import logging
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from rasa.core.nlg import response
from rasa.core.nlg.generator import ResponseVariationFilter
from rasa.core.nlg.response import TemplatedNaturalLanguageGenerator
from rasa.shared.constants import CHANNEL, RESPONSE_CONDITION

Variation = dict[str, Any]


def say_quickly(generator: Any) -> None:
    """Let `generator` choose and fill in so, where it is Rasa's own: a sixth of a turn that answers a question.
    Where its choice is logged (debugging), nothing changes."""
    loud = logging.getLogger(response.__name__).isEnabledFor(logging.DEBUG)
    if loud or type(generator) is not TemplatedNaturalLanguageGenerator:
        return

    def generate_from_slots(
        utter_action: str, filled_slots: dict[str, Any], output_channel: str, **kwargs: Any
    ) -> Variation | None:
        fitting = suitable(generator.responses.get(utter_action, ()), output_channel, filled_slots)
        if not fitting:
            return None
        chosen = fitting[0] if len(fitting) == 1 else fitting[np.random.randint(len(fitting))]
        filled: Variation = generator._fill_response(copied(chosen), filled_slots, **kwargs)
        return filled

    generator.generate_from_slots = generate_from_slots


def suitable(variations: Sequence[Variation], channel: str, slots: Mapping[str, Any]) -> list[Variation]:
    """What `ResponseVariationFilter` finds: those for this channel before those for any, and among each those whose
    condition holds before those without one."""
    ranks: tuple[list[Variation], ...] = ([], [], [], [])
    for variation in variations:
        condition, wanted = variation.get(RESPONSE_CONDITION), variation.get(CHANNEL)
        if wanted is not None and wanted != channel:
            continue
        if condition is None:
            ranks[1 if wanted == channel else 3].append(variation)
        if condition and ResponseVariationFilter._matches_filled_slots(slots, variation):
            ranks[0 if wanted == channel else 2].append(variation)
    return next((found for found in ranks if found), [])


def copied(value: Any) -> Any:
    """A deep copy of a response: data as YAML has it, and nothing in it twice."""
    if type(value) is str or value is None:
        return value
    if type(value) is dict:
        return {key: copied(one) for key, one in value.items()}
    if type(value) is list:
        return [copied(one) for one in value]
    return copy.deepcopy(value)
