"""Twilio's delivery reports become ours; what is new to us is counted."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest

from channels.contract import DeliveryStatus
from channels.receive import Delivery, Malformed
from channels.twilio.status import StatusParser

SID = "SM" + "f" * 32
URL = "https://surveys.example.com/webhooks/twilio_sms/status"


def report(url: str = URL, **fields: str) -> Delivery:
    return Delivery({"content-type": "application/x-www-form-urlencoded"}, urlencode(fields).encode(), url)


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("accepted", None),
        ("scheduled", None),
        ("queued", None),
        ("sending", None),
        ("sent", "sent"),
        ("delivered", "delivered"),
        ("read", "read"),
        ("undelivered", "undelivered"),
        ("failed", "failed"),
        ("canceled", "failed"),
        ("Delivered", "delivered"),
    ],
)
def test_each_of_twilios_states(theirs: str, ours: str | None) -> None:
    expected = [DeliveryStatus("twilio_sms", SID, ours)] if ours else []

    assert StatusParser("twilio_sms")(report(MessageSid=SID, MessageStatus=theirs)) == expected


def test_the_error_and_our_key_come_with_it() -> None:
    news = report(f"{URL}?key=out-17", MessageSid=SID, MessageStatus="undelivered", ErrorCode="30005")

    assert StatusParser("twilio_sms")(news) == [DeliveryStatus("twilio_sms", SID, "undelivered", "30005", "out-17")]


def test_a_state_that_twilio_has_invented_since_is_counted() -> None:
    parser = StatusParser("twilio_sms")

    assert parser(report(MessageSid=SID, MessageStatus="teleported")) == []
    assert parser(report(MessageSid=SID, MessageStatus="+49 151 1234567")) == []
    assert parser.unknown == {"teleported": 1, "?": 1}


@pytest.mark.parametrize(
    "fields", [{}, {"MessageSid": SID}, {"MessageStatus": "sent"}, {"MessageSid": "1", "MessageStatus": "sent"}]
)
def test_what_is_no_report_is_malformed(fields: dict[str, str]) -> None:
    with pytest.raises(Malformed, match="MessageSid"):
        StatusParser("twilio_sms")(report(**fields))


@pytest.mark.parametrize(("code", "opted_out"), [("21610", True), ("30005", False), ("", False)])
def test_a_messaging_service_says_only_in_its_report_that_the_customer_opted_out(code: str, opted_out: bool) -> None:
    [news] = StatusParser("twilio_sms")(report(MessageSid=SID, MessageStatus="failed", ErrorCode=code))

    assert news.opted_out is opted_out
