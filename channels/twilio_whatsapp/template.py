"""A survey's opening → the template that invites to it outside WhatsApp's 24 hours. Pure.

The words are the survey's greeting. Where its first question can be tapped (10 answers at most, short labels, the
same for everybody), the template asks it and the tap is the answer; else two buttons begin the survey or put it off.

What Meta approves: https://www.twilio.com/docs/whatsapp/tutorial/message-template-approvals-statuses. A body neither
begins nor ends with a variable, and has no two side by side; every variable has an example; the labels hold no emoji.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from channels.contract import LATER, START
from channels.looks import LOOKS
from channels.phrases import phrase
from channels.splitting import utf16_units
from channels.twilio_whatsapp import limits
from channels.twilio_whatsapp.picked import encode_template
from channels.twilio_whatsapp.render import scale_line
from survey_flows.opening import Opening, Pipe
from survey_flows.prompt import Prompt

CATEGORIES = ("UTILITY", "MARKETING")
"""A survey about something the customer did (an order, a call to support) is utility; Meta decides in the end.
https://www.twilio.com/docs/whatsapp/tutorial/message-template-approvals-statuses"""

UNSUBMITTED = "unsubmitted"
APPROVED = "approved"
"""Further states: received, pending, rejected, paused, disabled."""

_CAN = LOOKS[limits.CHANNEL]
_TAPPED = ("scale", "choice", "yes_no")
_PLAIN = re.compile(r"[\w\s.,;:!?'’()&/+%-]+")
"""A button's label: letters of any script, digits and common signs. Meta refuses emoji, variables and formatting."""
_VARIABLE = re.compile(r"\{\{(\d+)\}\}")


class TemplateRefused(Exception):
    """Meta would not approve it; `mend` says what to change in the survey."""

    def __init__(self, what: str, mend: str) -> None:
        super().__init__(what)
        self.mend = mend


@dataclass(frozen=True, slots=True)
class Template:
    """`name` holds a digest: other words are another template. `body` has ``{{1}}`` for `pipes[0]`, and so on. `asks`:
    the question that its buttons answer; "": they begin the survey."""

    name: str
    definition: dict[str, Any]
    body: str
    pipes: tuple[str, ...]
    asks: str


@dataclass(frozen=True, slots=True)
class Approval:
    """A content's ContentSid and where Meta stands with it. `reason`: why it was rejected."""

    sid: str
    status: str = UNSUBMITTED
    category: str = ""
    reason: str = ""


def template(survey: str, language: str, opening: Opening) -> Template:
    """The template for a survey's opening in a language. Raises TemplateRefused."""
    pipes = [part for part in opening.greeting if isinstance(part, Pipe)]
    body = _joined(opening.greeting)
    asked = opening.prompt if opening.prompt is not None and _tappable(survey, opening.prompt) else None
    if asked is not None:
        body = "\n\n".join(filter(None, (body, "\n".join(filter(None, (asked.text, scale_line(asked)))))))
    samples = {str(number): pipe.sample for number, pipe in enumerate(pipes, 1)}
    _must_be_approvable(survey, body, samples)
    types = {"twilio/quick-reply": {"body": body, "actions": _actions(survey, language, asked)}}
    definition = {"language": language, "variables": samples, "types": types}
    digest = hashlib.sha256(json.dumps(definition, sort_keys=True).encode()).hexdigest()[:8]
    name = f"{survey}_{language}_{digest}"[-limits.TEMPLATE_NAME :]
    sources = tuple(pipe.source for pipe in pipes)
    return Template(name, {"friendly_name": name, **definition}, body, sources, asked.question if asked else "")


def shown(body: str, values: Sequence[str]) -> str:
    """The words that the customer reads."""
    return _VARIABLE.sub(lambda found: values[int(found[1]) - 1], body)


def _joined(greeting: Sequence[str | Pipe]) -> str:
    numbers = iter(range(1, len(greeting) + 1))
    return "".join(part if isinstance(part, str) else f"{{{{{next(numbers)}}}}}" for part in greeting).strip()


def _tappable(survey: str, prompt: Prompt) -> bool:
    labels = [choice.short or choice.label for choice in prompt.choices]
    ids = [encode_template(survey, prompt.question, choice.value) for choice in prompt.choices]
    fits = all(utf16_units(label) <= _CAN.button_label and _PLAIN.fullmatch(label) for label in labels)
    few = prompt.form in _TAPPED and 0 < len(labels) <= limits.TEMPLATE_BUTTONS
    return few and fits and len(set(labels)) == len(labels) and all(len(i) <= limits.BUTTON_ID for i in ids)


def _actions(survey: str, language: str, asked: Prompt | None) -> list[dict[str, str]]:
    if asked is None:
        options = [(phrase(language, "start"), "", START), (phrase(language, "not_now"), "", LATER)]
    else:
        options = [(choice.short or choice.label, asked.question, choice.value) for choice in asked.choices]
    return [
        {"type": "QUICK_REPLY", "title": label, "id": encode_template(survey, question, value)}
        for label, question, value in options
    ]


def _must_be_approvable(survey: str, body: str, samples: Mapping[str, str]) -> None:
    where = f"The greeting of {survey}"
    if not body:
        raise TemplateRefused(f"{survey} has no greeting: it could only be asked out of the blue.", "Write a greeting.")
    ends = re.match(r"\W*\{\{\d+\}\}", body), re.search(r"\{\{\d+\}\}\W*\Z", body)
    if any(ends):
        raise TemplateRefused(
            f"{where} begins or ends with a pipe, which WhatsApp refuses.", "Write words before and behind it."
        )
    if re.search(r"\}\}\s*\{\{", body):
        raise TemplateRefused(
            f"{where} has two pipes side by side, which WhatsApp refuses.", "Write words between them."
        )
    if len(_VARIABLE.findall(body)) != len(samples) or "{{" in _VARIABLE.sub("", body):
        raise TemplateRefused(f"{where} has braces of its own, which WhatsApp takes for variables.", "Leave them out.")
    if "\n" * (limits.LINE_BREAKS + 1) in body:
        raise TemplateRefused(f"{where} has more than {limits.LINE_BREAKS} line breaks in a row.", "Leave some out.")
    size = utf16_units(shown(body, list(samples.values())))
    if size > limits.CONTENT_BODY:
        raise TemplateRefused(f"{where}, with its question, has {size} characters.", "WhatsApp takes 1024: shorten it.")
