"""Traces of a real server, at a receiver of OTLP: one message is one trace, from its webhook to the sent reply."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from bot.errors import ConductorError
from bot.telemetry import tracing
from tests.backends import Backend
from tests.faults.test_server_killed import until
from tests.server import running

WORDS, PHONE = "where are my marzipan hippopotamuses?", "+4915112345678"


class Receiver(HTTPServer):
    """Takes OTLP over HTTP and keeps the spans."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Taking)
        self.spans: list[Any] = []
        self.raw = b""
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def named(self, name: str) -> list[Any]:
        return [span for span in list(self.spans) if span.name == name]


class _Taking(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.raw += body
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            self.server.spans += [span for scope in resource.scope_spans for span in scope.spans]
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Quiet."""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.shutdown()
    receiver.server_close()


def attributes(span: Any) -> dict[str, Any]:
    return {a.key: a.value.string_value or a.value.int_value for a in span.attributes}


@pytest.mark.slow
@pytest.mark.xdist_group("operations")
def test_one_message_is_one_trace(receiver: Receiver, backend: Backend) -> None:
    where = {"OTEL_EXPORTER_OTLP_ENDPOINT": receiver.url, "OTEL_BSP_SCHEDULE_DELAY": "100"}
    with running(backend, **where) as server:
        server.post("/webhooks/web/webhook", {"message_id": "m1", "channel": "sms", "sender": PHONE, "text": WORDS})
        assert until(lambda: receiver.named("send"))
        assert server.stop() == 0
    [turn] = receiver.named("turn")
    way = ("webhook", "accept", "turn", "understand", "nlu", "converse", "commit", "send")
    trace = {span.name: span for span in receiver.spans if span.trace_id == turn.trace_id}
    assert set(trace) == set(way)
    above = {name: trace[name].parent_span_id for name in way}
    assert above["webhook"] == b""
    assert above["accept"] == trace["webhook"].span_id
    assert above["turn"] == trace["accept"].span_id
    assert above["understand"] == above["converse"] == above["commit"] == above["send"] == turn.span_id
    assert above["nlu"] == trace["understand"].span_id
    for name in ("accept", "turn", "send"):
        assert attributes(trace[name])["conversation.id"] == 1
    assert attributes(trace["webhook"])["status"] == 200
    assert b"marzipan" not in receiver.raw
    assert PHONE[1:].encode() not in receiver.raw


@pytest.fixture
def switched_on(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.url)
    tracing.switch_on({"OTEL_EXPORTER_OTLP_ENDPOINT": receiver.url}, "test")
    yield receiver
    tracing.switch_off()


def test_an_errors_words_stay_here(switched_on: Receiver) -> None:
    with pytest.raises(ValueError, match="marzipan"), tracing.span("turn", conversation=1):
        raise ValueError(WORDS)
    tracing.switch_off()
    [turn] = switched_on.named("turn")
    assert turn.status.message == "ValueError"
    assert b"marzipan" not in switched_on.raw


def test_they_are_off_without_being_asked_for() -> None:
    assert not tracing.is_on({})
    assert not tracing.is_on({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://x", "OTEL_SDK_DISABLED": "true"})
    assert not tracing.is_on({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://x", "OTEL_TRACES_EXPORTER": "none"})
    assert tracing.span("turn", conversation=1) is tracing.NOTHING


def test_a_protocol_that_is_not_there_is_said_so() -> None:
    with pytest.raises(ConductorError, match="OTEL_EXPORTER_OTLP_PROTOCOL"):
        tracing.is_on({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://x", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"})
