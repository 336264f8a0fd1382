"""`conductor answer`: texts in, one JSON object a line out."""

from __future__ import annotations

import json
from typing import Any

import pytest
from click.testing import CliRunner

from bot.cli.answer import TYPES, command


def answers(text: bytes | str, *arguments: str) -> list[dict[str, Any]]:
    result = CliRunner().invoke(command, arguments, input=text)
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.output.splitlines()]


def test_one_object_a_line() -> None:
    assert answers("9\n\neight or nine\nstop\n", "--type", "nps", "--lang", "en") == [
        {"kind": "value", "value": 9, "candidates": []},
        {"kind": "none", "value": None, "candidates": []},
        {"kind": "ambiguous", "value": None, "candidates": [8, 9]},
        {"kind": "control", "value": "stop", "candidates": []},
    ]


def test_bytes_that_are_no_utf8_and_a_last_line_without_an_end() -> None:
    assert [a["kind"] for a in answers(b"\xff\xfe\nacht", "--type", "nps", "--lang", "de")] == ["none", "value"]


def test_a_text_keeps_its_letters() -> None:
    result = CliRunner().invoke(command, ["--type", "text", "--lang", "fr"], input="Très déçu")
    assert "Très déçu" in result.output


def test_other_languages_scale_options_version_and_today() -> None:
    assert answers("yes\n", "--type", "yes_no", "--lang", "fr", "--languages", "fr,en")[0]["value"] is True
    assert answers("7\n", "--type", "rating", "--scale", "1", "7")[0]["value"] == 7
    assert answers("Green\n", "--type", "choice", "--options", "r=Red,g=Green")[0]["value"] == "g"
    assert answers("6\n", "--type", "ces", "--version", "1.0")[0]["kind"] == "none"
    assert answers("yesterday\n", "--type", "date", "--today", "2026-11-22")[0]["value"] == "2026-11-21"


@pytest.mark.parametrize("kind", TYPES)
def test_every_type_needs_nothing_but_its_name(kind: str) -> None:
    assert answers("something else entirely\n", "--type", kind)[0]["kind"] in ("none", "value")


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        (["--type", "nqs"], "'nqs'"),
        (["--type", "nps", "--lang", "xx"], "'xx'"),
        (["--type", "nps", "--languages", "en,yy"], "'yy'"),
        (["--type", "rating", "--scale", "5", "1"], "--scale"),
        (["--type", "ces", "--version", "3"], "'3'"),
        (["--type", "choice", "--options", ","], "--options"),
        (["--type", "date", "--today", "tomorrow"], "--today"),
    ],
)
def test_a_wrong_option_is_a_sentence_and_exit_code_2(arguments: list[str], names: str) -> None:
    result = CliRunner().invoke(command, arguments, input="8\n")

    assert result.exit_code == 2
    assert names in result.output
