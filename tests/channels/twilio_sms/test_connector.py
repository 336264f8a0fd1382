"""The SMS webhooks on a real server: nothing unsigned changes anything, and Twilio is answered at once."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

import aiohttp
import pytest

from channels.errors import NotConfigured
from channels.twilio.form import Form
from channels.twilio.local_provider import AUTH_TOKEN, LocalTwilio, Sent
from channels.twilio.verify import sign
from channels.twilio_sms.connector import TwilioSmsInput
from tests.channels.twilio_sms.conftest import CUSTOMER, SENDER, Line

FORM = "application/x-www-form-urlencoded"
SID = "SM" + "1" * 32
MESSAGE = {"MessageSid": SID, "From": CUSTOMER, "To": SENDER, "Body": "9", "FromZip": ""}


async def post(line: Line, body: bytes, headers: Mapping[str, str], path: str = "webhook") -> tuple[int, str, str]:
    url = f"{line.server}/webhooks/twilio_sms/{path}"
    async with aiohttp.ClientSession() as session, session.post(url, data=body, headers=headers) as answer:
        return answer.status, answer.content_type, await answer.text()


def signed(line: Line, fields: Mapping[str, str]) -> dict[str, str]:
    form = Form({name: [value] for name, value in fields.items()})
    return {"Content-Type": FORM, "X-Twilio-Signature": sign(AUTH_TOKEN, line.webhook, form)}


def taken(line: Line, key: str) -> Sent:
    """A message that we sent with this key."""
    callback = f"{line.webhook.removesuffix('webhook')}status?key={key}"
    return line.twilio.keep(Form({"To": [CUSTOMER], "From": [SENDER], "StatusCallback": [callback]}))


async def test_a_signed_message_is_handed_over_and_answered_with_empty_twiml(line: Line) -> None:
    status, kind, text = await post(line, urlencode(MESSAGE).encode(), signed(line, MESSAGE))

    assert (status, kind) == (200, "text/xml")
    assert text.endswith("<Response/>")
    assert [(m.provider, m.channel, m.message_id, m.address, m.text) for m in line.heard] == [
        ("twilio_sms", "sms", SID, CUSTOMER, "9")
    ]


async def test_a_replayed_message_is_acknowledged_and_kept_once(line: Line) -> None:
    assert [await line.says("9", MessageSid=SID), await line.says("9", MessageSid=SID)] == [200, 200]
    assert len(line.heard) == 1
    assert (line.seam.counters["accepted"], line.seam.counters["duplicate"]) == (1, 1)


@pytest.mark.parametrize("signature", ["", "AAAA", "ÿ", "x" * 1000])
async def test_a_forged_message_changes_nothing(line: Line, signature: str) -> None:
    assert await line.twilio.call(line.webhook, MESSAGE, signature) == 403
    assert not line.heard
    assert line.seam.counters == {"refused": 1}


async def test_a_changed_field_is_a_forgery(line: Line) -> None:
    forged = urlencode({**MESSAGE, "Body": "10"}).encode()

    status, kind, text = await post(line, forged, signed(line, MESSAGE))

    assert (status, kind) == (403, "text/plain")
    assert "TWILIO_AUTH_TOKEN" in text
    assert "CONDUCTOR_PUBLIC_URL" in text


@pytest.mark.parametrize(
    ("body", "kind", "status", "counter"),
    [
        (b"x" * 1_000_000, FORM, 413, "too_large"),
        (b"\xff\xfe=9", FORM, 400, "malformed"),
        (b"Body=%FF", FORM, 400, "malformed"),
        (b"a&" * 2000, FORM, 400, "malformed"),
        (b"{}", "application/json", 403, "refused"),
        (b"", "", 400, "malformed"),
    ],
)
async def test_what_is_no_form_of_twilios_is_turned_away(
    line: Line, body: bytes, kind: str, status: int, counter: str
) -> None:
    answered, _, text = await post(line, body, {"Content-Type": kind, "X-Twilio-Signature": "x"})

    assert answered == status
    assert text.endswith(".")
    assert not line.heard
    assert line.seam.counters == {counter: 1}


async def test_a_signed_form_that_is_no_message_is_malformed(line: Line) -> None:
    fields = {"Body": "9"}

    assert (await post(line, urlencode(fields).encode(), signed(line, fields)))[0] == 400
    assert line.seam.counters == {"malformed": 1}


async def test_an_event_of_another_kind_is_acknowledged_counted_and_ignored(line: Line) -> None:
    assert await line.twilio.call(line.webhook, {"MessageSid": SID, "MessageStatus": "sent", "From": SENDER}) == 200
    assert not line.heard
    assert line.seam.counters["ignored"] == 1


async def test_what_could_not_be_stored_is_not_acknowledged(line: Line) -> None:
    line.recorder.broken = True

    assert await line.says("9") == 503


async def test_reports_are_stored_in_any_order_with_our_key(line: Line) -> None:
    sent = taken(line, "out-7")
    line.recorder.ours = (sent.sid,)

    answers = [await line.twilio.report(sent, status) for status in ("delivered", "sent", "queued", "invented")]

    assert answers == [200, 200, 200, 200]
    assert [(s.status, s.key) for s in line.recorder.statuses] == [("delivered", "out-7"), ("sent", "out-7")]
    assert (line.seam.counters["status"], line.seam.counters["ignored"]) == (2, 2)


async def test_a_report_of_an_unknown_message_is_acknowledged_and_counted(line: Line) -> None:
    sent = taken(line, "out-7")

    assert await line.twilio.report(sent, "failed", "30005") == 200
    assert line.recorder.statuses[0].error_code == "30005"
    assert line.seam.counters["status_of_unknown"] == 1


async def test_a_forged_report_changes_nothing(line: Line) -> None:
    status, _, _ = await post(line, b"MessageStatus=delivered", {"Content-Type": FORM}, "status")

    assert status == 403
    assert not line.recorder.statuses


async def test_stop_start_and_help_reach_us_as_twilio_acts_on_them(line: Line) -> None:
    for word in ("stop", "Start", "HELP"):
        await line.says(word)

    assert [(m.text, m.extra["opt_out_type"]) for m in line.heard] == [
        ("STOP", "STOP"),
        ("Start", "START"),
        ("HELP", "HELP"),
    ]


def test_without_its_variables_the_channel_refuses_to_start() -> None:
    with pytest.raises(NotConfigured, match="TWILIO_SMS_FROM is not set"):
        TwilioSmsInput.from_credentials({})


async def test_a_local_twilio_listens_on_this_machine_only() -> None:
    async with LocalTwilio() as twilio:
        assert twilio.url.startswith("http://127.0.0.1:")
