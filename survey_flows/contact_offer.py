"""An anonymous survey that opens cases offers, once and at its end, to leave an address for an answer.

Whoever does has it written on the case, and nothing else of them is: `bot/storage/cases.py` takes the address out of
the answers. The offer is a question like any other, so that it is checked, drawn and played with the rest. A survey
that asks for an address itself, or says `offer_contact: false`, gets none.
"""

from __future__ import annotations

from typing import Any

from survey_flows import wording
from survey_flows.yaml_marks import MarkedDict, MarkedList

ID = "reply_to"


def with_offer(document: MarkedDict) -> MarkedDict:
    """The document with the question at its end, or as it is where it needs none. Changes nothing."""
    questions, rules = document.get("questions"), document.get("recovery")
    if document.get("anonymous") is not True or document.get("offer_contact") is False:
        return document
    if not isinstance(questions, MarkedList) or not isinstance(rules, MarkedList) or _asks_already(questions):
        return document
    conditions = [rule["when"] for rule in rules if isinstance(rule, dict) and isinstance(rule.get("when"), str)]
    if not conditions:
        return document
    line = rules.line
    added = MarkedDict(line)
    added.update({"id": ID, "type": "contact", "text": _words(document), "reasks": 1, "timeout": _soon(line)})
    added["when"] = " or ".join(f"({condition})" for condition in conditions)
    longer = MarkedList(questions.line)
    longer.extend([*questions, added])
    longer.lines = [*questions.lines, line]
    result = MarkedDict(document.line)
    result.update({**document, "questions": longer})
    result.lines = dict(document.lines)
    return result


def _soon(line: int) -> MarkedDict:
    """While the question is open the answers still lead to the chat: not for long."""
    soon = MarkedDict(line)
    soon.update({"after": "1h", "then": "end"})
    return soon


def _asks_already(questions: MarkedList) -> bool:
    return any(isinstance(each, dict) and (each.get("type") == "contact" or each.get("id") == ID) for each in questions)


def _words(document: MarkedDict) -> MarkedDict:
    words = MarkedDict(document.line)
    languages: Any = document.get("languages") or ["en"]
    words.update({str(language): wording.phrase(str(language), "offer_contact") for language in languages})
    return words
