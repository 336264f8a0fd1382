"""A message to the customer → the bodies of chat.postMessage (without the channel). Pure.

One body, nearly always; a very long text goes out as several, and the last one carries the buttons.
"""

from __future__ import annotations

import json
from typing import Any

from slack_sdk.models.blocks import (
    ActionsBlock,
    Block,
    ButtonElement,
    MarkdownTextObject,
    PlainTextObject,
    SectionBlock,
)

from channels.contract import Outbound
from channels.forms import Form, form_of, label
from channels.looks import LOOKS
from channels.phrases import phrase
from channels.slack import limits
from channels.slack.form import opens_a_form
from channels.slack.phrases import say
from channels.slack.pressed import FORM, PICK
from channels.slack.words import escape, escaped_length
from channels.splitting import split
from survey_flows.prompt import Choice, Prompt


def render(message: Outbound) -> list[dict[str, Any]]:
    """The bodies to post, in order: {"text": what a notification says, "blocks": …}. None for a blank message."""
    prompt = message.prompt
    if prompt is None:
        return _bodies(message.text, None)
    form = form_that_fits(prompt)
    return _bodies(_words(prompt, form), _actions(prompt, form))


def form_that_fits(prompt: Prompt) -> Form:
    """The form of `prompt` on Slack: numbered text where a label or a value does not fit a button. A question with
    several answers is numbered too; its form opens beside that."""
    form = form_of(prompt, LOOKS["slack"])
    if form != "buttons":
        return "numbered" if form == "toggles" else form
    fits = all(
        len(label(c).strip()) > 0
        and len(label(c)) <= limits.BUTTON_TEXT
        and len(_value(prompt, c)) <= limits.BUTTON_VALUE
        for c in prompt.offered
    )
    return form if fits else "numbered"


def _bodies(text: str, actions: ActionsBlock | None) -> list[dict[str, Any]]:
    parts = split(text, limits.SECTION_TEXT, escaped_length)
    groups = [parts[n : n + limits.SECTIONS] for n in range(0, len(parts), limits.SECTIONS)]
    bodies = []
    for group in groups:
        blocks: list[Block] = [SectionBlock(text=MarkdownTextObject(text=escape(part))) for part in group]
        if actions is not None and group is groups[-1]:
            blocks.append(actions)
        bodies.append({"text": escape(group[0]), "blocks": [block.to_dict() for block in blocks]})
    return bodies


def _words(prompt: Prompt, form: Form) -> str:
    """The question, and beside it what buttons can't say: the ends of a scale, or the options and how to answer."""
    lines = [prompt.text]
    if prompt.form == "scale" and form in ("buttons", "scale_line"):
        lines.append(_ends(prompt, always=form == "scale_line"))
    elif form in ("numbered", "scale_line"):
        lines += [f"{n}. {label(c)}" for n, c in prompt.numbered]
        lines.append(phrase(prompt.language, "several" if prompt.form == "multi_choice" else "one"))
    return "\n".join(line for line in lines if line)


def _ends(prompt: Prompt, always: bool) -> str:
    if not (always or prompt.low or prompt.high):
        return ""
    first, last = prompt.choices[0].label, prompt.choices[-1].label
    low = f"{first} ({prompt.low})" if prompt.low else first
    high = f"{last} ({prompt.high})" if prompt.high else last
    return f"{low} – {high}"


def _actions(prompt: Prompt, form: Form) -> ActionsBlock | None:
    """What can be pressed: the options, or what opens the form. None where only words answer."""
    if form == "buttons":
        return ActionsBlock(elements=[_button(prompt, n, choice) for n, choice in enumerate(prompt.offered)])
    if not opens_a_form(prompt):
        return None
    words = say(prompt.language, "write" if prompt.form == "text" else "choose")
    opener = ButtonElement(action_id=FORM, text=PlainTextObject(text=words), value=_json({"question": prompt.question}))
    return ActionsBlock(elements=[opener])


def _button(prompt: Prompt, position: int, choice: Choice) -> ButtonElement:
    return ButtonElement(
        action_id=f"{PICK}:{position}", text=PlainTextObject(text=label(choice)), value=_value(prompt, choice)
    )


def _value(prompt: Prompt, choice: Choice) -> str:
    return _json({"question": prompt.question, "value": choice.value})


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
