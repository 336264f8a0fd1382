"""Traces by OpenTelemetry: off unless OTEL_EXPORTER_OTLP_ENDPOINT (or …_TRACES_ENDPOINT) says where they go.

Nothing of the SDK is imported before it is switched on. One message's way is one trace: webhook → accept → turn
(understand, converse, commit) → send. Between tasks the way is remembered by our own ids, in this process; where
another process goes on, a new trace begins with the same `conversation.id`. Attributes hold ids of ours, channels,
kinds and outcomes: no address, no text; of an error its class.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Protocol

from bot.errors import ConductorError

REMEMBERED = 10_000
"""Places where a trace may go on. A turn follows its message in milliseconds: the oldest are forgotten."""

Place = tuple[str, int]
"""("message", inbox row) or ("conversation", id); what is never remembered, such as ("request", 0), begins anew."""


class Span(Protocol):
    def __enter__(self) -> Span: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...
    def tell(self, **attributes: str | int) -> None: ...
    def becomes(self, before: Place, **attributes: str | int) -> None:
        """What comes after it at `before` belongs to the same trace."""


class _Nothing:
    """While traces are off."""

    __slots__ = ()

    def __enter__(self) -> _Nothing:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    def tell(self, **attributes: str | int) -> None:
        return None

    def becomes(self, before: Place, **attributes: str | int) -> None:
        return None


NOTHING = _Nothing()
_tracer: Any = None
_provider: Any = None
_places: OrderedDict[Place, Any] = OrderedDict()


def is_on(environment: Mapping[str, str]) -> bool:
    """Raises ConductorError for a protocol that is not installed."""
    where = environment.get("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") or environment.get("OTEL_EXPORTER_OTLP_ENDPOINT")
    off = environment.get("OTEL_SDK_DISABLED", "").lower() == "true"
    if not where or off or environment.get("OTEL_TRACES_EXPORTER", "otlp") == "none":
        return False
    for name in ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"):
        if environment.get(name, "http/protobuf") != "http/protobuf":
            raise ConductorError(f"{name} is {environment[name]!r}.", "Only http/protobuf (port 4318) is there.")
    return True


def switch_on(environment: Mapping[str, str], service: str) -> None:
    """Send traces where OTEL_* says, if it says so. `service` is what OTEL_SERVICE_NAME may override."""
    global _tracer, _provider
    if _tracer is not None or not is_on(environment):
        return
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    name = environment.get("OTEL_SERVICE_NAME") or service
    _provider = TracerProvider(resource=Resource.create({"service.name": name}), shutdown_on_exit=False)
    _provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    _tracer = _provider.get_tracer("survey_conductor")


def on() -> bool:
    return _tracer is not None


def switch_off() -> None:
    """Send what is left, at most half a minute, then stop."""
    global _tracer, _provider
    if _provider is not None:
        _provider.shutdown()
    _tracer = _provider = None
    _places.clear()


def span(
    name: str,
    *,
    conversation: int | None = None,
    after: Place | None = None,
    before: Place | None = None,
    **attributes: str | int,
) -> Span:
    """``with span(…):`` around a piece of work. `after`: it goes on with what was remembered there, else a new trace
    begins; without it, it is a part of the span around it. `before`: where others go on after it."""
    if _tracer is None:
        return NOTHING
    if conversation is not None:
        attributes["conversation.id"] = conversation
    return _Live(name, after, before, attributes)


class _Live:
    """A span that never keeps an error's words: they may quote a customer."""

    def __init__(self, name: str, after: Place | None, before: Place | None, attributes: Mapping[str, Any]) -> None:
        from opentelemetry import context, trace

        around = None
        if after is not None:
            parent = _places.get(after)
            around = trace.set_span_in_context(trace.NonRecordingSpan(parent), context.Context()) if parent else None
            around = around or context.Context()
        self._span = _tracer.start_span(name, around, attributes=attributes, record_exception=False)
        self._before = before
        self._token: Any = None

    def __enter__(self) -> _Live:
        from opentelemetry import context, trace

        if self._before is not None:
            self.becomes(self._before)
        self._token = context.attach(trace.set_span_in_context(self._span))
        return self

    def tell(self, **attributes: str | int) -> None:
        self._span.set_attributes(attributes)

    def becomes(self, before: Place, **attributes: str | int) -> None:
        self.tell(**attributes)
        _places[before] = self._span.get_span_context()
        _places.move_to_end(before)
        if len(_places) > REMEMBERED:
            _places.popitem(last=False)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        from opentelemetry import context
        from opentelemetry.trace import Status, StatusCode

        if kind is not None:
            self._span.set_status(Status(StatusCode.ERROR, kind.__name__))
        if self._token is not None:
            context.detach(self._token)
        self._span.end()
