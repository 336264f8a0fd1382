"""Twilio's voice webhooks → what happened in the call. Pure.

https://www.twilio.com/docs/voice/twiml#request-parameters
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import parse_qs, urlencode, urlsplit

from channels.receive import Delivery, Malformed, clean
from channels.twilio.form import Form, form_of
from channels.twilio_voice.limits import HIDDEN_NUMBERS

CALL_SID = re.compile(r"CA[0-9a-fA-F]{32}")  # twilio_api_v2010: api.v2010.account.call.sid
RECORDING_SID = re.compile(r"RE[0-9a-fA-F]{32}")
_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")
_MACHINE = ("machine", "fax")
"""How AnsweredBy begins when nobody is there. https://www.twilio.com/docs/voice/answering-machine-detection"""


_COUNTS = ("step", "silent", "one", "ten", "waited", "invitation")


@dataclass(frozen=True)
class Place:
    """Where in the call we are: what our own action address says (it is signed with the rest).

    `step` counts what the caller has said; `silent` the silences in a row; `question` is the open question and `kind`
    how it is asked (scale, keys, digits, record, free, offer, dial, again); `ten` is 1 where 10 is an answer, `one` is
    1 after a single 1 there, and 2 when it was asked whether that is all; `waited` counts the rounds of patience.
    `survey`, `invitation` and `key` are those of an outbound call."""

    step: int = 0
    silent: int = 0
    question: str = ""
    kind: str = ""
    one: int = 0
    ten: int = 0
    waited: int = 0
    language: str = ""
    survey: str = ""
    invitation: int = 0
    key: str = ""

    def query(self) -> str:
        """The part of the address behind the question mark; what is as at the beginning is left out."""
        fields = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return urlencode({name: value for name, value in fields.items() if value})

    @classmethod
    def of(cls, url: str) -> Place:
        """Read our own address. What can't be read is as at the beginning: the address is signed, so it is ours."""
        given = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        numbers = {n: int(given[n]) for n in _COUNTS if _is_count(given.get(n))}
        texts = {n: given[n][:200] for n in ("question", "kind", "language", "survey", "key") if n in given}
        return cls(**numbers, **texts)  # type: ignore[arg-type]


def _is_count(text: str | None) -> bool:
    return text is not None and text.isascii() and text.isdigit() and len(text) < 10


@dataclass(frozen=True)
class Event:
    """One request of Twilio's. `address` is the customer's, `status` the call's. `answered_by` of an outbound call."""

    call: str
    address: str
    status: str
    place: Place
    digits: str = ""
    speech: str = ""
    recording: str = ""
    answered_by: str = ""
    dialled: str = ""

    @property
    def machine(self) -> bool:
        return self.answered_by.startswith(_MACHINE)

    @property
    def silent(self) -> bool:
        """Nothing was pressed, said or recorded."""
        return not (self.digits or self.speech or self.recording)


def parse(delivery: Delivery) -> Event:
    """What happened. Raises Malformed."""
    form = form_of(delivery)
    call = form.text("CallSid")
    if not CALL_SID.fullmatch(call):
        raise Malformed("A call has a CallSid: CA and 32 hexadecimal digits.")
    recording = form.text("RecordingSid")
    return Event(
        call=call,
        address=_customer(form, call),
        status=form.text("CallStatus").lower(),
        place=Place.of(delivery.url),
        digits=form.text("Digits")[:64],
        speech=form.text("SpeechResult").strip(),
        recording=recording if RECORDING_SID.fullmatch(recording) else "",
        answered_by=form.text("AnsweredBy").lower(),
        dialled=form.text("DialCallStatus").lower(),
    )


def _customer(form: Form, call: str) -> str:
    """The customer's number; of one who hides it, the call: nobody is taken for somebody else."""
    ours = form.text("Direction").startswith("outbound")
    number = form.text("To" if ours else "From")
    known = _NUMBER.fullmatch(number) and number not in HIDDEN_NUMBERS
    return number if known else f"hidden:{call}"


@dataclass(frozen=True)
class Transcript:
    """The words of a recording, when they come. `message` is the id under which the recording was an answer."""

    message: str
    text: str


def parse_transcript(delivery: Delivery) -> Transcript | None:
    """None when Twilio could not write it down. Raises Malformed."""
    form = form_of(delivery)
    message = parse_qs(urlsplit(delivery.url).query).get("message", [""])[0]
    if not RECORDING_SID.fullmatch(form.text("RecordingSid")) or not message:
        raise Malformed("A transcript has a RecordingSid (RE…), and its address names our message.")
    text = form.text("TranscriptionText").strip()
    if form.text("TranscriptionStatus") != "completed" or not text:
        return None
    return Transcript(str(clean(message)), str(clean(text)))
