"""What Twilio sends for an SMS, by examples from its documentation (`channels/twilio_sms/payloads`)."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest

from channels.receive import Delivery
from channels.twilio_sms.parse import parse

SID = "SM" + "1" * 32


def form(**fields: str) -> Delivery:
    headers = {"content-type": "application/x-www-form-urlencoded; charset=UTF-8"}
    return Delivery(headers, urlencode(fields).encode())


@pytest.mark.parametrize("number", ["", "x", "-1", "٢", "99999999999999"])
def test_a_strange_count_of_files_is_none(number: str) -> None:
    (message,) = parse(form(MessageSid=SID, From="+15551234567", Body="9", NumMedia=number))

    assert "media" not in message.extra
