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
INTERACTIONS = ("block_actions", "view_closed")


def delivery(data: Any) -> Delivery:
    if isinstance(data, dict) and data.get("type") in INTERACTIONS:
        return Delivery(FORM, urlencode({"payload": json.dumps(data)}).encode())
    return Delivery(JSON, json.dumps(data).encode())


@pytest.mark.parametrize("file", PAYLOADS, ids=lambda file: file.stem)
def test_payloads_are_understood_or_ignored(file: Path) -> None:
    case = json.loads(file.read_text(encoding="utf-8"))
    messages = parse(delivery(case["body"]))

    if case["expected"] is None:
        assert messages == []
        assert read(delivery(case["body"])).ignored
    else:
        (message,) = messages
        assert {key: getattr(message, key) for key in case["expected"]} == case["expected"]


def test_the_challenge_is_read() -> None:
    found = read(delivery({"token": "x", "challenge": "3eZbrw1a", "type": "url_verification"}))

    assert (found.challenge, found.message) == ("3eZbrw1a", None)


def test_a_slash_command_is_ignored() -> None:
    assert read(Delivery(FORM, b"command=%2Fsurvey&text=&user_id=U1")).ignored == "slash_command"


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
        ({"type": "block_actions", "user": {"id": "U1"}, "actions": [{"action_id": "send"}]}, "JSON"),
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
