"""What Telegram would refuse, for the stand-in server: by rules of our own, and by the Bot API as data where there is
a copy of it. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from channels.looks import LOOKS
from channels.splitting import utf16_units
from channels.telegram.limits import CALLBACK_DATA_BYTES, COMMAND_DESCRIPTION

METHODS: Mapping[str, tuple[frozenset[str], frozenset[str]]] = {
    "sendMessage": (frozenset({"chat_id", "text"}), frozenset({"reply_markup", "link_preview_options"})),
    "answerCallbackQuery": (frozenset({"callback_query_id"}), frozenset({"text"})),
    "editMessageReplyMarkup": (frozenset({"chat_id", "message_id"}), frozenset({"reply_markup"})),
    "setWebhook": (frozenset({"url"}), frozenset({"allowed_updates", "secret_token"})),
    "setMyCommands": (frozenset({"commands"}), frozenset({"language_code"})),
    "getMe": (frozenset(), frozenset()),
}
"""Method → its parameters that we must send, and those that we may."""

_NESTED = frozenset({"reply_markup", "link_preview_options", "allowed_updates", "commands"})
"""Parameters that are JSON inside the form."""

_PLAIN: Mapping[str, type | tuple[type, ...]] = {
    "String": str,
    "Integer": int,
    "Boolean": bool,
    "Float": (int, float),
}

_COMMAND = re.compile("[a-z0-9_]{1,32}")
"""https://core.telegram.org/bots/api#botcommand"""


class Unacceptable(Exception):
    """Telegram would answer 400. The text is the description."""


def decode(method: str, form: Mapping[str, str]) -> dict[str, Any]:
    """The parameters of a call, nested ones as objects. Raises Unacceptable."""
    needed, allowed = METHODS[method]
    given = set(form)
    if missing := sorted(needed - given):
        raise Unacceptable(f"Bad Request: {', '.join(missing)} is missing")
    if unknown := sorted(given - needed - allowed):
        raise Unacceptable(f"Bad Request: {', '.join(unknown)} is not a parameter that we send")
    try:
        return {name: json.loads(value) if name in _NESTED else value for name, value in form.items()}
    except ValueError as error:
        raise Unacceptable("Bad Request: object expected as reply markup") from error


def check(method: str, parameters: Mapping[str, Any], contract: Mapping[str, Any] | None = None) -> None:
    """Raises Unacceptable where `parameters` break a limit of Telegram's or, where given, its `contract` (the Bot API
    as data: methods and types with their fields)."""
    if method == "sendMessage" and not 1 <= utf16_units(parameters["text"].strip()) <= LOOKS["telegram"].text_limit:
        raise Unacceptable("Bad Request: message text is empty or too long")
    if "reply_markup" in parameters:
        _check_keyboard(parameters["reply_markup"])
    if method == "setMyCommands":
        _check_commands(parameters["commands"])
    if contract is not None and (wrong := violations(method, parameters, contract)):
        raise Unacceptable(f"Bad Request: {'; '.join(wrong)}")


def violations(method: str, parameters: Mapping[str, Any], contract: Mapping[str, Any]) -> list[str]:
    """Where a call differs from the `contract`: unknown or missing fields, wrong types, at any depth."""
    fields = contract["methods"][method].get("fields", [])
    return _fields_wrong(method, fields, parameters, contract["types"], in_form=True)


def _check_keyboard(markup: Any) -> None:
    rows = markup.get("inline_keyboard") if isinstance(markup, dict) else None
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise Unacceptable("Bad Request: inline keyboard expected")
    buttons = [button for row in rows for button in row]
    if len(buttons) > LOOKS["telegram"].buttons:
        raise Unacceptable("Bad Request: reply markup is too long")
    for button in buttons:
        if not str(button.get("text", "")).strip():
            raise Unacceptable("Bad Request: button text is empty")
        if not 1 <= len(str(button.get("callback_data", "")).encode()) <= CALLBACK_DATA_BYTES:
            raise Unacceptable("Bad Request: BUTTON_DATA_INVALID")


def _check_commands(commands: Any) -> None:
    if not isinstance(commands, list) or not all(isinstance(command, dict) for command in commands):
        raise Unacceptable("Bad Request: can't parse BotCommand")
    least, most = COMMAND_DESCRIPTION
    for command in commands:
        if not _COMMAND.fullmatch(str(command.get("command", ""))):
            raise Unacceptable("Bad Request: BOT_COMMAND_INVALID")
        if not least <= len(str(command.get("description", ""))) <= most:
            raise Unacceptable("Bad Request: BOT_COMMAND_DESCRIPTION_INVALID")


def _fields_wrong(
    where: str,
    fields: list[dict[str, Any]],
    values: Mapping[str, Any],
    types: Mapping[str, Any],
    *,
    in_form: bool = False,
) -> list[str]:
    known = {field["name"]: field for field in fields}
    wrong = [f"{where}: {name} is unknown" for name in values if name not in known]
    wrong += [f"{where}: {name} is missing" for name, f in known.items() if f["required"] and name not in values]
    for name, value in values.items():
        if name in known:
            kinds = known[name]["types"]
            readings = [_type_wrong(f"{where}.{name}", kind, value, types, in_form) for kind in kinds]
            fewest: list[str] = min(readings, key=len)
            wrong += fewest
    return wrong


def _type_wrong(where: str, kind: str, value: Any, types: Mapping[str, Any], in_form: bool) -> list[str]:
    if kind.startswith("Array of "):
        if not isinstance(value, list):
            return [f"{where} is no list"]
        inner = kind.removeprefix("Array of ")
        return [problem for item in value for problem in _type_wrong(where, inner, item, types, False)]
    if kind in _PLAIN:
        as_text = in_form and isinstance(value, str) and (kind != "Integer" or value.lstrip("-").isdecimal())
        return [] if as_text or isinstance(value, _PLAIN[kind]) else [f"{where} is no {kind}"]
    if not isinstance(value, dict):
        return [f"{where} is no {kind}"]
    return _fields_wrong(where, types[kind].get("fields", []), value, types)
