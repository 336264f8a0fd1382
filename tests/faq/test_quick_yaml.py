"""What libyaml reads for us is what PyYAML reads; what is wrong is said in PyYAML's words; nothing ends the process."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bot.faq import quick_yaml
from bot.faq.quick_yaml import LONGEST

ROOT = Path(__file__).resolve().parents[2]


def marks(node: yaml.Node | None) -> object:
    """A node as its values, with the line and column of each."""
    if node is None:
        return None
    inner = node.value
    if isinstance(node, yaml.MappingNode):
        inner = [(marks(key), marks(value)) for key, value in node.value]
    elif isinstance(node, yaml.SequenceNode):
        inner = [marks(item) for item in node.value]
    return node.tag, node.start_mark.line, node.start_mark.column, inner


def outcome(how: object, text: str) -> object:
    try:
        return how(text)  # type: ignore[operator]
    except (yaml.YAMLError, ValueError) as error:
        return f"{type(error).__name__}: {error}"


def test_every_file_of_the_faq_is_read_as_pyyaml_reads_it() -> None:
    files = sorted((ROOT / "dialogues" / "faq").glob("*/*.md"))
    heads = [file.read_text(encoding="utf-8").split("---\n")[1] for file in files]
    assert len(heads) > 100
    for head in heads:
        assert quick_yaml.read(head) == yaml.safe_load(head)
        assert marks(quick_yaml.compose(head)) == marks(yaml.compose(head))


@given(st.text(alphabet="ab:-?[]{},'\"#&*|> \n\t0é😀", max_size=40))
def test_whatever_pyyaml_reads_means_the_same(text: str) -> None:
    # Without "!": a lone one is "" to libyaml and nothing to PyYAML. libyaml forgives more tabs.
    with suppress(yaml.YAMLError, ValueError):
        meant = yaml.safe_load(text)
        assert quick_yaml.read(text) == meant


@pytest.mark.parametrize("text", ["title: a: b", "a: [1, 2", "\tx: 1", "a: \x00"])
def test_a_mistake_is_told_in_the_words_of_pyyaml(text: str) -> None:
    told = outcome(quick_yaml.read, text)
    assert isinstance(told, str)
    assert told == outcome(yaml.safe_load, text)


def test_brackets_without_end_are_an_error_and_not_the_end_of_the_process() -> None:
    with pytest.raises(RecursionError):
        quick_yaml.compose("[" * 60_000)
    assert quick_yaml.compose("[" * (LONGEST // 2) + "]" * (LONGEST // 2)) is not None
