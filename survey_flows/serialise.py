"""A session as text, and back. What is empty is left out, so that a session costs little to store and to read."""

from __future__ import annotations

import json
from typing import Any

from survey_flows.session import Given, Session

VERSION = 1
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False).encode
_decode = json.JSONDecoder().raw_decode
_EMPTY: dict[str, Any] = {
    "survey": "",
    "fingerprint": "",
    "language": "",
    "channel": "",
    "seed": 0,
    "started": "",
    "status": "active",
    "current": None,
    "answers": {},
    "reasks": 0,
    "reopened": None,
    "shown": (),
    "fired": (),
    "attributes": {},
    "earlier": {},
    "quotas": {},
    "probing": None,
}
"""What a field that was left out holds. Mappings are never changed in place, so they may be shared."""


def dumps(session: Session) -> str:
    """The session as one line of JSON. Raises TypeError when a value is not JSON-serialisable."""
    data = {name: value for name, value in session.__dict__.items() if value}
    if data["status"] == "active":
        del data["status"]
    if session.answers:
        data["answers"] = {
            node: (given.value, given.raw, 1) if given.skipped else (given.value, given.raw)
            for node, given in session.answers.items()
        }
    data["v"] = VERSION
    return _encode(data)


def loads(text: str) -> Session:
    """The session of `dumps`. Raises ValueError when the text is none, or of another version."""
    data, end = _decode(text)
    if end != len(text):
        raise ValueError("There is something behind the saved session; was it cut or joined?")
    if not isinstance(data, dict) or data.pop("v", None) != VERSION or not data.keys() <= _EMPTY.keys():
        raise ValueError(f"This is no saved session of version {VERSION}; was it written by a newer program?")
    answers = data.get("answers")
    if answers:
        data["answers"] = {node: Given(kept[0], kept[1], len(kept) > 2) for node, kept in answers.items()}
    if "shown" in data:
        data["shown"] = tuple(data["shown"])
    if "fired" in data:
        data["fired"] = tuple(data["fired"])
    return Session.made_of({**_EMPTY, **data})
