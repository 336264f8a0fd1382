"""The SMS webhooks on a real server: nothing unsigned changes anything, and Twilio is answered at once."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

import aiohttp

from channels.twilio.form import Form
from channels.twilio.local_provider import AUTH_TOKEN, OWN_WORDS, LocalTwilio, Sent
from channels.twilio.verify import sign
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


async def test_stop_start_and_help_reach_us_by_their_words_and_twilio_answers_them_itself(line: Line) -> None:
    for word in ("Help", "stop", "stop", "help", "START", "yes"):
        await line.says(word)

    assert [(m.text, m.extra) for m in line.heard] == [
        (word, {}) for word in ("Help", "stop", "stop", "help", "START", "yes")
    ]
    said = [own.body for own in line.twilio.own]
    assert said == [OWN_WORDS[kind] for kind in ("HELP", "STOP", "START")]  # once; and "yes" is an answer of ours


async def test_with_advanced_opt_out_the_webhook_says_what_twilio_did(line: Line) -> None:
    line.twilio.advanced = True
    for word in ("stop", "Start", "HELP"):
        await line.says(word)

    assert [(m.text, m.extra["opt_out_type"]) for m in line.heard] == [
        ("STOP", "STOP"),
        ("Start", "START"),
        ("HELP", "HELP"),
    ]


async def test_a_local_twilio_listens_on_this_machine_only() -> None:
    async with LocalTwilio() as twilio:
        assert twilio.url.startswith("http://127.0.0.1:")
