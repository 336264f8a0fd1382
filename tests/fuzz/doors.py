"""Every parser that faces the internet, as one function from bytes: whatever comes in, it is understood, ignored, or
refused by an error of ours that says what is wrong. Anything else is a finding, and so is a message that no database
would keep. `tests/fuzz/pages.py` has the doors that need the whole server."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from functools import cache
from itertools import islice
from pathlib import Path
from urllib.parse import quote

from bot.cli.contacts_file import ContactsFile
from bot.errors import ConductorError
from bot.faq.table import entries_from_csv
from bot.outreach.codes import code_in
from channels.contract import DeliveryStatus, Inbound
from channels.receive import Delivery, Malformed, Refused
from channels.slack import parse as slack
from channels.slack.socket_mode import delivery_of
from channels.slack.verify import verifier as of_slack
from channels.telegram import parse as telegram
from channels.telegram.verify import verify as of_telegram
from channels.twilio.status import StatusParser
from channels.twilio.verify import verifier as of_twilio
from channels.twilio_sms import parse as sms
from channels.twilio_voice import parse as voice
from channels.twilio_whatsapp import parse as whatsapp
from channels.web import parse as web
from survey_flows.loader import load_survey
from survey_flows.problems import SurveyError
from tests.fuzz import answers, pages, words
from tests.fuzz.storable import must_be_storable

OURS = (Malformed, Refused, SurveyError, ConductorError)

FORM = {"content-type": "application/x-www-form-urlencoded"}
JSON = {"content-type": "application/json"}
URL = "https://conductor.example/webhooks/x"
Door = Callable[[bytes], object]


def _as_header(data: bytes) -> str:
    """As Sanic reads a header's value."""
    return data.decode("utf-8", "surrogateescape")


def _parser(parse: Callable[[Delivery], Iterable[Inbound | DeliveryStatus]], headers: Mapping[str, str]) -> Door:
    def read(data: bytes) -> None:
        for news in parse(Delivery(headers, data, URL)):
            must_be_storable(news)

    return read


def _telegram(data: bytes) -> None:
    update = telegram.read(Delivery(JSON, data, URL))
    if update.message:
        must_be_storable(update.message)


def _slack_socket(data: bytes) -> None:
    """An envelope, as Slack's client hands it over: its kind in the first line, then its payload."""
    kind, _, body = data.partition(b"\n")
    with suppress(ValueError, RecursionError):  # the client reads the JSON
        payload = json.loads(body)
        if isinstance(payload, dict):
            for news in slack.parse_all(delivery_of(kind.decode("latin-1"), payload)):
                must_be_storable(news)


def _address(data: bytes) -> object:
    return voice.Place.of(f"{URL}?{quote(data, safe='&=%+')}")


def _report(provider: str) -> Door:
    """A delivery report: the query of its address in the first line, then the form."""

    def read(data: bytes) -> None:
        query, _, body = data.partition(b"\n")
        for news in StatusParser(provider)(Delivery(FORM, body, f"{URL}?{_as_header(query)}")):
            must_be_storable(news)

    return read


def _transcript(data: bytes) -> object:
    query, _, body = data.partition(b"\n")
    return voice.parse_transcript(Delivery(FORM, body, f"{URL}?{_as_header(query)}"))


def _twilio_signature(data: bytes) -> object:
    head, _, body = data.partition(b"\n")
    signature, _, query = _as_header(head).partition(" ")
    kind = JSON if query else FORM
    return of_twilio("secret")(Delivery({**kind, "x-twilio-signature": signature}, body, f"{URL}?{query}"))


def _slack_signature(data: bytes) -> object:
    head, _, body = data.partition(b"\n")
    signature, _, at = _as_header(head).partition(" ")
    given = {"x-slack-signature": signature, "x-slack-request-timestamp": at}
    return of_slack("secret")(Delivery(given, body, URL))


def _telegram_secret(data: bytes) -> object:
    return of_telegram(Delivery({"x-telegram-bot-api-secret-token": _as_header(data)}, b"{}", URL), "secret")


def _link_code(data: bytes) -> object:
    text = data.decode("utf-8", "replace")
    return code_in(text), code_in("", text)


@cache
def _folder() -> Path:
    return Path(tempfile.mkdtemp(prefix="fuzz-"))


def _file(data: bytes) -> Path:
    file = _folder() / "table.csv"
    file.write_bytes(data)
    return file


DOORS: Mapping[str, Door] = {
    "slack_json": _parser(slack.parse_all, JSON),
    "slack_form": _parser(slack.parse_all, FORM),
    "slack_socket": _slack_socket,
    "slack_signature": _slack_signature,
    "telegram": _telegram,
    "telegram_secret": _telegram_secret,
    "web": _parser(web.parse, JSON),
    "sms": _parser(sms.parse, FORM),
    "sms_report": _report("twilio_sms"),
    "whatsapp": _parser(whatsapp.parse, FORM),
    "whatsapp_report": _report("twilio_whatsapp"),
    "voice": lambda data: voice.parse(Delivery(FORM, data, URL)),
    "voice_transcript": _transcript,
    "voice_address": _address,
    "twilio_signature": _twilio_signature,
    "link_code": _link_code,
    "answer": words.answer,
    "picked": words.picked,
    "wish": words.wish,
    "language": words.language,
    "head": words.head,
    "survey": lambda data: load_survey(data.decode("utf-8", "replace")),
    "faq_table": lambda data: entries_from_csv(_file(data), "en"),
    "contacts_file": lambda data: list(islice(ContactsFile(_file(data)), 1000)),
    **answers.DOORS,
    **pages.DOORS,
}


def knock(door: str, data: bytes) -> None:
    """Raises what is a finding."""
    with suppress(*OURS):
        DOORS[door](data)
