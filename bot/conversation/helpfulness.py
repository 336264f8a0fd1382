"""Whether an FAQ answer helped: asked lightly below the answer (👍/👎, 1 and 2 on the phone), and a person where it did
not. Pure.

Beside a survey's question nothing more is asked; there the thumbs may come as a reaction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from bot.conversation.phrases import languages, phrase
from bot.faq.entry import Entry
from channels.looks import LOOKS
from survey_flows import answers
from survey_flows.model import Option, Question
from survey_flows.prompt import Choice, Prompt

HELPED, PERSON = "faq_helped", "faq_person"
"""Ids of the two questions that the buttons send back. No node of a survey has them."""
YES, NO = "yes", "no"

Says = Literal["helped", "not_helped", "person", "no_person", "next"]


@dataclass(frozen=True)
class Verdict:
    """What a customer says of the entry `key`. `next`: the entry that they tapped instead."""

    says: Says
    key: str
    next: str = ""


@dataclass(frozen=True)
class Pending:
    """What was asked last, until the customer's next message. `offered`: keys and titles of the follow-ups."""

    question: str
    key: str
    offered: tuple[tuple[str, str], ...] = ()

    def as_json(self) -> list[Any]:
        return [self.question, self.key, [list(pair) for pair in self.offered]]

    @classmethod
    def from_json(cls, kept: Sequence[Any]) -> Pending:
        question, key, offered = kept
        return cls(str(question), str(key), tuple((str(k), str(t)) for k, t in offered))


def follow_ups(entry: Entry, known: Mapping[tuple[str, str], str], channel: str) -> tuple[tuple[str, str], ...]:
    """The follow-ups that fit beside the two thumbs as buttons: (key, title). None where a channel has no buttons, and
    none whose title its buttons would cut off."""
    look = LOOKS[channel] if channel in LOOKS else LOOKS["web"]
    titles = [(key, known[entry.language, key]) for key in entry.follow_up if (entry.language, key) in known]
    fitting = [(key, title) for key, title in titles if len(title) <= look.button_label]
    return tuple(fitting[: max(0, look.buttons - 2)][:2])


def ask_whether(answer: str, pending: Pending, language: str, channel: str) -> Prompt:
    """The answer, and below it the light question."""
    thumbs = [(YES, phrase("faq_yes", language, channel)), (NO, phrase("faq_no", language, channel))]
    options = [*((f"{pending.key}:{value}", label) for value, label in thumbs)]
    options += [(f"{pending.key}:{key}", title) for key, title in pending.offered]
    return _prompt(HELPED, f"{answer}\n\n{phrase('faq_helped', language, channel)}", options, language)


def ask_for_person(key: str, language: str, channel: str) -> Prompt:
    """The answer did not help: is a person wanted?"""
    options = [(f"{key}:{YES}", phrase("faq_person_yes", language)), (f"{key}:{NO}", phrase("faq_person_no", language))]
    return _prompt(PERSON, phrase("faq_person", language, channel), options, language)


def again(pending: Pending, language: str, channel: str) -> Prompt:
    """The same question for somebody who said nothing: without the answer above it, which they have heard."""
    if pending.question == PERSON:
        return ask_for_person(pending.key, language, channel)
    asked = ask_whether("", pending, language, channel)
    return replace(asked, text=asked.text.strip())


def _prompt(question: str, text: str, options: Sequence[tuple[str, str]], language: str) -> Prompt:
    choices = tuple(Choice(value, label, keypad=str(number)) for number, (value, label) in enumerate(options, 1))
    return Prompt(question, "choice", text, language, choices)


def pressed(button: Mapping[str, Any] | None) -> Verdict | None:
    """What a pressed button means; None when it is none of these. An old one says what it is still."""
    if button is None or button.get("question") not in (HELPED, PERSON):
        return None
    key, _, value = str(button.get("value") or "").partition(":")
    return _verdict(str(button["question"]), key, value)


def said(text: str, pending: Pending, language: str) -> Verdict | None:
    """What a text means as an answer to what was asked; None when it is something else."""
    yes_no = answers.read(Question("_", "yes_no", {}), text, language, languages())
    if yes_no.kind == "value" and not yes_no.rest:
        return _verdict(pending.question, pending.key, YES if yes_no.value else NO)
    if not pending.offered:
        return None
    thumbs = (Option(YES, {language: phrase("faq_yes", language)}), Option(NO, {language: phrase("faq_no", language)}))
    titles = (Option(key, {language: title}) for key, title in pending.offered)
    reading = answers.read(Question("_", "choice", {}, options=(*thumbs, *titles)), text, language, languages())
    plain = reading.kind == "value" and not reading.rest
    return _verdict(pending.question, pending.key, str(reading.value)) if plain else None


def thumb(emoji: str, key: str) -> Verdict | None:
    """What an emoji set on an answer means."""
    reading = answers.read(Question("_", "yes_no", {}), emoji, "en", ("en",))
    return None if reading.kind != "value" else Verdict("helped" if reading.value else "not_helped", key)


def _verdict(question: str, key: str, value: str) -> Verdict:
    if question == PERSON:
        return Verdict("person" if value == YES else "no_person", key)
    if value in (YES, NO):
        return Verdict("helped" if value == YES else "not_helped", key)
    return Verdict("next", key, value)
