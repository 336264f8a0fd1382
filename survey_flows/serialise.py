"""A session as text, and back. What is empty is left out, so that a session costs little to store and to read."""

from __future__ import annotations

import json
from typing import Any

from survey_flows.session import Given, Session

VERSION = 1
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_decode = json.JSONDecoder().decode
_DEFAULTS: dict[str, Any] = {
    "status": "active", "current": None, "reasks": 0, "reopened": None, "shown": (), "fired": (), "attributes": {}, "earlier": {},
    "quotas": {}, "probing": None,
}  # fmt: skip


def dumps(session: Session) -> str:
    """The session as one line of JSON. Raises TypeError when a value is not JSON-serialisable."""
    data: dict[str, Any] = {
        "v": VERSION,
        "survey": session.survey,
        "fingerprint": session.fingerprint,
        "language": session.language,
        "channel": session.channel,
        "seed": session.seed,
        "started": session.started,
        "answers": {k: (g.value, g.raw, 1) if g.skipped else (g.value, g.raw) for k, g in session.answers.items()},
    }
    for name, default in _DEFAULTS.items():
        value = getattr(session, name)
        if value != default:
            data[name] = value
    return _encode(data)


def loads(text: str) -> Session:
    """The session of `dumps`. Raises ValueError when the text is none, or of a newer version."""
    data = _decode(text)
    if not isinstance(data, dict) or data.get("v") != VERSION:
        found = data.get("v") if isinstance(data, dict) else None
        raise ValueError(f"This is no saved session of version {VERSION} (found {found!r}); was it written by a newer program?")
    get = data.get
    return Session(
        data["survey"],
        data["fingerprint"],
        data["language"],
        data["channel"],
        data["seed"],
        data["started"],
        get("status", "active"),
        get("current"),
        {node: Given(kept[0], kept[1], len(kept) > 2) for node, kept in data["answers"].items()},
        get("reasks", 0),
        get("reopened"),
        tuple(get("shown", ())),
        tuple(get("fired", ())),
        get("attributes") or {},
        get("earlier") or {},
        get("quotas") or {},
        get("probing"),
    )
