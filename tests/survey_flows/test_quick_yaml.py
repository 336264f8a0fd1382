"""What libyaml reads for us is what PyYAML reads; what is wrong is said in PyYAML's words; nothing ends the process."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from survey_flows import quick_yaml
from survey_flows.quick_yaml import DEEPEST, nests_deep
from survey_flows.yaml_marks import _Loader, _QuickLoader

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


@pytest.mark.parametrize("deep", ["[" * 60_000, "{a: " * 60_000, "- " * 60_000, "? " * 60_000], ids=list("[{-?"))
def test_nesting_without_end_is_an_error_and_not_the_end_of_the_process(deep: str) -> None:
    with pytest.raises(RecursionError):
        quick_yaml.compose(deep)


def indented(levels: int) -> str:
    """Each level a list that stands under its key, one column further right: two levels a line."""
    return "".join(f"{' ' * n}a:\n{' ' * n}-\n" for n in range(levels))


@pytest.mark.parametrize(
    "deep",
    ["[\n" * DEEPEST + "]\n" * DEEPEST, "- " * (DEEPEST // 2 - 1) + "a", indented(DEEPEST - 2)],
    ids=["brackets", "dashes", "columns"],
)
def test_the_deepest_that_libyaml_gets_is_no_danger_to_it(deep: str) -> None:
    assert not nests_deep(deep)
    assert quick_yaml.compose(deep) is not None


def test_every_survey_is_read_as_pyyaml_reads_it() -> None:
    files = sorted(ROOT.glob("**/surveys/*.yml")) + sorted((ROOT / "survey_flows" / "definitions").glob("*.yml"))
    assert len(files) > 5
    for file in files:
        text = file.read_text(encoding="utf-8")
        assert marks(yaml.compose(text, _QuickLoader)) == marks(yaml.compose(text, _Loader)), file
