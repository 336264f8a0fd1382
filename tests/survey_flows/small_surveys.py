"""Surveys for tests of the tools: one with everything, short ones from a few lines, and random ones."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

from survey_flows.loader import load_survey
from survey_flows.model import Survey

HEAD = "format: 1\nkey: test\ntitle: {en: Test}\ntouchpoint: test\nlanguages: [en]\n"
ENDINGS = 'endings:\n  done: {text: {en: "Thanks!"}}\n'

EVERYTHING = """
format: 1
key: everything
title: {en: Everything}
touchpoint: delivery
languages: [en]
attributes:
  tier: {type: text}
splits:
  tone: {warm: 50, plain: 50}
questions:
  - id: score
    type: nps
    text: {en: "Would you recommend us?"}
    on_unreadable: hand_over
    timeout: {after: 2h, then: end}
    next:
      - {if: score.band == promoter, goto: liked}
      - {if: contact.tier == "test", goto: "end:not_customer"}
  - {id: why, type: text, when: score <= 6, text: {en: "Why?"}}
  - {id: hello, type: message, when: channel == sms, text: {en: "Almost done."}}
  - id: liked
    type: multi_choice
    text: {en: "What did you like?"}
    options:
      - {key: speed, label: {en: Speed}}
      - {key: price, label: {en: Price}}
      - {key: none, label: {en: None}, exclusive: true}
  - loop: topic
    over: liked
    questions:
      - {id: rate, type: rating, scale: [1, 5], text: {en: "How was {option}?"}}
      - {id: more, type: text, when: rate <= 2, text: {en: "What was bad?"}}
  - group: details
    when: score.band in [passive, promoter]
    shuffle: true
    questions:
      - {id: again, type: yes_no, text: {en: "Again?"}}
      - {id: amount, type: number, minimum: 0, maximum: 50, whole: true, text: {en: "How many?"}}
      - {id: ease, type: ces, text: {en: "Easy?"}}
  - {id: last, type: csat, when: split.tone == warm and answered(liked), text: {en: "Satisfied?"}}
endings:
  done: {text: {en: Thanks}}
  not_customer: {text: {en: Sorry}, status: disqualified}
  full: {text: {en: Full}, status: quota_full}
quotas:
  - {name: gold, when: contact.tier == gold, limit: 200, then: full}
recovery:
  - {when: score.band == detractor, team: care}
"""


def source_of(*questions: str, rest: str = ENDINGS, head: str = HEAD) -> str:
    """A survey file with these questions, each one YAML mapping; a question without a text gets one."""
    lines = [q if "text: {" in q else q[:-1] + ', text: {en: "Well?"}}' for q in questions]
    return head + "questions:\n" + "".join(f"  - {line}\n" for line in lines) + rest


def survey_of(*questions: str, rest: str = ENDINGS, head: str = HEAD) -> Survey:
    return load_survey(source_of(*questions, rest=rest, head=head), filename="test.yml")


KINDS: list[dict[str, Any]] = [
    {"type": "nps"},
    {"type": "csat", "required": True},
    {"type": "yes_no"},
    {"type": "message"},
    {"type": "text"},
    {"type": "number", "minimum": 0, "maximum": 9, "whole": True},
    {"type": "choice", "options": [{"key": k, "label": {"en": k}} for k in ("red", "blue", "green")]},
    {"type": "multi_choice", "options": [{"key": k, "label": {"en": k}} for k in ("sea", "hill", "city")]},
]


def _conditions(before: list[tuple[str, str]]) -> st.SearchStrategy[str]:
    """A condition over questions asked before, or over what is known of the contact."""
    simple = [
        st.sampled_from(["channel == sms", "split.tone == warm", "contact.tier == gold", "not contact.tier == gold"])
    ]
    for name, kind in before:
        texts = {
            "nps": [f"{name} <= 6", f"{name}.band == passive", f"answered({name})"],
            "csat": [f"{name} > 3", f"skipped({name})"],
            "yes_no": [f"{name} == true", name],
            "text": [f'contains({name}, "refund")', f"skipped({name})"],
            "number": [f"{name} >= 3", f"{name} == 5"],
            "choice": [f"{name} == red", f"{name} in [red, blue]"],
            "multi_choice": [f"sea in {name}", f"count({name}) >= 2"],
        }
        if kind in texts:
            simple.append(st.sampled_from(texts[kind]))
    one = st.one_of(simple)
    return st.one_of(one, st.builds("{} and {}".format, one, one), st.builds("not ({} or {})".format, one, one))


@st.composite
def small_surveys(draw: st.DrawFn) -> str:
    """A random survey of two to seven questions with guards, jumps and perhaps a shuffled group, as JSON (which is
    YAML)."""
    count = draw(st.integers(2, 7))
    questions: list[dict[str, Any]] = []
    before: list[tuple[str, str]] = []
    for number in range(count):
        kind = draw(st.sampled_from(KINDS))
        name = f"q{number}"
        question = {"id": name, "text": {"en": "Well?"}, **kind}
        if draw(st.booleans()):
            question["when"] = draw(_conditions(before))
        before.append((name, kind["type"]))
        if draw(st.integers(0, 3)) == 0:
            target = draw(st.sampled_from([*(f"q{n}" for n in range(number + 1, count)), "end:other"]))
            known = [pair for pair in before if pair[1] != "message"]
            question["next"] = [{"if": draw(_conditions(known)), "goto": target}]
        questions.append(question)
    items: list[dict[str, Any]] = questions
    if draw(st.booleans()):
        asked = [{"id": f"s{n}", "type": "yes_no", "text": {"en": "Well?"}} for n in range(draw(st.integers(2, 3)))]
        items = [*questions, {"group": "mixed", "shuffle": True, "questions": asked}]
    survey = {
        "format": 1, "key": "random", "title": {"en": "Random"}, "touchpoint": "test", "languages": ["en"],
        "attributes": {"tier": {"type": "text"}}, "splits": {"tone": {"warm": 1, "plain": 1}}, "questions": items,
        "endings": {"done": {"text": {"en": "Thanks"}}, "other": {"text": {"en": "Bye"}}},
    }  # fmt: skip
    return json.dumps(survey)
