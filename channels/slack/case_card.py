"""A case as a message in a team's channel, its thread's lines, and the forms of its buttons. Pure.

Everything that somebody wrote stands there as plain text: no mention, link or channel can be made of it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from slack_sdk.models.blocks import (
    ActionsBlock,
    Block,
    ButtonElement,
    CheckboxesElement,
    HeaderBlock,
    InputBlock,
    MarkdownTextObject,
    Option,
    PlainTextInputElement,
    PlainTextObject,
    SectionBlock,
    StaticSelectElement,
)
from slack_sdk.models.views import View

from channels.contract import Inbound
from channels.receive import Malformed
from channels.slack import limits
from channels.slack.found import PROVIDER, Read, Wish, inner, mapping, text_of
from channels.slack.pressed import from_json, key_of
from channels.slack.words import escape
from channels.workplace import Card, CaseForm, Line, deed

CASE = "case"
"""How the action ids of a case's buttons begin, and the callback_id of its forms."""
ANSWER, CHOOSE, RESUME, VALUE = "answer", "choose", "resume", "value"
"""Blocks of a form, and the action_id in each. `answer` is where an objection is shown."""
_FORMS = ("resolve", "transfer", "hand_back")
_MARKS = {"customer": "🗣", "bot": "🤖", "agent": "💬", "note": "🔒", "event": "▫️"}
LINE = 2500
"""Characters of one line of a thread, ours: three fit a message; the console has the whole text."""


def card(shown: Card) -> dict[str, Any]:
    """The body of chat.postMessage or chat.update, without the channel."""
    blocks: list[Block] = [HeaderBlock(text=PlainTextObject(text=_cut(shown.title, limits.HEADER_TEXT)))]
    if shown.quote:
        blocks.append(SectionBlock(text=MarkdownTextObject(text=f"> {escape(shown.quote)}")))
    fields = [f"*{escape(label)}*\n{escape(_cut(value, 300))}" for label, value in shown.facts]
    for begin in range(0, len(fields), limits.FIELDS):
        blocks.append(SectionBlock(fields=[MarkdownTextObject(text=f) for f in fields[begin : begin + limits.FIELDS]]))
    buttons = _buttons(shown)
    if buttons:
        blocks.append(ActionsBlock(elements=buttons))
    return {"text": escape(shown.title), "blocks": [block.to_dict() for block in blocks]}


def lines(said: Sequence[Line], below: Card | None = None) -> dict[str, Any]:
    """What was said, one section a line; with the buttons of the case `below` it."""
    texts = [_line(one) for one in said]
    blocks = [SectionBlock(text=MarkdownTextObject(text=text)).to_dict() for text in texts]
    buttons = _buttons(below) if below is not None else []
    if buttons:
        blocks.append(ActionsBlock(elements=buttons).to_dict())
    return {"text": _cut(texts[0], limits.FALLBACK_TEXT), "blocks": blocks}


def _buttons(shown: Card) -> list[ButtonElement]:
    buttons = [_button(shown.case, act, label, first=n == 0) for n, (act, label) in enumerate(shown.acts)]
    if shown.link:
        label = PlainTextObject(text=_cut(shown.link_label, limits.BUTTON_TEXT))
        buttons.append(ButtonElement(action_id=f"{CASE}:open", text=label, url=shown.link, value="open"))
    return buttons


def _line(one: Line) -> str:
    who = f"*{escape(one.who)}:* " if one.who else ""
    return f"{_MARKS[one.said]} {who}{escape(_cut(one.text, LINE // 2))}"


def _button(case: int, act: str, label: str, first: bool) -> ButtonElement:
    return ButtonElement(
        action_id=f"{CASE}:{act}",
        text=PlainTextObject(text=_cut(label, limits.BUTTON_TEXT)),
        value=json.dumps({"case": case}),
        style="primary" if first else None,
    )


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def form(asked: CaseForm, channel: str, thread: str) -> dict[str, Any]:
    """The modal in which a case is resolved, passed on, or its chat handed back."""
    words = asked.words
    options = [
        Option(text=PlainTextObject(text=_cut(label, limits.OPTION_TEXT)), value=v) for v, label in asked.options
    ]
    chosen = StaticSelectElement(
        action_id=VALUE,
        options=options[: limits.SELECT_OPTIONS],
        placeholder=PlainTextObject(text=words["choose"]),
        initial_option=options[0] if asked.first else None,
    )
    written = PlainTextInputElement(action_id=VALUE, multiline=True, max_length=limits.INPUT_TEXT)
    choose = CHOOSE if asked.may_write else ANSWER
    blocks: list[Block] = [InputBlock(block_id=choose, label=PlainTextObject(text=words["choose"]), element=chosen)]
    if asked.may_write:
        label = PlainTextObject(text=words["write"])
        blocks.append(InputBlock(block_id=ANSWER, label=label, element=written, optional=not asked.must_write))
    if asked.does == "resolve" and "resume" in words:  # else there is nothing to go on with
        on = Option(text=PlainTextObject(text=_cut(words["resume"], limits.OPTION_TEXT)), value="resume")
        boxes = CheckboxesElement(action_id=VALUE, options=[on], initial_options=[on])
        label = PlainTextObject(text=words["then"])
        blocks.append(InputBlock(block_id=RESUME, label=label, element=boxes, optional=True))
    view: dict[str, Any] = View(
        type="modal",
        callback_id=f"{CASE}:{asked.does}",
        title=PlainTextObject(text=_cut(words["title"], limits.VIEW_TITLE)),
        submit=PlainTextObject(text=_cut(words["send"], limits.VIEW_TITLE)),
        close=PlainTextObject(text=_cut(words["cancel"], limits.VIEW_TITLE)),
        private_metadata=json.dumps({"case": asked.case, "channel": channel, "thread": thread}),
        blocks=blocks,
    ).to_dict()
    return view


# What comes back


def pressed(data: Mapping[str, Any], action: Mapping[str, Any]) -> Read:
    """A button of a case: done, or a form is wished first. Raises Malformed."""
    act = str(action.get("action_id", "")).partition(":")[2]
    if act == "open":
        return Read(ignored="block_actions")
    case = mapping(from_json(action.get("value"))).get("case")
    if not isinstance(case, int) or act not in ("claim", *_FORMS):
        raise Malformed("The `value` of a case's button is JSON with its `case`, a number.")
    who, key = text_of(mapping(data.get("user")), "id"), key_of(data, action)
    channel = inner(data, "channel", "id")
    thread = inner(data, "message", "thread_ts") or inner(data, "container", "message_ts")
    if act in _FORMS:
        trigger = text_of(data, "trigger_id")
        wish = Wish("case", who, key, f"{act}:{case}", trigger=trigger, channel=channel, message_ts=thread)
        return Read(wish=wish)
    return Read(deed=deed(PROVIDER, key, who, act, case=case, channel=channel, thread=thread))


def filled_in(data: Mapping[str, Any]) -> Read:
    """What was filled into a case's form (`view_submission`). Raises Malformed."""
    view, who = mapping(data.get("view")), text_of(mapping(data.get("user")), "id")
    does = str(view.get("callback_id", "")).partition(":")[2]
    about = mapping(from_json(view.get("private_metadata")))
    case, channel, thread = about.get("case"), about.get("channel"), about.get("thread")
    if does not in _FORMS or not (isinstance(case, int) and isinstance(channel, str) and isinstance(thread, str)):
        raise Malformed("The `private_metadata` of a case's form names the case and its thread.")
    values = mapping(mapping(view.get("state")).get("values"))
    chosen = inner(_given(values, CHOOSE) or _given(values, ANSWER), "selected_option", "value")
    written = _given(values, ANSWER).get("value")
    boxes = _given(values, RESUME).get("selected_options")
    done: Inbound = deed(
        PROVIDER,
        f"{who}:{text_of(view, 'id')}"[:255],
        who,
        does,
        written.strip() if isinstance(written, str) else "",
        case=case,
        channel=channel,
        thread=thread,
        chosen=chosen,
        resume=bool(boxes) or chosen == RESUME,
    )
    return Read(deed=done, form=True)


def _given(values: Mapping[str, Any], block: str) -> Mapping[str, Any]:
    return mapping(mapping(values.get(block)).get(VALUE))
