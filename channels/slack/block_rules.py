"""What Slack takes as blocks of a message, a modal or a Home tab, checked the way Slack checks it. For the local
provider and the tests.

Written from the documentation of Block Kit, independently of `render.py`, `form.py` and `menu.py`; and everything has
to pass the checks of slack_sdk's own models as well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View

from channels.slack import limits

TEXTS = ("plain_text", "mrkdwn")
MESSAGE_FIELDS = frozenset(
    {"channel", "text", "blocks", "ts", "thread_ts", "metadata", "reply_broadcast", "unfurl_links", "unfurl_media"}
)
EPHEMERAL_FIELDS = frozenset({"response_type", "replace_original", "text", "blocks"})
VIEW_FIELDS = {
    "modal": {"type", "title", "blocks", "submit", "close", "callback_id", "private_metadata"},
    "home": {"type", "blocks", "callback_id", "private_metadata"},
}
SURFACES = {
    "message": {"section", "actions", "header", "context"},
    "modal": {"section", "input", "header", "context"},
    "home": {"section", "actions", "header", "context"},
}
"""Blocks that this channel uses, and where Slack takes them."""


def problems(body: Mapping[str, Any]) -> list[str]:
    """What is wrong with the body of chat.postMessage or chat.update, as sentences. Empty: Slack takes it."""
    return [*_message(body, MESSAGE_FIELDS), *_by_the_models(body.get("blocks"))]


def problems_of_ephemeral(body: Mapping[str, Any]) -> list[str]:
    """The same for what only one person sees: the answer to a slash command, or what a response_url is sent."""
    wrong = [*_message(body, EPHEMERAL_FIELDS), *_by_the_models(body.get("blocks"))]
    return wrong if body.get("response_type") == "ephemeral" else [*wrong, "/response_type: ephemeral"]


def problems_of_view(view: Any, kind: str) -> list[str]:
    """The same for a view: `kind` is modal or home."""
    if not isinstance(view, dict) or view.get("type") != kind:
        return [f"/view: a view of the type {kind}"]
    return [*_view(view, kind), *_by_the_models(view.get("blocks")), *_view_by_the_models(view)]


def _message(body: Mapping[str, Any], allowed: frozenset[str]) -> Iterator[str]:
    for name in sorted(body.keys() - allowed):
        yield f"/{name}: not a field that this channel sends"
    text = body.get("text")
    if not isinstance(text, str) or not text:
        yield "/text: a text is needed for notifications and screen readers"
    elif len(text) > limits.FALLBACK_TEXT:
        yield f"/text: more than {limits.FALLBACK_TEXT} characters"
    if "blocks" in body:
        yield from _blocks(body["blocks"], limits.BLOCKS, "message")


def _view(view: Mapping[str, Any], kind: str) -> Iterator[str]:
    yield from _fields(view, VIEW_FIELDS[kind], "/view")
    if len(str(view.get("private_metadata", ""))) > limits.METADATA:
        yield f"/view/private_metadata: more than {limits.METADATA} characters"
    if len(str(view.get("callback_id", ""))) > limits.IDENTIFIER:
        yield f"/view/callback_id: more than {limits.IDENTIFIER} characters"
    yield from _blocks(view.get("blocks"), limits.VIEW_BLOCKS, kind)
    if kind != "modal":
        return
    yield from _text(view.get("title"), limits.VIEW_TITLE, "/view/title", plain=True)
    for name in ("submit", "close"):
        if name in view:
            yield from _text(view[name], limits.VIEW_TITLE, f"/view/{name}", plain=True)
    has_input = any(isinstance(b, dict) and b.get("type") == "input" for b in view.get("blocks") or ())
    if has_input and "submit" not in view:
        yield "/view/submit: a modal with an input has a button to submit it"


def _blocks(blocks: Any, most: int, surface: str) -> Iterator[str]:
    if not isinstance(blocks, list) or not 1 <= len(blocks) <= most:
        yield f"/blocks: 1 to {most} blocks"
        return
    names = [block["block_id"] for block in blocks if isinstance(block, dict) and "block_id" in block]
    if len(set(names)) != len(names):
        yield "/blocks: each block has a block_id of its own"
    for number, block in enumerate(blocks):
        at = f"/blocks/{number}"
        kind = block.get("type") if isinstance(block, dict) else None
        if kind not in SURFACES[surface]:
            yield f"{at}: a {surface} takes {', '.join(sorted(SURFACES[surface]))}"
            continue
        if len(str(block.get("block_id", ""))) > limits.IDENTIFIER:
            yield f"{at}/block_id: more than {limits.IDENTIFIER} characters"
        yield from _BLOCKS[kind](block, at)


def _section(block: Mapping[str, Any], at: str) -> Iterator[str]:
    yield from _fields(block, {"type", "text", "block_id", "fields"}, at)
    if "fields" not in block or "text" in block:
        yield from _text(block.get("text"), limits.SECTION_TEXT, f"{at}/text")
    fields = block.get("fields", [])
    if not isinstance(fields, list) or len(fields) > limits.FIELDS or (fields == [] and "fields" in block):
        yield f"{at}/fields: 1 to {limits.FIELDS} texts"
        return
    for number, text in enumerate(fields):
        yield from _text(text, limits.FIELD_TEXT, f"{at}/fields/{number}")


def _header(block: Mapping[str, Any], at: str) -> Iterator[str]:
    yield from _fields(block, {"type", "text", "block_id"}, at)
    yield from _text(block.get("text"), limits.HEADER_TEXT, f"{at}/text", plain=True)


def _context(block: Mapping[str, Any], at: str) -> Iterator[str]:
    yield from _fields(block, {"type", "elements", "block_id"}, at)
    elements = block.get("elements")
    if not isinstance(elements, list) or not 1 <= len(elements) <= limits.CONTEXT:
        yield f"{at}/elements: 1 to {limits.CONTEXT} elements"
        return
    for number, element in enumerate(elements):
        yield from _text(element, limits.SECTION_TEXT, f"{at}/elements/{number}")


def _input(block: Mapping[str, Any], at: str) -> Iterator[str]:
    yield from _fields(block, {"type", "label", "element", "block_id", "optional"}, at)
    yield from _text(block.get("label"), limits.INPUT_LABEL, f"{at}/label", plain=True)
    element = block.get("element")
    if not isinstance(element, dict) or element.get("type") not in _INPUTS:
        yield f"{at}/element: one of {', '.join(_INPUTS)}"
    elif not 0 < len(str(element.get("action_id", ""))) <= limits.IDENTIFIER:
        yield f"{at}/element/action_id: 1 to {limits.IDENTIFIER} characters"
    else:
        yield from _INPUTS[element["type"]](element, f"{at}/element")


def _actions(block: Mapping[str, Any], at: str) -> Iterator[str]:
    yield from _fields(block, {"type", "elements", "block_id"}, at)
    elements = block.get("elements")
    if not isinstance(elements, list) or not 1 <= len(elements) <= limits.ACTIONS:
        yield f"{at}/elements: 1 to {limits.ACTIONS} elements"
        return
    names = [element.get("action_id") if isinstance(element, dict) else None for element in elements]
    if len(set(names)) != len(names) or not all(isinstance(n, str) and 0 < len(n) <= limits.IDENTIFIER for n in names):
        yield f"{at}: each element has an action_id of its own, of at most {limits.IDENTIFIER} characters"
        return
    for number, element in enumerate(elements):
        yield from _button(element, f"{at}/elements/{number}")


_BLOCKS: Mapping[str, Callable[[Mapping[str, Any], str], Iterator[str]]] = {
    "section": _section,
    "header": _header,
    "context": _context,
    "input": _input,
    "actions": _actions,
}


def _button(element: Mapping[str, Any], at: str) -> Iterator[str]:
    if element.get("type") != "button":
        yield f"{at}: a button"
        return
    yield from _fields(element, {"type", "action_id", "text", "value", "style", "url"}, at)
    if not str(element.get("url", "https://")).startswith(("https://", "http://")):
        yield f"{at}/url: an address"
    yield from _text(element.get("text"), limits.BUTTON_TEXT, f"{at}/text", plain=True)
    if element.get("style", "primary") not in ("primary", "danger"):
        yield f"{at}/style: primary or danger"
    if not isinstance(element.get("value"), str) or len(element["value"]) > limits.BUTTON_VALUE:
        yield f"{at}/value: a text of at most {limits.BUTTON_VALUE} characters"


def _written(element: Mapping[str, Any], at: str) -> Iterator[str]:
    yield from _fields(element, {"type", "action_id", "multiline", "max_length", "min_length", "focus_on_load"}, at)
    if not 1 <= element.get("max_length", limits.INPUT_TEXT) <= limits.INPUT_TEXT:
        yield f"{at}/max_length: 1 to {limits.INPUT_TEXT}"


def _boxes(element: Mapping[str, Any], at: str) -> Iterator[str]:
    yield from _fields(element, {"type", "action_id", "options", "initial_options"}, at)
    yield from _options(element.get("options"), limits.CHECKBOXES, f"{at}/options")
    if any(chosen not in element.get("options", ()) for chosen in element.get("initial_options", ())):
        yield f"{at}/initial_options: each is one of the options"


def _menu(element: Mapping[str, Any], at: str) -> Iterator[str]:
    known = {"type", "action_id", "options", "placeholder"}
    single = {"initial_option"} if element.get("type") == "static_select" else set()
    yield from _fields(element, known | single, at)
    yield from _options(element.get("options"), limits.SELECT_OPTIONS, f"{at}/options")
    if single & element.keys() and element["initial_option"] not in element.get("options", ()):
        yield f"{at}/initial_option: one of the options"
    yield from _text(element.get("placeholder"), limits.PLACEHOLDER, f"{at}/placeholder", plain=True)


_INPUTS: Mapping[str, Callable[[Mapping[str, Any], str], Iterator[str]]] = {
    "plain_text_input": _written,
    "checkboxes": _boxes,
    "multi_static_select": _menu,
    "static_select": _menu,
}


def _options(options: Any, most: int, at: str) -> Iterator[str]:
    if not isinstance(options, list) or not 1 <= len(options) <= most:
        yield f"{at}: 1 to {most} options"
        return
    values = [option.get("value") if isinstance(option, dict) else None for option in options]
    if len(set(values)) != len(values):
        yield f"{at}: each option has a value of its own"
    for number, option in enumerate(options):
        value = values[number]
        if not isinstance(value, str) or not 0 < len(value) <= limits.OPTION_VALUE:
            yield f"{at}/{number}/value: 1 to {limits.OPTION_VALUE} characters"
            continue
        yield from _fields(option, {"text", "value"}, f"{at}/{number}")
        yield from _text(option.get("text"), limits.OPTION_TEXT, f"{at}/{number}/text")


def _text(text: Any, limit: int, at: str, plain: bool = False) -> Iterator[str]:
    kinds = TEXTS[:1] if plain else TEXTS
    if not isinstance(text, dict) or text.get("type") not in kinds or not isinstance(text.get("text"), str):
        yield f"{at}: a text object ({' or '.join(kinds)})"
        return
    yield from _fields(text, {"type", "text", "emoji", "verbatim"}, at)
    if not 0 < len(text["text"]) <= limit:
        yield f"{at}: 1 to {limit} characters"


def _fields(thing: Mapping[str, Any], allowed: set[str], at: str) -> Iterator[str]:
    for name in sorted(thing.keys() - allowed):
        yield f"{at}/{name}: unknown field"


# What slack_sdk's own models say


def _by_the_models(blocks: Any) -> Iterator[str]:
    for number, block in enumerate(blocks if isinstance(blocks, list) else ()):
        try:
            parsed = Block.parse(block) if isinstance(block, dict) else None
            if parsed is not None:
                parsed.validate_json()
        except (SlackObjectFormationError, TypeError, ValueError, KeyError, AttributeError) as error:
            yield f"/blocks/{number}: slack_sdk refuses it: {error}"


def _view_by_the_models(view: Mapping[str, Any]) -> Iterator[str]:
    try:
        View(**view).validate_json()
    except (SlackObjectFormationError, TypeError, ValueError, KeyError, AttributeError) as error:
        yield f"/view: slack_sdk refuses it: {error}"
