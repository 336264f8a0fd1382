"""A real server as its operators see it: figures, health, log; and no word of its customers in any of them."""

from __future__ import annotations

import json
import re

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.faults.test_server_killed import until
from tests.operations.wire import get, say
from tests.server import Server

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("operations")]

NAME, PHONE, WORDS = "Zebedee Quillfeather", "+4915112345678", "my parcel of marzipan hippopotamuses never came"
PERSONAL = ("Zebedee", "Quillfeather", "15112345678", "marzipan", "hippopotamus")


def figures(server: Server) -> dict[str, float]:
    """`name{label="value"}` → value."""
    status, text = get(f"{server.url}/metrics")
    assert status == 200
    return {
        f"{s.name}{json.dumps(s.labels) if s.labels else ''}": s.value
        for family in text_string_to_metric_families(text)
        for s in family.samples
    }


TURNS = "conductor_turn_seconds_count" + json.dumps({"channel": "web", "kind": "message"})


@pytest.fixture(scope="module")
def talked(server: Server) -> Server:
    """A customer with a name, a number and something to say has been through a survey; somebody sent nonsense."""
    who = {"channel": "sms", "sender": PHONE, "name": NAME}
    for number, text in enumerate(("I want to give feedback", "2", WORDS, "agent please"), 1):
        told = {**who, "message_id": f"w{number}", "text": text}
        assert server.post("/webhooks/web/webhook", told)["accepted"]
        assert server.post("/webhooks/web/webhook", told)["duplicate"]
        # Handled each by itself: what is written quickly is read together.
        assert until(lambda number=number: figures(server).get(TURNS, 0) == number)
    with pytest.raises(Exception, match="400"):
        server.post("/webhooks/web/webhook", {"nonsense": WORDS})
    return server


def test_the_figures_tell_what_happened(talked: Server) -> None:
    seen = figures(talked)
    by = {"channel": "web", "outcome": "accepted"}
    assert seen[f"conductor_messages_received_total{json.dumps(by)}"] == 4
    assert seen[f"conductor_messages_received_total{json.dumps({**by, 'outcome': 'duplicate'})}"] == 4
    assert seen[f"conductor_webhooks_total{json.dumps({**by, 'outcome': 'malformed'})}"] == 1
    assert seen[f"conductor_sends_total{json.dumps({**by, 'outcome': 'sent'})}"] >= 4
    assert seen[TURNS] == 4
    assert seen["conductor_nlu_seconds_count"] >= 1
    assert seen["conductor_database_up"] == 1
    assert seen["process_resident_memory_bytes"] > 1e7


def test_no_personal_data_in_the_figures(talked: Server) -> None:
    text = get(f"{talked.url}/metrics")[1]
    assert [word for word in PERSONAL if word in text] == []


def test_figures_are_for_this_machine(server: Server) -> None:
    assert get(f"{server.url}/metrics", X_Forwarded_For="127.0.0.1")[0] == 403
    assert get(f"{server.url}/metrics", Host="surveys.example")[0] == 403


def test_ready_with_a_model_and_a_migrated_database(server: Server) -> None:
    status, text = get(f"{server.url}/health/ready")
    looked_at = ["database", "migrations", "model", *(["redis"] if server.grown else [])]
    assert (status, json.loads(text)["checks"]) == (200, dict.fromkeys(looked_at, "ok"))
    assert get(f"{server.url}/health/live") == (200, '{"alive":true}')


def test_no_personal_data_in_the_log_at_any_level(talked: Server) -> None:
    logged = "".join(talked.lines)
    assert [word for word in PERSONAL if word in logged] == []
    assert '"level": "debug"' in logged, "the test looks at a log that says nothing"


def test_each_line_of_the_log_is_json_and_a_turns_line_has_its_conversation(talked: Server) -> None:
    lines = [json.loads(line) for line in talked.lines if line.startswith("{")]
    assert all({"time", "level", "component", "message"} <= set(line) for line in lines)
    assert [line for line in talked.lines[talked.lines.index(_banner(talked)) + 1 :] if not line.startswith("{")] == []
    assert any(line.get("conversation") == 1 for line in lines)


def test_what_sanic_says_is_a_line_of_the_same_log(talked: Server) -> None:
    """Rasa's server cuts Sanic's loggers off: their lines came as they are, with what an error quotes."""
    head = b"GET /health/live HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    assert say(talked.url, head).startswith(b"HTTP/1.1 200")
    assert until(lambda: any("body not consumed" in line for line in talked.lines))
    said = [json.loads(line) for line in talked.lines if "body not consumed" in line]
    assert {line["component"] for line in said} == {"sanic.error"}
    assert {line["level"] for line in said} == {"error"}


def _banner(server: Server) -> str:
    return next(line for line in server.lines if re.match("Playground", line))
