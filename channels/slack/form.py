"""The modal in which a question with a long or several answers is filled in, and what comes back of it. Pure.

https://docs.slack.dev/surfaces/modals
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from slack_sdk.models.blocks import (
    Block,
    CheckboxesElement,
    InputBlock,
    InputInteractiveElement,
    Option,
    PlainTextInputElement,
    PlainTextObject,
    SectionBlock,
    StaticMultiSelectElement,
)
from slack_sdk.models.views import View

from channels.contract import Inbound
from channels.forms import label
from channels.receive import Malformed
from channels.slack import limits
from channels.slack.found import PROVIDER, Pressed, Read, inner, mapping, name_of, text_of
from channels.slack.phrases import say
from channels.slack.pressed import from_json
from channels.splitting import split
from survey_flows.prompt import Choice, Prompt

ANSWER, VALUE = "answer", "value"
"""Our form's callback_id and its input's block_id; the input's action_id."""


def opens_a_form(prompt: Prompt) -> bool:
    """Whether a question is answered in a form: own words, or several of so many options as a form holds."""
    if prompt.form == "text":
        return True
    return prompt.form == "multi_choice" and 0 < len(prompt.choices) <= limits.SELECT_OPTIONS and _fits(prompt)


def _fits(prompt: Prompt) -> bool:
    return all(
        len(label(c).strip()) > 0 and len(label(c)) <= limits.OPTION_TEXT and len(_value(c)) <= limits.OPTION_VALUE
        for c in prompt.choices
    )


def form(prompt: Prompt, channel: str, message_ts: str) -> dict[str, Any]:
    """The modal for `prompt`, which was asked in this message."""
    language = prompt.language
    words = split(prompt.text, limits.SECTION_TEXT, len)[: limits.SECTIONS]
    # Plain text: in a modal nothing of a question must become a link or a mention.
    asked: list[Block] = [SectionBlock(text=PlainTextObject(text=part)) for part in words]
    filled = InputBlock(
        block_id=ANSWER, label=PlainTextObject(text=say(language, "your_answer")), element=_element(prompt)
    )
    view = View(
        type="modal",
        callback_id=ANSWER,
        title=PlainTextObject(text=say(language, "form_title")),
        submit=PlainTextObject(text=say(language, "send")),
        close=PlainTextObject(text=say(language, "cancel")),
        private_metadata=json.dumps({"question": prompt.question, "channel": channel, "ts": message_ts}),
        blocks=[*asked, filled],
    )
    made: dict[str, Any] = view.to_dict()
    return made


def _element(prompt: Prompt) -> InputInteractiveElement:
    if prompt.form == "text":
        return PlainTextInputElement(action_id=VALUE, multiline=True, max_length=limits.INPUT_TEXT, focus_on_load=True)
    options = [Option(text=PlainTextObject(text=label(c)), value=_value(c)) for c in prompt.choices]
    if len(options) <= limits.CHECKBOXES:
        return CheckboxesElement(action_id=VALUE, options=options)
    return StaticMultiSelectElement(
        action_id=VALUE, options=options, placeholder=PlainTextObject(text=say(prompt.language, "choose"))
    )


def _value(choice: Choice) -> str:
    return json.dumps(choice.value, ensure_ascii=False, separators=(",", ":"))


def filled_in(data: Mapping[str, Any]) -> Read:
    """What was filled into a form of ours (`view_submission`). Raises Malformed.

    https://docs.slack.dev/reference/interaction-payloads/view-interactions-payload"""
    view, user = mapping(data.get("view")), mapping(data.get("user"))
    if view.get("callback_id") != ANSWER:
        return Read(ignored="view_submission")
    asked = from_json(view.get("private_metadata"))
    if not isinstance(asked, dict) or not all(isinstance(asked.get(k), str) for k in ("question", "channel", "ts")):
        raise Malformed("The `private_metadata` of a form of ours names the question and its message.")
    who = text_of(user, "id")
    value, words = _given(mapping(mapping(mapping(mapping(view.get("state")).get("values")).get(ANSWER)).get(VALUE)))
    message = Inbound(
        provider=PROVIDER,
        channel=PROVIDER,
        message_id=f"{who}:{text_of(view, 'id')}"[:255],
        address=who,
        text=words,
        picked={"question": asked["question"], "value": value},
        name=name_of(user),
    )
    press = Pressed(asked["question"], value, words, asked["channel"], asked["ts"], "", shown=view)
    return Read(message=message, pressed=press, form=True)


def _given(state: Mapping[str, Any]) -> tuple[Any, str]:
    """The value and the words of an input. Nothing filled in is nothing given."""
    if state.get("type") == "plain_text_input":
        text = state.get("value")
        written = text.strip() if isinstance(text, str) else ""
        return written, written
    options = state.get("selected_options")
    chosen = [mapping(option) for option in options] if isinstance(options, list) else []
    return [from_json(option.get("value")) for option in chosen], ", ".join(inner(o, "text", "text") for o in chosen)
