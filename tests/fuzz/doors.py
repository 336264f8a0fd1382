"""Every parser that faces the internet, as one function from bytes: whatever comes in, it is understood, ignored, or
refused by an error of ours that says what is wrong. Anything else is a finding."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

from bot.errors import ConductorError
from bot.faq.table import entries_from_csv
from bot.outreach.codes import code_in
from channels.receive import Delivery, Malformed, Refused
from channels.slack import parse as slack
from channels.slack.verify import verifier as of_slack
from channels.telegram import parse as telegram
from channels.twilio.verify import verifier as of_twilio
from channels.twilio_sms import parse as sms
from channels.twilio_voice import parse as voice
from channels.twilio_whatsapp import parse as whatsapp
from channels.web import parse as web
from survey_flows.loader import load_survey
from survey_flows.problems import SurveyError

OURS = (Malformed, Refused, SurveyError, ConductorError)

FORM = {"content-type": "application/x-www-form-urlencoded"}
JSON = {"content-type": "application/json"}
URL = "https://conductor.example/webhooks/x"


def _parser(parse: Callable[[Delivery], object], headers: Mapping[str, str]) -> Callable[[bytes], object]:
    return lambda data: parse(Delivery(headers, data, URL))


def _address(data: bytes) -> object:
    return voice.Place.of(f"{URL}?{quote(data, safe='&=%+')}")


def _twilio_signature(data: bytes) -> object:
    head, _, body = data.partition(b"\n")
    given = {**FORM, "x-twilio-signature": head.decode("latin-1")}
    return of_twilio("secret")(Delivery(given, body, URL))


def _slack_signature(data: bytes) -> object:
    head, _, body = data.partition(b"\n")
    signature, _, at = head.decode("latin-1").partition(" ")
    given = {"x-slack-signature": signature, "x-slack-request-timestamp": at}
    return of_slack("secret")(Delivery(given, body, URL))


def _table(data: bytes) -> object:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "faq.csv"
        file.write_bytes(data)
        return entries_from_csv(file, "en")


DOORS: Mapping[str, Callable[[bytes], object]] = {
    "slack_json": _parser(slack.parse_all, JSON),
    "slack_form": _parser(slack.parse_all, FORM),
    "telegram": _parser(telegram.read, JSON),
    "web": _parser(web.parse, JSON),
    "sms": _parser(sms.parse, FORM),
    "whatsapp": _parser(whatsapp.parse, FORM),
    "voice": _parser(voice.parse, FORM),
    "voice_transcript": _parser(voice.parse_transcript, FORM),
    "voice_address": _address,
    "twilio_signature": _twilio_signature,
    "slack_signature": _slack_signature,
    "link_code": lambda data: code_in(data.decode("utf-8", "replace")),
    "survey": lambda data: load_survey(data.decode("utf-8", "replace")),
    "faq_table": _table,
}


def knock(door: str, data: bytes) -> None:
    """Raises what is a finding."""
    with suppress(*OURS):
        DOORS[door](data)
