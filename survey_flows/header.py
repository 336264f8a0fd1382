"""Reads everything of a survey file except its questions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from survey_flows.fields import KEY, Fields
from survey_flows.model import Attribute, Ending, Split, Text
from survey_flows.unroll import source_of
from survey_flows.yaml_marks import MarkedDict

ATTRIBUTE_TYPES = ("text", "number", "bool", "date")
PRIORITIES = ("low", "normal", "high", "urgent")
STATUSES = ("completed", "disqualified", "quota_full")
STANDARD_RESPONSE_TIME = 240
"""Minutes until a case should be answered, when the rule does not say."""


@dataclass(frozen=True)
class RawQuota:
    name: str
    when: str | None
    limit: int
    then: str
    line: int


@dataclass(frozen=True)
class RawRecovery:
    when: str
    team: str
    priority: str
    respond_within: int
    tell: Text
    line: int


@dataclass
class RawReview:
    """`wordings`: (condition, text, line), each for those for whom the condition holds."""

    url: str
    text: Text
    line: int
    wordings: list[tuple[str, Text, int]] = field(default_factory=list)


@dataclass
class Header:
    """A file's fields beside `questions`; conditions and texts are still unchecked."""

    key: str
    title: Text
    touchpoint: str
    languages: tuple[str, ...]
    anonymous: bool
    expires_minutes: int
    attributes: dict[str, Attribute]
    splits: dict[str, Split]
    greeting: Text
    endings: Mapping[str, Ending]
    ending_lines: Mapping[str, int]
    quotas: list[RawQuota]
    recovery: list[RawRecovery]
    review: RawReview | None
    greeting_line: int = 0
    greeting_spoken: Text = field(default_factory=dict)
    greeting_spoken_line: int = 0

    def merge(self, inner: Header) -> None:
        """What a sub-survey's questions may use: its attributes and splits. The outer survey's own win."""
        self.attributes = {**inner.attributes, **self.attributes}
        self.splits = {**inner.splits, **self.splits}


def read_header(fields: Fields) -> Header:
    fields.asked.add("languages")
    fields.flag("offer_contact", True)  # read by contact_offer.py
    endings, lines = _endings(fields)
    return Header(
        key=fields.word("key", required=True),
        title=fields.text("title", required=True),
        touchpoint=fields.word("touchpoint"),
        languages=fields.notes.languages,
        anonymous=fields.flag("anonymous"),
        expires_minutes=fields.duration("expires", 7 * 24 * 60),
        attributes=_attributes(fields),
        splits=_splits(fields),
        greeting=fields.text("greeting"),
        endings=endings,
        ending_lines=lines,
        quotas=_quotas(fields, endings),
        recovery=_recovery(fields),
        review=_review(fields),
        greeting_line=fields.line("greeting"),
        greeting_spoken=fields.text("greeting_spoken"),
        greeting_spoken_line=fields.line("greeting_spoken"),
    )


def _named(fields: Fields, name: str) -> list[tuple[str, Fields]]:
    """The entries of a mapping of mappings, each under a valid name."""
    found = []
    value = fields.mapping(name)
    for key, inner in value.items():
        line = value.line_of(key)
        if not KEY.match(key):
            fields.notes.add(line, f'"{key}" is no valid name in "{name}"', "Use only a–z, 0–9 and _.")
        found.append(
            (key, Fields(inner if inner is not None else MarkedDict(line), fields.notes, f'{name} "{key}"', line))
        )
    return found


def _attributes(fields: Fields) -> dict[str, Attribute]:
    found = {}
    for key, inner in _named(fields, "attributes"):
        kind = inner.one_of("type", ATTRIBUTE_TYPES, "text")
        found[key] = Attribute(key, kind, inner.text("fallback"))
        inner.finish()
    return found


def _splits(fields: Fields) -> dict[str, Split]:
    found = {}
    for key, inner in _named(fields, "splits"):
        arms = {arm: inner.number(arm, low=0) or 0.0 for arm in inner.data}
        if len(arms) < 2 or sum(arms.values()) <= 0:
            inner.problem(
                "", f"the split {key} needs at least two arms with a weight", f"Write `{key}: {{a: 50, b: 50}}`."
            )
        found[key] = Split(key, arms)
    return found


def _endings(fields: Fields) -> tuple[dict[str, Ending], dict[str, int]]:
    found, lines = {}, {}
    for key, inner in _named(fields, "endings"):
        found[key] = Ending(key, inner.text("text", required=True), inner.one_of("status", STATUSES, "completed"))
        lines[key] = inner.line()
        inner.finish()
    if "done" not in found:
        first = fields.notes.languages[0]
        mend = f'Add `endings: {{done: {{text: {{{first}: "Thank you."}}}}}}`.'
        fields.problem("endings", 'the survey has no ending "done", where it arrives by itself', mend)
    return found, lines


def _quotas(fields: Fields, endings: Mapping[str, Ending]) -> list[RawQuota]:
    found: list[RawQuota] = []
    for item, line in fields.items("quotas"):
        inner = Fields(item, fields.notes, "a quota", line)
        name = inner.word("name", required=True)
        inner.place = f'quota "{name}"'
        when = inner.raw("when")
        if not inner.has("limit"):
            inner.problem("", f"{inner.place} has no limit", "Add `limit: 200`.")
        limit = inner.integer("limit", 0)
        then = inner.word("then", required=True)
        if then and then not in endings:
            inner.problem(
                "then",
                f'there is no ending "{then}"',
                f"Add it under `endings`: `{then}: {{text: …, status: quota_full}}`.",
            )
        if any(other.name == name for other in found):
            inner.problem("name", f'the quota "{name}" is there twice', "Give each quota a name of its own.")
        inner.finish()
        found.append(RawQuota(name, None if when is None else source_of(when), limit, then, inner.line("when")))
    return found


def _recovery(fields: Fields) -> list[RawRecovery]:
    found = []
    for item, line in fields.items("recovery"):
        inner = Fields(item, fields.notes, "a recovery rule", line)
        when = inner.raw("when")
        if when is None:
            inner.problem("", "a recovery rule does not say when it holds", "Add `when: score.band == detractor`.")
        rule = RawRecovery(
            when="false" if when is None else source_of(when),
            team=inner.word("team", required=True),
            priority=inner.one_of("priority", PRIORITIES, "normal"),
            respond_within=inner.duration("respond_within", STANDARD_RESPONSE_TIME),
            tell=inner.text("tell"),
            line=inner.line("when"),
        )
        inner.finish()
        found.append(rule)
    return found


def _review(fields: Fields) -> RawReview | None:
    value = fields.raw("review")
    if value is None:
        return None
    inner = Fields(value, fields.notes, "the review invitation", fields.line("review"))
    url = inner.word("url", required=True, pattern=None)
    if url and not url.startswith("https://"):
        inner.problem("url", f'"{url}" is no web address', "Write it in full, beginning with https://.")
    found = RawReview(url, inner.text("text", required=True), inner.line("text"))
    for item, line in inner.items("wording"):
        found.wordings.append(_wording(Fields(item, fields.notes, "a wording of the review invitation", line)))
    inner.finish()
    return found


def _wording(fields: Fields) -> tuple[str, Text, int]:
    """Other words for some, but the same offer: who is unhappy gets the link as well."""
    when, text = fields.raw("when"), fields.text("text", required=True)
    if when is None:
        fields.problem("", "a wording does not say for whom it is", "Add `when: score.band == promoter`.")
    if any("{url}" not in words for words in text.values()):
        mend = "Put {url} into it: the link is offered to everyone alike, whatever the score."
        fields.problem("text", "a wording leaves out the link", mend)
    fields.finish()
    return "false" if when is None else source_of(when), text, fields.line("text")
