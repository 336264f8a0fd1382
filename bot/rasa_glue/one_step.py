"""Rules of one step: an intent, one action, and the turn is over ("hello" → utter_greet).

RulePolicy finds them by rebuilding the states of the whole tracker and comparing them with all rules, twice a message:
a third of what Rasa's turn costs for a question of the FAQ (docs/adr/0028). SurveyPolicy reads them once, in training,
and says the same from a dictionary.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from rasa.shared.core.constants import ACTION_LISTEN_NAME, RULE_SNIPPET_ACTION_NAME
from rasa.shared.core.events import ActionExecuted, UserUttered

FILE = "one_step_rules.json"


def one_step_rules(trackers: Iterable[Any]) -> dict[str, str]:
    """Intent → action of the rules that hold anywhere and need nothing but the intent. An intent that another rule
    mentions, too, is left out: which of them fits depends on more than the intent."""
    rules = [list(tracker.events) for tracker in trackers if tracker.is_rule_tracker]
    mentioned = Counter(intent for events in rules for intent in _intents(events))
    found = dict(step for events in rules if (step := _one_step(events)) is not None)
    return {intent: action for intent, action in found.items() if mentioned[intent] == 1}


def _intents(events: Sequence[Any]) -> set[str]:
    return {str(event.intent_name) for event in events if isinstance(event, UserUttered)}


def _one_step(events: Sequence[Any]) -> tuple[str, str] | None:
    """The intent and the action of a rule that consists of them, as Rasa writes it: "…", listen, intent, action,
    listen."""
    names = [event.action_name if isinstance(event, ActionExecuted) else "" for event in events]
    listens = ACTION_LISTEN_NAME
    if len(events) != 5 or names[:2] != [RULE_SNIPPET_ACTION_NAME, listens] or names[4] != listens:
        return None
    said, action = events[2], names[3]
    if not isinstance(said, UserUttered) or said.entities or not said.intent_name or not action:
        return None
    return None if action == listens else (str(said.intent_name), action)


def write(folder: Path, rules: Mapping[str, str]) -> None:
    """Keep them in a model's folder."""
    (folder / FILE).write_text(json.dumps(dict(rules), indent=1), encoding="utf-8")


def read(folder: Path) -> dict[str, str]:
    """What `write` kept; none for a model of an earlier version."""
    file = folder / FILE
    rules: dict[str, str] = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    return rules
