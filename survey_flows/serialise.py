"""A session as text, and back: one JSON list, with what is empty at its end left out.

A list and not an object, because this is done at every turn: names would be written and read seventeen times over, and
say nothing that `_FIELDS` does not say once.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from operator import itemgetter
from typing import Any

from survey_flows.session import Given, Session

VERSION = 1
_DEFAULTS: dict[str, Any] = {
    "survey": "",
    "fingerprint": "",
    "language": "",
    "channel": "",
    "seed": 0,
    "started": "",
    "status": "active",
    "current": None,
    "answers": {},
    "attributes": {},
    "shown": (),
    "fired": (),
    "reasks": 0,
    "reopened": None,
    "probing": None,
    "quotas": {},
    "earlier": {},
}
"""The fields in the order in which they are written, behind the version; what is most often empty comes last. The value
is what a field that was left out holds. Mappings are never changed in place, so they may be shared."""

_FIELDS = tuple(_DEFAULTS)
_LEAST = _FIELDS.index("status") + 1
"""Fields that every session has; a shorter list was cut."""


def _encoder() -> Callable[[Any], str]:
    """`JSONEncoder.encode` makes its C encoder anew at every call, a third of its time for a session; here it is made
    once."""
    python = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False)
    make = getattr(json.encoder, "c_make_encoder", None)
    if make is None:  # an interpreter without the C extension
        return python.encode
    markers = indent = None
    sort_keys, skip_keys, allow_nan = False, False, True
    chunks = make(
        markers, python.default, json.encoder.encode_basestring, indent, ":", ",", sort_keys, skip_keys, allow_nan
    )
    return lambda data: "".join(chunks(data, 0))


_encode = _encoder()
_decode = json.JSONDecoder().raw_decode
_values_of = itemgetter(*_FIELDS)


def dumps(session: Session) -> str:
    """The session as one line of JSON. Raises TypeError when a value is not JSON-serialisable."""
    data = [VERSION, *_values_of(session.__dict__)]
    while not data[-1]:
        data.pop()
    return _encode(data)


def loads(text: str) -> Session:
    """The session of `dumps`. Raises ValueError when the text is none, or of another version."""
    data, end = _decode(text)
    if end != len(text):
        raise ValueError("There is something behind the saved session; was it cut or joined?")
    if not isinstance(data, list) or data[:1] != [VERSION] or not _LEAST < len(data) <= 1 + len(_FIELDS):
        raise ValueError(f"This is no saved session of version {VERSION}; was it written by a newer program?")
    del data[0]
    fields = _DEFAULTS.copy()
    fields.update(zip(_FIELDS, data, strict=False))
    fields["answers"] = {node: Given(*given) for node, given in fields["answers"].items()}
    fields["shown"], fields["fired"] = tuple(fields["shown"]), tuple(fields["fired"])
    return Session.made_of(fields)
