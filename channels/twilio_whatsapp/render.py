"""A message to the customer → texts, and a content with buttons or a list where the question fits one. Pure."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from typing import Any

from channels.contract import Outbound
from channels.forms import Form, form_of, label
from channels.looks import LOOKS
from channels.phrases import phrase
from channels.splitting import split, utf16_units
from channels.twilio_whatsapp import limits
from channels.twilio_whatsapp.picked import encode
from survey_flows.prompt import Prompt

_CAN = LOOKS[limits.CHANNEL]
_LINE = re.compile(r"[^\r\n]+")


@dataclass(frozen=True, slots=True)
class Content:
    """A question with something to tap. `definition` is the body of POST /v1/Content: the labels and their ids, and a
    variable for each line of the text. The words go along with each message as `variables`, so that a question needs
    one content for all customers and wordings, and nothing about a customer is stored in it."""

    definition: dict[str, Any]
    variables: str

    @property
    def fingerprint(self) -> str:
        """The same for the same definition."""
        return hashlib.sha256(json.dumps(self.definition, sort_keys=True).encode()).hexdigest()


def texts(message: Outbound) -> list[str]:
    """The message in words alone: one text, or several when it is longer than Twilio takes; none for a blank one."""
    prompt = message.prompt
    if prompt is None:
        return split(message.text, limits.TEXT_LIMIT, utf16_units)
    form: Form = form_of(prompt, _CAN)
    written = form if form in ("plain", "scale_line") else "scale_line" if prompt.form == "scale" else "numbered"
    return split(_words(prompt, written), limits.TEXT_LIMIT, utf16_units)


def content(message: Outbound) -> Content | None:
    """The message with up to 3 buttons, or a list of up to 10; None where it does not fit one."""
    prompt = message.prompt
    if prompt is None:
        return None
    form = form_of(prompt, _CAN)
    if form not in ("buttons", "list") or not _fits(prompt, form):
        return None
    words = _words(prompt, form)
    if not words.strip() or utf16_units(words) > limits.CONTENT_BODY:
        return None
    lines = [" ".join(line.split("\t")) for line in _LINE.findall(words)]  # a variable holds no line break and no tab
    numbers = iter(range(1, len(lines) + 1))
    body = _LINE.sub(lambda _: f"{{{{{next(numbers)}}}}}", words)
    definition = {
        "friendly_name": f"survey_{prompt.question}"[:64],
        "language": prompt.language,
        "variables": {str(n): "…" for n in range(1, len(lines) + 1)},
        "types": _quick_reply(prompt, body) if form == "buttons" else _list_picker(prompt, body),
    }
    return Content(definition, json.dumps({str(n): line for n, line in enumerate(lines, 1)}, ensure_ascii=False))


def _quick_reply(prompt: Prompt, body: str) -> dict[str, Any]:
    actions = [
        {"type": "QUICK_REPLY", "title": label(c), "id": encode(prompt.question, c.value)} for c in prompt.offered
    ]
    return {"twilio/quick-reply": {"body": body, "actions": actions}}


def _list_picker(prompt: Prompt, body: str) -> dict[str, Any]:
    items = [{"item": label(c), "id": encode(prompt.question, c.value)} for c in prompt.offered]
    menu = phrase(prompt.language, "menu")[: limits.MENU_LABEL]
    return {"twilio/list-picker": {"body": body, "button": menu, "items": items}}


def _fits(prompt: Prompt, form: Form) -> bool:
    """Labels are not blank, different, within the limit also in UTF-16, and no variables; ids are short enough."""
    most = _CAN.button_label if form == "buttons" else _CAN.list_label
    labels = [label(c) for c in prompt.offered]
    ids = [encode(prompt.question, c.value) for c in prompt.offered]
    good = all(text.strip() and utf16_units(text) <= most and "{{" not in text for text in labels)
    return good and len(set(labels)) == len(labels) and all(len(i) <= limits.BUTTON_ID and "{{" not in i for i in ids)


def _words(prompt: Prompt, form: Form) -> str:
    """The question, the ends of its scale, and the options by number where they can't be tapped."""
    lines = [prompt.text]
    if form == "scale_line":
        low, high = _ends(prompt)
        lines.append(phrase(prompt.language, "scale", low=low, high=high))
    elif form == "numbered":
        lines += [f"{n}. {label(choice)}" for n, choice in prompt.numbered]
        lines.append(phrase(prompt.language, "several" if prompt.form == "multi_choice" else "one"))
    elif prompt.low or prompt.high:
        lines.append(scale_line(prompt))
    return "\n".join(line for line in lines if line)


def scale_line(prompt: Prompt) -> str:
    """The ends of a scale and what they mean; "" for what is no scale."""
    return " – ".join(_ends(prompt)) if prompt.form == "scale" and prompt.choices else ""


def _ends(prompt: Prompt) -> list[str]:
    ends = zip((prompt.choices[0].label, prompt.choices[-1].label), (prompt.low, prompt.high), strict=True)
    return [f"{end} ({meaning})" if meaning else end for end, meaning in ends]
