"""Which TwiML Twilio takes: verbs, their attributes, and the values these may have. For the local telephone.

Attributes and enumerations (all voices, all languages) are those of Twilio's published types (`twiml_types.json`); the
forms of texts are from https://www.twilio.com/docs/voice/twiml (November 2026). Twilio itself ignores an unknown
attribute silently, so a misspelt one would only be noticed by callers.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any
from xml.etree import ElementTree

from channels.twilio_voice.limits import HINT_LIMIT, HINTS_LIMIT, SAY_LIMIT, TWIML_LIMIT

TYPES = Path(__file__).with_name("twiml_types.json")

_URL = re.compile(r"https?://\S+")
_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")
_ANY = re.compile(r"[\s\S]+")

_PLAIN: Mapping[str, re.Pattern[str]] = MappingProxyType(
    {"boolean": re.compile("true|false"), "number": re.compile("[0-9]{1,5}"), "string": _ANY}
)
_TEXTS: Mapping[str, re.Pattern[str]] = MappingProxyType(
    {
        "action": _URL,
        "callerId": _NUMBER,
        "finishOnKey": re.compile("[0-9*#]{0,12}"),
        "method": re.compile("GET|POST"),
        "numDigits": re.compile("[1-9][0-9]?"),
        "recordingStatusCallback": _URL,
        "speechTimeout": re.compile("auto|[0-9]{1,3}"),
        "statusCallback": _URL,
        "transcribeCallback": _URL,
        "url": _URL,
    }
)
"""Attributes whose values have a narrower form than the types say."""
NESTED: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "Response": ("Say", "Pause", "Hangup", "Redirect", "Gather", "Record", "Dial"),
        "Gather": ("Say", "Pause"),
        "Dial": ("Number",),
    }
)


@cache
def verbs() -> Mapping[str, Mapping[str, Any]]:
    """Verb → attribute → its kind: "string", "boolean", "number", or {"one of": […]} or {"some of": […]}."""
    loaded: Mapping[str, Mapping[str, Any]] = json.loads(TYPES.read_text(encoding="utf-8"))["verbs"]
    return loaded


class BadTwiml(Exception):
    """Twilio would not take the document, or would not do what it says."""


def read(text: str) -> ElementTree.Element:
    """The document, checked. Raises BadTwiml."""
    if len(text.encode()) > TWIML_LIMIT:
        raise BadTwiml(f"The document is longer than {TWIML_LIMIT} bytes (error 12100).")
    try:
        root = ElementTree.fromstring(text)  # noqa: S314  (our own server's answer)
    except ElementTree.ParseError as error:
        raise BadTwiml(f"No XML: {error} (error 12100).") from error
    if root.tag != "Response":
        raise BadTwiml(f"It begins with <{root.tag}>, not <Response>.")
    _check(root)
    return root


def _check(element: ElementTree.Element) -> None:
    for name, value in element.attrib.items():
        if not _fits(name, value, verbs().get(element.tag, {}).get(name)):
            raise BadTwiml(f'<{element.tag} {name}="{value}"> is not what Twilio takes.')
    words = (element.text or "").strip()
    if element.tag == "Say" and not 0 < len(words) <= SAY_LIMIT:
        raise BadTwiml(f"<Say> holds {len(words)} characters; 1 to {SAY_LIMIT} are possible.")
    if element.tag == "Redirect" and not _URL.fullmatch(words):
        raise BadTwiml("<Redirect> holds no address.")
    if element.tag == "Number" and not _NUMBER.fullmatch(words):
        raise BadTwiml("<Number> holds no number.")
    hints = element.get("hints", "").split(", ")
    if len(hints) > HINTS_LIMIT or any(len(hint) > HINT_LIMIT for hint in hints):
        raise BadTwiml("Too many or too long hints.")
    for child in element:
        if child.tag not in NESTED.get(element.tag, ()):
            raise BadTwiml(f"<{child.tag}> can't stand in <{element.tag}>.")
        _check(child)


def _fits(name: str, value: str, kind: Any) -> bool:
    """Whether an attribute of this kind (None: there is none of this name) may have this value."""
    if isinstance(kind, Mapping):
        return value in kind["one of"] if "one of" in kind else set(value.split(" ")) <= set(kind["some of"])
    return kind is not None and (_TEXTS.get(name) or _PLAIN[kind]).fullmatch(value) is not None
