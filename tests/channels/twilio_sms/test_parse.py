"""What Twilio sends for an SMS, by examples from its documentation (`channels/twilio_sms/payloads`)."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import urlencode

import pytest

from channels.receive import Delivery, Malformed
from channels.twilio_sms import parse as module
from channels.twilio_sms.parse import parse

PAYLOADS = sorted((Path(module.__file__).parent / "payloads").glob("*.json"))
SID = "SM" + "1" * 32


def form(**fields: str) -> Delivery:
    headers = {"content-type": "application/x-www-form-urlencoded; charset=UTF-8"}
    return Delivery(headers, urlencode(fields).encode())


@pytest.mark.parametrize("file", PAYLOADS, ids=lambda file: file.stem)
def test_payloads_are_understood(file: Path) -> None:
    case = json.loads(file.read_text())

    (message,) = parse(form(**case["fields"]))

    assert (message.provider, message.channel) == ("twilio_sms", "sms")
    shown = {name: getattr(message, name) for name in ("message_id", "address", "text", "extra")}
    assert shown == case["expected"]


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"Body": "9"}, "MessageSid"),
        ({"MessageSid": "1", "From": "+15551234567", "Body": "9"}, "MessageSid"),
        ({"MessageSid": SID, "Body": "9"}, "From"),
        ({"MessageSid": SID, "From": "", "Body": "9"}, "From"),
        ({"MessageSid": SID, "From": "+1555\n1234567", "Body": "9"}, "From"),
        ({"MessageSid": SID, "From": "whatsapp:+15551234567", "Body": "9"}, "twilio_whatsapp/webhook"),
    ],
)
def test_what_is_no_sms_is_malformed_with_a_reason(fields: dict[str, str], why: str) -> None:
    with pytest.raises(Malformed, match=why):
        parse(form(**fields))


@pytest.mark.parametrize("number", ["", "x", "-1", "٢", "99999999999999"])
def test_a_strange_count_of_files_is_none(number: str) -> None:
    (message,) = parse(form(MessageSid=SID, From="+15551234567", Body="9", NumMedia=number))

    assert "media" not in message.extra


def test_a_report_at_the_wrong_address_carries_no_message() -> None:
    assert parse(form(MessageSid=SID, MessageStatus="delivered", From="+15551234567")) == []
