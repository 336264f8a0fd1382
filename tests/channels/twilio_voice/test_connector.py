"""The voice webhooks on a real server: nothing unsigned changes anything, nothing ends in an error."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import urlencode

import aiohttp
import pytest

from channels.errors import NotConfigured
from channels.twilio.form import Form
from channels.twilio.local_provider import AUTH_TOKEN
from channels.twilio.verify import sign
from channels.twilio_voice.languages import TONGUES
from channels.twilio_voice.local_provider import _KNOWN
from channels.twilio_voice.settings import from_environment
from channels.twilio_voice.twiml_rules import BadTwiml, read
from channels.twilio_voice.words import languages, say
from tests.channels.twilio_voice.conftest import CUSTOMER, OURS, PUBLIC, SCORE, Line, asks
from tests.test_connected import WHOLE

CONTRACT = Path(__file__).parents[4] / "shared/contracts/twilio_api_v2010.json"
FORM = "application/x-www-form-urlencoded"
CALL = {
    "CallSid": "CA" + "1" * 32,
    "From": CUSTOMER,
    "To": OURS,
    "Direction": "inbound",
    "CallStatus": "ringing",
    "FromZip": "",
}


async def post(line: Line, path: str, body: bytes, signature: str | None = None) -> tuple[int, str]:
    form = Form()
    if signature is None:
        for pair in body.decode().split("&"):
            name, _, value = pair.partition("=")
            form.setdefault(name, []).append(value.replace("%2B", "+"))
        signature = sign(AUTH_TOKEN, f"{PUBLIC}/webhooks/twilio_voice/{path}", form)
    url = f"{line.server}/webhooks/twilio_voice/{path}"
    headers = {"Content-Type": FORM, "X-Twilio-Signature": signature}
    async with aiohttp.ClientSession() as session, session.post(url, data=body, headers=headers) as answer:
        return answer.status, await answer.text()


async def test_the_same_request_again_says_the_same_again(line: Line) -> None:
    line.conversation.answers = [asks(SCORE)]
    body = urlencode(CALL).encode()
    first, second = await post(line, "webhook", body), await post(line, "webhook", body)
    assert first == second
    assert len(line.conversation.heard) == 1


@pytest.mark.parametrize("path", ["status", "transcript?message=CA1-1"])
async def test_news_that_can_not_be_stored_is_said_to_be_so(
    line: Line, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(line.conversation, "call_ended", full)
    monkeypatch.setattr(line.conversation, "transcribed", full)
    words = {"RecordingSid": "RE" + "1" * 32, "TranscriptionStatus": "completed", "TranscriptionText": "late"}
    url = f"{PUBLIC}/webhooks/twilio_voice/{path}"
    status, sentence = await line.telephone.post(url, {**CALL, "CallStatus": "completed", **words})

    assert (status, line.connector.seam.counters["unavailable"]) == (503, 1)
    assert "disk" not in sentence


async def test_last_words_that_can_not_be_stored_are_no_success(line: Line) -> None:
    """Nobody is on the telephone any more who could be asked again."""
    line.conversation.answers = [OSError("disk full")]
    url = f"{PUBLIC}/webhooks/twilio_voice/webhook?step=2&kind=record"
    spoken = {**CALL, "CallStatus": "completed", "RecordingSid": "RE" + "1" * 32, "Digits": "hangup"}
    status, sentence = await line.telephone.post(url, spoken)

    assert (status, line.connector.seam.counters["unavailable"]) == (503, 1)
    assert "disk" not in sentence


@pytest.mark.parametrize("known", [_KNOWN, *(json.loads(p.read_text()) for p in [CONTRACT] if p.exists())])
def test_the_local_telephone_knows_twilios_parameters(known: object) -> None:
    if isinstance(known, dict):
        create = known["paths"]["/2010-04-01/Accounts/{AccountSid}/Calls.json"]["post"]
        known = create["requestBody"]["content"]["application/x-www-form-urlencoded"]["schema"]["properties"].keys()

    assert set(_KNOWN) <= set(known)  # type: ignore[call-overload]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TWILIO_VOICE_FROM", "12"),
        ("TWILIO_VOICE_TEAM_NUMBER", "the team"),
        ("TWILIO_VOICE_TEAM_HOURS", "always"),
        ("TWILIO_VOICE_TEAM_HOURS", "Mon-Fri 17:00-09:00"),
        ("TWILIO_VOICE_MACHINE", "shout"),
        ("CONDUCTOR_TIMEZONE", "Mars/Olympus"),
    ],
)
def test_a_wrong_variable_is_named(name: str, value: str) -> None:
    with pytest.raises(NotConfigured, match=name):
        from_environment({**WHOLE["twilio_voice"], name: value})


def test_every_language_of_the_words_has_a_voice_and_all_the_words() -> None:
    assert set(languages()) <= set(TONGUES)
    values = {"low": 0, "high": 10, "label": "x", "keys": 1}
    names = ("scale", "press", "record", "silence", "goodbye", "offer", "sorry", "agent", "one_or_ten", "nobody")
    assert all(say(language, name, **values) for language in languages() for name in names)


@pytest.mark.parametrize(
    "twiml",
    [
        "<Response><Gather bogus='1'/></Response>",
        "<Response><Gather input='keys'/></Response>",
        "<Response><Gather input='dtmf keys'/></Response>",
        "<Response><Gather language='xx-XX'/></Response>",
        "<Response><Gather timeout='soon'/></Response>",
        "<Response><Gather numDigits='0'/></Response>",
        "<Response><Record trim='yes'/></Response>",
        "<Response><Record playBeep='1'/></Response>",
        "<Response><Dial record='always'/></Response>",
        "<Response><Dial callerId='the team'/></Response>",
        "<Response><Hangup when='now'/></Response>",
        "<Response><Say voice='Polly.Nobody-Neural'>x</Say></Response>",
        "<Response><Say language='de_DE'>x</Say></Response>",
        "<Response><Say></Say></Response>",
        "<Response><Dial><Say>x</Say></Dial></Response>",
        "<Response><Redirect>nowhere</Redirect></Response>",
        "<Responses/>",
        "<Response>",
    ],
)
def test_the_local_telephone_refuses_what_twilio_would_not_do(twiml: str) -> None:
    with pytest.raises(BadTwiml):
        read(twiml)
