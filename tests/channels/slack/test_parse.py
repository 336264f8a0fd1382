"""What Slack sends → what the customer said, by payloads of the shape in Slack's documentation."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from channels.receive import Delivery, Malformed
from channels.slack.parse import parse, read

PAYLOADS = sorted((Path(__file__).parents[3] / "channels/slack/payloads").glob("*.json"))
JSON = {"content-type": "application/json"}
FORM = {"content-type": "application/x-www-form-urlencoded"}
INTERACTIONS = ("block_actions", "view_closed", "view_submission")


def sent(case: dict[str, Any]) -> Delivery:
    return Delivery(FORM, urlencode(case["fields"]).encode()) if "fields" in case else delivery(case["body"])


def delivery(data: Any) -> Delivery:
    if isinstance(data, dict) and data.get("type") in INTERACTIONS:
        return Delivery(FORM, urlencode({"payload": json.dumps(data)}).encode())
    return Delivery(JSON, json.dumps(data).encode())


@pytest.mark.parametrize("file", PAYLOADS, ids=lambda file: file.stem)
def test_payloads_are_understood_or_ignored(file: Path) -> None:
    case = json.loads(file.read_text(encoding="utf-8"))
    messages, wish = parse(sent(case)), read(sent(case)).wish

    assert {key: getattr(wish, key) for key in case.get("wish", {})} == case.get("wish", {})
    if case["expected"] is None:
        assert messages == []
        assert bool(read(sent(case)).ignored) == ("wish" not in case)
    else:
        (message,) = messages
        assert {key: getattr(message, key) for key in case["expected"]} == case["expected"]


def test_the_challenge_is_read() -> None:
    found = read(delivery({"token": "x", "challenge": "3eZbrw1a", "type": "url_verification"}))

    assert (found.challenge, found.message) == ("3eZbrw1a", None)


EVENT = {"type": "message", "channel_type": "im", "user": "U1", "text": "9"}
CALLBACK = {"type": "event_callback", "event_id": "Ev1", "event": EVENT}


@pytest.mark.parametrize(
    ("data", "named"),
    [
        (3, "JSON object"),
        ({}, "`type`"),
        ({"type": ["x"]}, "`type`"),
        ({"type": "url_verification"}, "`challenge`"),
        ({**CALLBACK, "event": "x"}, "`event`"),
        ({**CALLBACK, "event": {}}, "`type`"),
        ({**CALLBACK, "event_id": ""}, "`event_id`"),
        ({**CALLBACK, "event_id": "E" * 300}, "`event_id`"),
        ({**CALLBACK, "event": {**EVENT, "text": 9}}, "`text`"),
        ({"type": "block_actions", "actions": []}, "`user`"),
        ({"type": "block_actions", "user": {"id": "U1"}}, "`actions`"),
        ({"type": "block_actions", "user": {"id": "U1"}, "actions": ["x"]}, "`actions`"),
        ({"type": "block_actions", "user": {"id": "U1"}, "actions": [{"action_id": "pick:1", "value": "x"}]}, "JSON"),
        ({"type": "block_actions", "user": {"id": "U1"}, "actions": [{"action_id": "pick:1", "value": "{}"}]}, "value"),
        ({"type": "block_actions", "user": {"id": "U1"}, "actions": [{"action_id": "begin:1"}]}, "JSON"),
        ({"type": "block_actions", "user": {"id": "U1"}, "actions": [{"action_id": "form", "value": "{}"}]}, "value"),
        (
            {
                "type": "block_actions",
                "user": {"id": "U1"},
                "actions": [{"action_id": "form", "value": '{"question": "why"}'}],
            },
            "trigger_id",
        ),
        ({"type": "view_submission", "user": "x"}, "`user`"),
        ({"type": "view_submission", "user": {"id": "U1"}, "view": {"callback_id": "answer"}}, "JSON"),
        (
            {
                "type": "view_submission",
                "user": {"id": "U1"},
                "view": {"callback_id": "answer", "private_metadata": '{"question": 3}'},
            },
            "private_metadata",
        ),
    ],
)
def test_a_wrong_payload_is_told_what_is_wrong(data: Any, named: str) -> None:
    with pytest.raises(Malformed, match=named):
        parse(delivery(data))


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        (JSON, b""),
        (JSON, b"[" * 100_000),
        (JSON, b"\xff\xfe"),
        (FORM, b"\xff"),
        (FORM, b"x=1"),
        (FORM, b"payload="),
        (FORM, b"&".join(b"a%d=1" % n for n in range(200))),
        ({"content-type": "text/plain"}, b"{}"),
        ({}, b"{}"),
    ],
)
def test_what_is_not_of_slacks_kind_is_malformed(headers: dict[str, str], body: bytes) -> None:
    with pytest.raises(Malformed):
        parse(Delivery(headers, body))


def test_odd_shapes_inside_an_event_do_no_harm() -> None:
    odd = {"files": "x", "blocks": [3, {"elements": [{"type": "emoji", "name": 3, "unicode": "zz"}]}, None]}
    (message,) = parse(delivery({**CALLBACK, "authorizations": [3], "event": {**EVENT, **odd}}))

    assert message.text == "9"
