"""What a survey costs by SMS: encoding and segments of each text, in each language."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

import smsutil

from survey_flows.checks.finding import Finding, Subject, channels
from survey_flows.model import Node

PLAIN = {
    "’": "'", "‘": "'", "“": '"', "”": '"', "„": '"', "‚": "'", "–": "-", "—": "-", "…": "...",
    "\u00a0": " ", "\u202f": " ", "\u2009": " ",
    "«": '"', "»": '"', "•": "-", "\u2011": "-", "″": '"', "′": "'",
}  # fmt: skip
"""Typographic characters outside GSM-7 (3GPP TS 23.038) → what says the same inside it."""

_NAME_LENGTH = 8
"""Letters assumed for a piped value without a fallback: about an ordinary first name."""
_PIPE = re.compile(r"(?<!\{)\{([a-z0-9_.]+)(?:\|([^{}]*))?\}(?!\})")


@dataclass(frozen=True, slots=True)
class Cost:
    """One text as an SMS: what it is, its line, language, length, encoding and segments."""

    what: str
    line: int
    language: str
    characters: int
    encoding: str
    segments: int


def costs(subject: Subject) -> Iterator[Cost]:
    """Every message of the survey as an SMS, in every language (`conductor survey check --sms`)."""
    for language in subject.survey.languages:
        for what, line, text in _messages(subject, language):
            split = smsutil.split(text)
            yield Cost(what, line, language, len(text), _name(split), len(split.parts))


def check(subject: Subject) -> Iterator[Finding]:
    """A warning for each text that typography makes dearer, a note for each long one, a summary for each language."""
    comfortable = channels()["sms"]["comfortable_segments"]
    for language in subject.survey.languages:
        most, total, forced = 0, 0, False
        for what, line, text in _messages(subject, language):
            split = smsutil.split(text)
            strange = [c for c in dict.fromkeys(text) if not smsutil.is_valid_gsm(c)]
            if strange and all(c in PLAIN or _is_picture(c) for c in strange):
                yield _typography(subject, what, line, language, text, strange)
            elif len(split.parts) > comfortable:
                size = f"{len(text)} characters, {_name(split)}"
                said = f"{what} takes {len(split.parts)} SMS segments in {language} ({size})."
                yield subject.finding("info", line, said, f"Up to {comfortable} are comfortable; each is paid for.")
            most, total, forced = max(most, len(split.parts)), total + len(split.parts), forced or bool(strange)
        coding = "UCS-2 where letters outside GSM-7 stand" if forced else "GSM-7"
        longest = f"{most} segment{'s' if most > 1 else ''}"
        said = f"SMS in {language}: {coding}; at most {longest} a message, {total} for all texts together."
        yield subject.finding("info", 0, said)


def _messages(subject: Subject, language: str) -> Iterator[tuple[str, int, str]]:
    """What is sent as one message each: questions with their options as a numbered list, greeting, endings."""
    survey = subject.survey
    if survey.greeting.get(language):
        yield "The greeting", subject.line("greeting"), _filled(subject, survey.greeting[language], language)
    seen: set[int] = set()
    for node in survey.nodes:
        if node.question.text.get(language) and (node.line not in seen or not node.line):
            seen.add(node.line)
            yield f'The question "{node.id}"', node.line, _asked(subject, node, language)
    for key, ending in survey.endings.items():
        if ending.text.get(language):
            yield f'The ending "{key}"', subject.line("endings", key), _filled(subject, ending.text[language], language)


def _asked(subject: Subject, node: Node, language: str) -> str:
    options = [f"{n} {o.label.get(language, '')}" for n, o in enumerate(node.question.options, 1)]
    return "\n".join([_filled(subject, node.question.text[language], language), *options])


def _filled(subject: Subject, text: str, language: str) -> str:
    def value(match: re.Match[str]) -> str:
        attribute = subject.survey.attributes.get(match[1].removeprefix("contact."))
        fallback = match[2] or (attribute.fallback.get(language, "") if attribute else "")
        return fallback or "x" * _NAME_LENGTH

    return _PIPE.sub(value, text).replace("{{", "{").replace("}}", "}")


def _is_picture(char: str) -> bool:
    """An emoji, or what belongs to one (its skin tone, its joiner)."""
    return unicodedata.category(char) in ("So", "Sk", "Mn", "Cf", "Me")


def _typography(subject: Subject, what: str, line: int, language: str, text: str, strange: list[str]) -> Finding:
    plain = "".join("" if _is_picture(c) else PLAIN.get(c, c) for c in text)
    before, after = len(smsutil.split(text).parts), len(smsutil.split(plain).parts)
    named = ", ".join(f"“{c}” (U+{ord(c):04X})" for c in strange)
    pictures = [c for c in strange if _is_picture(c)]
    swaps = ", ".join(f"{PLAIN[c]!r} for “{c}”" for c in strange if c not in pictures)
    mend = " ".join(
        ([f"Write {swaps}; our SMS channel does so itself where that is enough."] if swaps else [])
        + ([f"Leave “{''.join(pictures)}” out."] if pictures else [])
    )
    if before == after:
        said = f"{what} needs UCS-2 in {language} only because of {named}; at its length that costs nothing more."
        return subject.finding("info", line, said, f"Before it grows: {mend[0].lower()}{mend[1:]}")
    cost = f"{before} SMS segments instead of {after}"
    said = f"{what} needs UCS-2 in {language} only because of {named}: it costs {cost}."
    return subject.finding("warning", line, said, mend)


def _name(split: smsutil.SplitResult) -> str:
    return "GSM-7" if split.encoding == "gsm0338" else "UCS-2"
