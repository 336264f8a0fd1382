"""Which TwiML Twilio takes: verbs, their attributes, and the values these may have. For the local telephone.

Written from https://www.twilio.com/docs/voice/twiml (November 2026); Twilio itself ignores an unknown attribute
silently, so a misspelt one would only be noticed by callers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from xml.etree import ElementTree

from channels.twilio_voice.limits import HINT_LIMIT, HINTS_LIMIT, SAY_LIMIT, TWIML_LIMIT

_URL = re.compile(r"https?://\S+")
_COUNT = re.compile(r"[0-9]{1,5}")
_BOOLEAN = re.compile("true|false")
_METHOD = re.compile("GET|POST")
_LOCALE = re.compile("[a-z]{2}-[A-Z]{2}")
_KEYS = re.compile(r"[0-9*#]{0,12}")
_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")
_ANY = re.compile(r"[\s\S]+")

VERBS: Mapping[str, Mapping[str, re.Pattern[str]]] = MappingProxyType(
    {
        "Response": {},
        "Say": {"voice": re.compile(r"(Polly|Google)\.[\w-]+|alice|man|woman"), "language": _LOCALE, "loop": _COUNT},
        "Pause": {"length": _COUNT},
        "Hangup": {},
        "Redirect": {"method": _METHOD},
        "Gather": {
            "input": re.compile("dtmf|speech|dtmf speech"),
            "action": _URL,
            "method": _METHOD,
            "timeout": _COUNT,
            "speechTimeout": re.compile("auto|[0-9]{1,3}"),
            "finishOnKey": _KEYS,
            "numDigits": re.compile("[1-9][0-9]?"),
            "language": _LOCALE,
            "hints": _ANY,
            "bargeIn": _BOOLEAN,
            "profanityFilter": _BOOLEAN,
            "actionOnEmptyResult": _BOOLEAN,
            "enhanced": _BOOLEAN,
            "speechModel": re.compile("[a-z0-9_-]+"),
        },
        "Record": {
            "action": _URL,
            "method": _METHOD,
            "maxLength": _COUNT,
            "timeout": _COUNT,
            "finishOnKey": _KEYS,
            "playBeep": _BOOLEAN,
            "trim": re.compile("trim-silence|do-not-trim"),
            "transcribe": _BOOLEAN,
            "transcribeCallback": _URL,
            "recordingStatusCallback": _URL,
        },
        "Dial": {
            "action": _URL,
            "method": _METHOD,
            "callerId": _NUMBER,
            "timeout": _COUNT,
            "timeLimit": _COUNT,
            "answerOnBridge": _BOOLEAN,
            "record": _ANY,
        },
        "Number": {"url": _URL, "method": _METHOD, "sendDigits": _ANY, "statusCallback": _URL},
    }
)
NESTED: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "Response": ("Say", "Pause", "Hangup", "Redirect", "Gather", "Record", "Dial"),
        "Gather": ("Say", "Pause"),
        "Dial": ("Number",),
    }
)


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
        form = VERBS[element.tag].get(name)
        if form is None or not form.fullmatch(value):
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
