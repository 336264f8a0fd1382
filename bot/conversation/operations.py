"""What an action can ask of the handler, as JSON: the engine's effects, and a few operations of the bot's own.

An operation is a dict with the name of its class under "op". Actions may run in a process of their own, so nothing
but JSON passes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any

from survey_flows import effects
from survey_flows.prompt import Choice, Prompt


@dataclass(frozen=True, slots=True)
class StartResponse:
    """A response begins. `expires_minutes` from now; `invitation` is the invitation's id, if it was one."""

    survey_key: str
    fingerprint: str
    touchpoint: str
    language: str
    anonymous: bool
    expires_minutes: int
    invitation: int | None = None


@dataclass(frozen=True, slots=True)
class OpenCase:
    """A recovery case opens. Somebody answers by `due_at`, it is put right by `resolve_by`, and `clocks` strike
    (ISO 8601)."""

    reason: str
    team: str
    priority: str
    due_at: str
    resolve_by: str = ""
    clocks: Mapping[str, str] = field(default_factory=dict)
    touchpoint: str = ""
    metric: str = ""
    score: float | None = None
    band: str = ""


@dataclass(frozen=True, slots=True)
class ToHuman:
    """From now on a person owns the conversation."""


@dataclass(frozen=True, slots=True)
class OptedIn:
    """The customer wants surveys again."""


@dataclass(frozen=True, slots=True)
class ForgetContact:
    """The customer asked for their data to be deleted."""


@dataclass(frozen=True, slots=True)
class Session:
    """The response's session after this operation, and when the open question times out (minutes from now, None:
    never)."""

    session: str
    status: str
    timeout_minutes: int | None = None


@dataclass(frozen=True, slots=True)
class SkipInvitation:
    """An invitation could not be carried out, with the reason."""

    invitation: int
    reason: str


@dataclass(frozen=True, slots=True)
class MoveResponse:
    """The open response goes on by `channel` ("text me instead")."""

    channel: str


@dataclass(frozen=True, slots=True)
class KeepGuesses:
    """What was offered by "did you mean", until the customer's next message: FAQ keys, and what each is called.
    `beside`: it was said in passing, and a question of the survey follows."""

    keys: tuple[str, ...]
    titles: tuple[str, ...]
    beside: bool = False


_OPERATIONS: tuple[type, ...] = (
    effects.Say,
    effects.Ask,
    effects.Recorded,
    effects.Withdrawn,
    effects.LanguageChanged,
    effects.OptedOut,
    effects.Paused,
    effects.Ended,
    effects.QuotaCounted,
    StartResponse,
    OpenCase,
    ToHuman,
    OptedIn,
    ForgetContact,
    Session,
    SkipInvitation,
    MoveResponse,
    KeepGuesses,
)
_BY_NAME = {operation.__name__: operation for operation in _OPERATIONS}

Operation = Any
"""One of the classes above."""


def encode(operation: Operation) -> dict[str, Any]:
    return {"op": type(operation).__name__, **_fields(operation)}


def _fields(value: Any) -> dict[str, Any]:
    return {name: _plain(getattr(value, name)) for name in _names(type(value))}


_NAMES: dict[type, tuple[str, ...]] = {}
"""Of the fields of each class that came by: asking a class for them takes longer than reading them."""


def _names(kind: type) -> tuple[str, ...]:
    if kind not in _NAMES:
        _NAMES[kind] = tuple(f.name for f in fields(kind))
    return _NAMES[kind]


def _plain(value: Any) -> Any:
    kind = type(value)
    if kind in _LEAVES:
        return value
    if isinstance(value, tuple):
        return [_plain(v) for v in value]
    return _fields(value) if is_dataclass(kind) else value


_LEAVES = frozenset((type(None), str, int, bool, float))
"""What most fields hold, and JSON as it is."""


def decode(data: Mapping[str, Any]) -> Operation:
    """Raises KeyError for an operation that does not exist."""
    arguments = dict(data)
    cls = _BY_NAME[arguments.pop("op")]
    if cls is effects.Ask:
        return effects.Ask(prompt_from(arguments["prompt"]))
    if cls is KeepGuesses:
        return KeepGuesses(tuple(arguments["keys"]), tuple(arguments["titles"]), bool(arguments.get("beside")))
    return cls(**arguments)


def prompt_from(data: Mapping[str, Any]) -> Prompt:
    """What is not known is left out: a newer version, which may run beside this one, has written it."""
    arguments = _known(Prompt, data)
    arguments["choices"] = tuple(Choice(**_known(Choice, c)) for c in arguments.get("choices") or ())
    arguments["meant"] = tuple(arguments.get("meant") or ())
    return Prompt(**arguments)


def _known(kind: type, data: Mapping[str, Any]) -> dict[str, Any]:
    return {name: data[name] for name in _names(kind) if name in data}


def prompt_as_dict(prompt: Prompt) -> dict[str, Any]:
    """As JSON. What is hardly ever there is left out."""
    shown = _fields(prompt)
    if not prompt.meant:
        del shown["meant"]
    return shown
