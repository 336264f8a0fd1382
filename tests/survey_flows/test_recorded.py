"""What stands for the words of a recording is no words."""

from __future__ import annotations

import pytest

from survey_flows.recorded import is_marked, mark, unmarked


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (mark(7), ""),
        (f"{mark(7)}\nand rude", "and rude"),
        (f"it broke\n{mark(7)}\n{mark(12)}", "it broke"),
        ("  as it was  \n", "  as it was  \n"),
        ("", ""),
    ],
)
def test_only_words_are_shown(text: str, words: str) -> None:
    assert unmarked(text) == words


def test_each_recording_has_its_own_mark() -> None:
    assert mark(1) not in mark(11)
    assert is_marked(f"it broke\n{mark(1)}")
    assert not is_marked("it broke")
