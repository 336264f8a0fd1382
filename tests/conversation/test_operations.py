"""Every operation survives the way through JSON."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from bot.conversation import operations as ops
from survey_flows import effects
from survey_flows.prompt import Choice, Prompt

PROMPT = Prompt("score", "scale", "How likely?", "en", (Choice(0, "0"), Choice(10, "10")), low="no", high="yes")

EXAMPLES = [
    effects.Say("Hello", "greeting"),
    effects.Ask(PROMPT),
    effects.Ask(replace(PROMPT, meant=(0, 10))),
    effects.Recorded("topic.speed.rate", "rate", "rating", 4, "four", "rating", 4.0),
    effects.Withdrawn("why"),
    effects.LanguageChanged("de"),
    effects.OptedOut(),
    effects.Paused(),
    effects.Ended("completed", "done"),
    effects.QuotaCounted("gold"),
    ops.StartResponse("nps", "abc", "delivery", "en", False, 60, 7),
    ops.OpenCase("score", "care", "high", "2026-11-23T16:00:00+00:00", "delivery", "nps", 3.0, "detractor"),
    ops.ToHuman(),
    ops.OptedIn(),
    ops.ForgetContact(),
    ops.Session("{}", "active", 30),
    ops.SkipInvitation(4, "opted out"),
    ops.MoveResponse("sms"),
    ops.KeepGuesses(("refund", "return"), ("Where is my refund?", "How do I send it back?")),
]


@pytest.mark.parametrize("operation", EXAMPLES, ids=lambda o: type(o).__name__)
def test_there_and_back(operation: object) -> None:
    assert ops.decode(json.loads(json.dumps(ops.encode(operation)))) == operation


def test_what_was_meant_is_written_down_only_where_something_is_in_doubt() -> None:
    assert "meant" not in ops.prompt_as_dict(PROMPT)
    doubt = replace(PROMPT, meant=(0, 10))
    assert ops.prompt_from(json.loads(json.dumps(ops.prompt_as_dict(doubt)))) == doubt


def test_what_a_newer_version_adds_to_a_prompt_is_left_out() -> None:
    written = ops.prompt_as_dict(PROMPT)
    assert written["choices"]
    newer = {**written, "colour": "red", "choices": [{**choice, "icon": "★"} for choice in written["choices"]]}
    assert ops.prompt_from(newer) == PROMPT


def test_every_operation_has_an_example() -> None:
    assert {type(e) for e in EXAMPLES} == set(ops._OPERATIONS)


def test_an_operation_that_does_not_exist_is_refused() -> None:
    with pytest.raises(KeyError):
        ops.decode({"op": "DropTables"})
