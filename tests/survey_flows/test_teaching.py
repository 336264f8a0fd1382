"""What authors get wrong at first, and that each is told once, at its line, with what to write instead."""

from __future__ import annotations

import pytest

from tests.survey_flows.small_surveys import source_of
from tests.survey_flows.support import problems

SCORE = "{id: score, type: nps}"
WHY = "{id: why, type: text}"


@pytest.mark.parametrize(("questions", "told"), [
    (["{id: score, type: nps, next: why}", WHY],
     ['s.yml:7: "next" of question "score" must be a list. Write `next: [{goto: why}]`.']),
    (["{id: score, type: nps, next: [{when: score > 6, goto: why}]}", WHY],
     ['s.yml:7: unknown field "when" in a jump of question "score". Did you mean "if"?']),
    (["{id: score, type: nps, next: [{if: score > 6, to: why}]}", WHY],
     ['s.yml:7: unknown field "to" in a jump of question "score". Did you mean "goto"?']),
    (["{id: score, type: npss}", "{id: why, type: text, when: score.band == detractor}",
      '{id: more, type: text, when: score > 6, text: {en: "Why {score}?"}}'],
     ['s.yml:7: there is no question type "npss". Did you mean "nps"?']),
    ([SCORE[:-1] + ", next: [{goto: why}]}", "{id: why, type: txt}"],
     ['s.yml:8: there is no question type "txt". Did you mean "text"?']),
    ([SCORE, "{id: why, type: text, when: scor > 6}"],
     ['s.yml:8: there is no question "scor". Did you mean "score"?']),
])  # fmt: skip
def test_it_is_told_once_and_how_to_mend_it(questions: list[str], told: list[str]) -> None:
    assert problems(source_of(*questions)) == told


@pytest.mark.parametrize(("line", "number", "mend"), [
    ("    type:nps", 8, "Write `type: nps`."),
    ('    text:{en: "Why?"}', 8, 'Write `text: {en: "Why?"}`.'),
    ("  - id:why", 8, "Write `id: why`."),
])  # fmt: skip
def test_a_missing_blank_is_told_at_its_own_line(line: str, number: int, mend: str) -> None:
    source = source_of().replace("questions:\n", f"questions:\n  - id: a\n{line}\n    required: true\n")

    (told,) = problems(source)

    assert told.startswith(f"s.yml:{number}: this is not valid YAML: the blank after ")
    assert told.endswith(mend)
