"""Every mistake of a survey file is found at once, with its line and how to mend it."""

from __future__ import annotations

import pytest

from survey_flows.loader import load_file, load_survey
from survey_flows.problems import SurveyError
from tests.survey_flows.support import problems, source, survey

GOOD = """\
format: 1
key: good
title: {en: Good}
languages: [en]
questions:
  - {id: score, type: nps, text: {en: "How likely?"}}
  - {id: why, type: text, text: {en: "Why?"}}
endings:
  done: {text: {en: Bye.}}
"""


def edited(old: str, new: str) -> str:
    assert old in GOOD
    return GOOD.replace(old, new)


SCORE = '  - {id: score, type: nps, text: {en: "How likely?"}}'

MISTAKES = {
    "unknown field": (
        edited("title:", "titel:"),
        's.yml:3: unknown field "titel" in the survey. Did you mean "title"?',
    ),
    "unknown question field": (
        edited('text: {en: "Why', 'txt: {en: "Why'),
        's.yml:7: unknown field "txt" in question "why". Did you mean "text"?',
    ),
    "unknown type": (
        edited("type: nps", "type: npss"),
        's.yml:6: there is no question type "npss". Did you mean "nps"?',
    ),
    "field of another type": (
        edited("type: nps,", "type: nps, scale: [1, 5],"),
        '"scale" means nothing for a question of type nps',
    ),
    "no format": (edited("format: 1\n", ""), "does not say its format. Add `format: 1`."),
    "newer format": (
        edited("format: 1", "format: 2"),
        "s.yml:1: the file has format 2, and this program reads up to 1",
    ),
    "no ending": (edited("  done:", "  fin:"), 'the survey has no ending "done"'),
    "doubled key": (edited("key: good", "key: good\nkey: bad"), 's.yml:3: "key" is given twice (first on line 2)'),
    "doubled id": (edited("id: why", "id: score"), 's.yml:7: the id "score" is used twice'),
    "reserved id": (edited("id: why", "id: channel"), '"channel" is a word of conditions'),
    "language not declared": (
        edited('{en: "Why?"}', '{en: "Why?", de: "Warum?"}'),
        'words in "de", which is not one of',
    ),
    "fallback language missing": (
        edited("languages: [en]", "languages: [de, en]"),
        "has no words in de, the fallback language",
    ),
    "not YAML": (edited("questions:", "questions: ]"), "s.yml:5: this is not valid YAML"),
    "not a mapping": ("- a\n- b\n", "a survey file is a mapping of fields"),
    "empty": ("", "the file is empty"),
    "no questions": (
        edited(SCORE + '\n  - {id: why, type: text, text: {en: "Why?"}}', "  []"),
        "the survey asks nothing",
    ),
    "rule reads later": (edited("type: nps,", "type: nps, when: answered(why),"), '"why" is asked later'),
    "jump backwards": (
        edited("type: text,", "type: text, next: [{goto: score}],"),
        '"score" does not lie further down',
    ),
    "jump to nowhere": (
        edited("type: nps,", "type: nps, next: [{goto: wy}],"),
        'nothing called "wy" to go to. Did you mean "why"?',
    ),
    "jump to no ending": (
        edited("type: nps,", "type: nps, next: [{goto: end:don}],"),
        'no ending "don". Did you mean "done"?',
    ),
    "pipe of later answer": (edited("How likely?", "How {why}?"), '"why" is asked later'),
    "pipe of nothing": (edited("Why?", "Why {scor}?"), 'there is no question "scor". Did you mean "score"?'),
    "single brace": (edited("Why?", "Why {?"), 'a single "{" in a text'),
    "timeout": (edited("type: nps,", "type: nps, timeout: {after: 2x},"), 'is no duration: "2x"'),
    "reasks": (
        edited("type: nps,", "type: nps, reasks: 9,"),
        '"reasks" of question "score" is 9; it must be from 0 to 3',
    ),
    "review over http": (
        GOOD + "review: {url: 'http://x.y', text: {en: '{url}'}}\n",
        "Write it in full, beginning with https://.",
    ),
    "quota without ending": (GOOD + "quotas: [{name: a, limit: 3, then: full}]\n", 'there is no ending "full"'),
    "sub-survey unknown": (edited(SCORE, "  - {survey: other}"), 'there is no survey "other" to put in here'),
    "undeclared attribute": (edited("Why?", "Why {contact.name}?"), "Declare it: `attributes: {name: {type: text}}`."),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_shown_with_its_place_and_its_mending(name: str) -> None:
    text, expected = MISTAKES[name]
    assert any(expected in problem for problem in problems(text)), problems(text)


def test_all_mistakes_come_at_once() -> None:
    text = edited("type: nps,", "type: nps, reasks: 9, when: scor > 3,").replace("title:", "titel:")
    assert len(problems(text)) == 4  # unknown field, missing title, reasks, unknown question


def test_a_good_file_has_no_problems() -> None:
    assert problems(GOOD) == []


def test_yaml_words_are_words() -> None:
    loaded = survey("""
        languages: [en, "no"]
        questions: [{id: a, type: choice, text: A, options: [{key: "no", label: "No"}, {key: "none", label: "None"}]}]
        endings: {done: {text: Bye}}
    """)
    assert [option.key for option in loaded.nodes[0].question.options] == ["no", "none"]
    plain = "format: 1\nkey: a\ntitle: T\nlanguages: [no]\nquestions: [{id: q, type: text, text: 12:30}]\nendings: {done: {text: B}}"  # noqa: E501
    assert load_survey(plain).languages == ("no",)
    assert load_survey(plain).nodes[0].question.text == {"no": "12:30"}


def test_aliases_that_multiply_are_refused() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    assert "too deeply nested or too large" in problems("\n".join(lines))[0]


def test_the_fingerprint_changes_with_what_acts_and_not_with_comments() -> None:
    first = load_survey(GOOD).fingerprint
    assert load_survey("# a comment\n" + GOOD).fingerprint == first
    assert load_survey(edited("Why?", "Why so?")).fingerprint != first
    assert len(first) == 16


def test_blocks_are_unrolled_with_prefixes() -> None:
    body = """
        questions:
          - id: liked
            type: multi_choice
            text: L
            options: [{key: a, label: A}, {key: b, label: B}, {key: c, label: C, exclusive: true}]
          - loop: topic
            over: liked
            questions:
              - {id: rate, type: rating, scale: [1, 5], text: "How was {option}?"}
              - {id: why, type: text, when: rate < 3, text: "Why {rate}?"}
          - group: more
            questions: [{id: last, type: yes_no, text: Z}]
    """
    loaded = survey(body)
    assert [node.id for node in loaded.nodes] == [
        "liked",
        "topic.a.rate",
        "topic.a.why",
        "topic.b.rate",
        "topic.b.why",
        "last",
    ]
    assert loaded.nodes[2].guards[-1].names == ("topic.a.rate",)


def test_sub_surveys_are_inlined_and_must_not_contain_each_other() -> None:
    inner = source("key: inner\nquestions: [{id: score, type: nps, text: S}, {survey: outer}]")
    outer = source("key: outer\nquestions: [{survey: inner, as: part}]")
    found = problems(outer, resolve={"inner": inner, "outer": outer}.__getitem__)
    assert any("contain each other: outer → inner → outer" in problem for problem in found)
    assert all("inner.yml" in problem for problem in found)
    fine = source("key: inner\nquestions: [{id: score, type: nps, text: S}]")
    loaded = load_survey(outer, resolve={"inner": fine}.__getitem__)
    assert [node.id for node in loaded.nodes] == ["part.score"]


@pytest.mark.parametrize(("content", "expected"), [(b"\xff\xfe\x00", "not UTF-8"), (None, "cannot be read")])
def test_a_file_that_cannot_be_read_is_a_problem_too(tmp_path, content, expected) -> None:
    path = tmp_path / "x.yml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SurveyError, match=expected):
        load_file(path)
