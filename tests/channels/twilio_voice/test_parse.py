"""What Twilio sends in a call, by examples of the shapes in its documentation (`channels/twilio_voice/payloads`)."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from channels.receive import Delivery
from channels.twilio_voice import parse as module
from channels.twilio_voice.parse import Event, Place, parse, parse_transcript

PAYLOADS = sorted((Path(module.__file__).parent / "payloads").glob("*.json"))
PUBLIC = "https://surveys.example/webhooks/twilio_voice"


def delivery(payload: dict[str, Any]) -> Delivery:
    headers = {"content-type": "application/x-www-form-urlencoded; charset=UTF-8"}
    return Delivery(headers, urlencode(payload["fields"]).encode(), f"{PUBLIC}/{payload['address']}")


def named(kind: str) -> list[Path]:
    return [file for file in PAYLOADS if json.loads(file.read_text())["address"].startswith(kind)]


@pytest.mark.parametrize("file", [*named("webhook"), *named("status")], ids=lambda file: file.stem)
def test_what_happened_in_a_call(file: Path) -> None:
    payload = json.loads(file.read_text())
    expected = {**payload["expected"], "place": Place(**payload["expected"].get("place", {}))}
    assert parse(delivery(payload)) == Event(**expected)


@pytest.mark.parametrize("file", named("transcript"), ids=lambda file: file.stem)
def test_transcripts(file: Path) -> None:
    payload = json.loads(file.read_text())
    found = parse_transcript(delivery(payload))
    assert (found and {f.name: getattr(found, f.name) for f in fields(found)}) == payload["expected"]


def test_every_payload_is_tried() -> None:
    assert len(PAYLOADS) == len(named("webhook")) + len(named("status")) + len(named("transcript")) > 25
