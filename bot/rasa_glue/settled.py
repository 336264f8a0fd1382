"""What a loaded model settles for good is not found again at every message.

Rasa builds an empty domain at each text to see that its own is not empty, twelve actions to find one of them, looks
through all slots for something to extract where no slot says from what, copies the tracker for the action that does
nothing (`action_listen`), and looks whether a session has expired that never does.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import rasa.core.actions.action as actions
from rasa.core.processor import MessageProcessor
from rasa.shared.core.constants import (
    ACTION_LISTEN_NAME,
    ACTION_VALIDATE_SLOT_MAPPINGS,
    DEFAULT_SLOT_NAMES,
    MAPPING_TYPE,
    SlotMappingType,
)
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, SlotSet


def settle(processor: MessageProcessor) -> None:
    """Let `processor` ask no more what its model has settled."""
    domain = processor.domain
    domain.is_empty = partial(bool, domain.is_empty())
    keep_default_actions()
    if extracts_nothing(domain):
        processor.run_action_extract_slots = _as_it_is
    listen_at_once(processor)
    if not domain.session_config.are_sessions_enabled():
        begin_no_session(processor)


def extracts_nothing(domain: Domain) -> bool:
    """Whether `action_extract_slots` finds nothing, whatever is said: slots are filled by actions alone, which nobody
    is to call for it, and no action looks at what was extracted."""
    mappings = [mapping for slot in domain.slots if slot.name not in DEFAULT_SLOT_NAMES for mapping in slot.mappings]
    only_actions = all(
        mapping.get(MAPPING_TYPE) == str(SlotMappingType.CUSTOM) and not mapping.get("action") for mapping in mappings
    )
    return only_actions and ACTION_VALIDATE_SLOT_MAPPINGS not in domain.user_actions


async def _as_it_is(output_channel: Any, tracker: Any) -> Any:
    """`run_action_extract_slots` where there is nothing to extract."""
    return tracker


def listen_at_once(processor: MessageProcessor) -> None:
    """Run `action_listen` without a copy of the tracker: it returns no events and may not fail."""
    run = processor._run_action

    async def run_action(action: Any, tracker: Any, output_channel: Any, nlg: Any, prediction: Any) -> bool:
        if type(action) is not actions.ActionListen:
            return bool(await run(action, tracker, output_channel, nlg, prediction))
        processor._log_action_on_tracker(tracker, action, [], prediction)
        return bool(processor.should_predict_another_action(action.name()))

    processor._run_action = run_action


def begin_no_session(processor: MessageProcessor) -> None:
    """Sessions that never expire begin once, before anything was said. Rasa goes through all events to see that there
    are any; a bot that listens has some, and so has one whose slots were just set."""
    update = processor._update_tracker_session

    async def update_session(tracker: Any, output_channel: Any, metadata: Any = None) -> None:
        last = tracker.events[-1] if tracker.events else None
        listens = type(last) is ActionExecuted and last.action_name == ACTION_LISTEN_NAME
        if not listens and type(last) is not SlotSet:
            await update(tracker, output_channel, metadata)

    processor._update_tracker_session = update_session


def keep_default_actions() -> None:
    """Let Rasa make its default actions once for an endpoint: they keep nothing of a conversation. A second call
    changes nothing."""
    make = actions.default_actions
    if getattr(make, "kept", False):
        return
    last: list[Any] = []

    def default_actions(action_endpoint: Any = None) -> list[Any]:
        if not last or last[0] is not action_endpoint:
            last[:] = action_endpoint, make(action_endpoint)
        return list(last[1])

    default_actions.__dict__.update(kept=True, __wrapped__=make)
    actions.default_actions = default_actions
