"""A strict telephone on this machine, beside the local Twilio: it rings our number and is rung by us, asks our webhook
for TwiML, checks it, speaks it, and sends keys, words and recordings back, signed as Twilio signs."""

from __future__ import annotations

import asyncio
import io
import math
import wave
from array import array
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlencode
from xml.etree import ElementTree

import aiohttp
from aiohttp import web

from channels.twilio.form import Form
from channels.twilio.local_provider import LocalTwilio, error, read_form
from channels.twilio.local_rules import Refusal
from channels.twilio.verify import sign
from channels.twilio_voice.twiml_rules import BadTwiml, read

WEBHOOK = "/webhooks/twilio_voice/webhook"
LINE = 8_000
"""Samples a second of a telephone line."""
_MOST_DOCUMENTS = 50
"""Documents without a word of the caller's in between: more is a loop."""
Picks = Literal["person", "busy", "no-answer", "machine"]
_NEEDED = ("To", "From", "Url")
_KNOWN = (
    *_NEEDED,
    "Method",
    "StatusCallback",
    "StatusCallbackMethod",
    "StatusCallbackEvent",
    "MachineDetection",
    "Timeout",
)


@dataclass
class Call:
    """One call, seen from the customer's telephone.

    `said` is all that was spoken; `asks` the verb that waits for the customer (Gather or Record), None when it is over.
    `dialled` are numbers that we were to be connected with."""

    line: LocalTelephone
    sid: str
    customer: str
    ours: str
    direction: str
    status_callback: str = ""
    answered_by: str = ""
    said: list[str] = field(default_factory=list)
    dialled: list[str] = field(default_factory=list)
    documents: list[str] = field(default_factory=list)
    asks: ElementTree.Element | None = None
    status: str = "in-progress"
    _rest: list[ElementTree.Element] = field(default_factory=list)

    async def begin(self, url: str) -> Call:
        """Ask for the first document."""
        await self._ask(url, {"AnsweredBy": self.answered_by} if self.answered_by else {})
        return self

    async def press(self, keys: str) -> list[str]:
        """Press keys; returns what is said next. A Gather of n digits takes n, and the rest is lost, as the worst
        case."""
        verb = self._waiting("Gather", "dtmf")
        count = int(verb.get("numDigits", "0")) or len(keys)
        end = verb.get("finishOnKey", "#")
        digits = ""
        for key in keys[:count]:
            if key == end:
                break
            digits += key
        return await self._answer(verb, {"Digits": digits})

    async def say(self, words: str, confidence: float = 0.9) -> list[str]:
        """Say something the recogniser understands."""
        verb = self._waiting("Gather", "speech")
        return await self._answer(verb, {"SpeechResult": words, "Confidence": str(confidence)})

    async def stay_silent(self) -> list[str]:
        """Neither press nor say anything."""
        verb = self._waiting("Gather", "") if self.asks is not None and self.asks.tag == "Gather" else None
        if verb is not None and verb.get("actionOnEmptyResult") == "true":
            return await self._answer(verb, {"Digits": ""})
        return await self._fall_through()

    async def record(self, words: str, *, key: str = "#", transcript: bool = True) -> list[str]:
        """Speak after the tone, and end it by a `key`, or with "hangup" by hanging up. The transcript comes after the
        call goes on, where one was ordered."""
        if self.asks is None or self.asks.tag != "Record":
            raise AssertionError(f"Nothing is being recorded; the call waits for {self._waits_for()}.")
        verb, sid = self.asks, self.line.twilio.sid("RE")
        self.line.recorded[sid] = words
        if key != "hangup" and key not in verb.get("finishOnKey", "1234567890*#"):
            raise AssertionError(f"The key {key} does not end this recording.")
        if key == "hangup":
            self.status = "completed"
        url = f"https://api.twilio.com/2010-04-01/Accounts/{self.line.twilio.account_sid}/Recordings/{sid}"
        done = {"RecordingSid": sid, "RecordingUrl": url, "Digits": key}
        heard = await self._answer(verb, done)
        if verb.get("transcribe") == "true" and transcript:
            done = {"RecordingSid": sid, "TranscriptionStatus": "completed", "TranscriptionText": words}
            await self.line.post(verb.get("transcribeCallback", ""), {**self._fields(), **done})
        return heard

    async def hang_up(self) -> None:
        """The customer ends the call."""
        await self._over("completed")

    @property
    def over(self) -> bool:
        return self.status != "in-progress"

    def hints(self) -> list[str]:
        """What the open question expects to hear."""
        return (self.asks.get("hints", "") if self.asks is not None else "").split(", ")

    def _waiting(self, tag: str, kind: str) -> ElementTree.Element:
        if self.asks is None or self.asks.tag != tag or kind not in self.asks.get("input", "dtmf"):
            raise AssertionError(f"The call waits for {self._waits_for()}, not for {kind or 'anything'}.")
        return self.asks

    def _waits_for(self) -> str:
        return f"<{self.asks.tag}>" if self.asks is not None else "nothing: it is over"

    async def _answer(self, verb: ElementTree.Element, fields: Mapping[str, str]) -> list[str]:
        before = len(self.said)
        await self._ask(verb.get("action", ""), fields)
        return self.said[before:]

    async def _fall_through(self) -> list[str]:
        """The verbs behind the one that nobody answered."""
        before, rest = len(self.said), self._rest
        await self._perform(rest)
        return self.said[before:]

    def _fields(self) -> dict[str, str]:
        inbound = self.direction == "inbound"
        return {
            "CallSid": self.sid,
            "AccountSid": self.line.twilio.account_sid,
            "From": self.customer if inbound else self.ours,
            "To": self.ours if inbound else self.customer,
            "Direction": self.direction,
            "CallStatus": self.status,
            "ApiVersion": "2010-04-01",
            "FromCity": "",
        }

    async def _ask(self, url: str, fields: Mapping[str, str]) -> None:
        status, text = await self.line.post(url, {**self._fields(), **fields})
        if status != 200:
            raise AssertionError(f"The caller hears 'an application error has occurred': {status} {text}")
        self.documents.append(text)
        if len(self.documents) > _MOST_DOCUMENTS:
            raise AssertionError("The call goes round in circles.")
        await self._perform(list(read(text)))

    async def _perform(self, verbs: list[ElementTree.Element]) -> None:
        self.asks = None
        for position, verb in enumerate(verbs):
            self.said += [(say.text or "").strip() for say in verb.iter("Say")]
            if verb.tag in ("Gather", "Record"):
                self.asks, self._rest = verb, verbs[position + 1 :]
                return
            if verb.tag == "Redirect":
                await self._ask((verb.text or "").strip(), {})
                return
            if verb.tag == "Dial":
                self.dialled += [(number.text or "").strip() for number in verb.iter("Number")]
                picked = self.line.team.popleft() if self.line.team else "completed"
                await self._ask(verb.get("action", ""), {"DialCallStatus": picked})
                return
            if verb.tag == "Hangup":
                break
        await self._over("completed")

    async def _over(self, status: str) -> None:
        self.asks, self.status = None, status
        callback = self.status_callback or self.line.number_status
        fields = {"AnsweredBy": self.answered_by} if self.answered_by else {}
        await self.line.post(callback, {**self._fields(), **fields})


@dataclass
class LocalTelephone:
    """Telephones at a `LocalTwilio`. Make it before that starts: it adds the Calls API.

    `outbound` holds the calls that we placed and somebody took. `picks` says how the next ones end, `team` how the next
    dialled team numbers do (a DialCallStatus). `recorded` are the words of each recording, by its SID."""

    twilio: LocalTwilio
    number: str = "+15005550006"
    outbound: list[Call] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    picks: deque[Picks] = field(default_factory=deque)
    team: deque[str] = field(default_factory=deque)
    placed: list[Form] = field(default_factory=list)
    recorded: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        router, account = self.twilio.app.router, "/2010-04-01/Accounts/{account}"
        router.add_post(f"{account}/Calls.json", self._calls)
        router.add_get(f"{account}/Recordings/{{sid}}.wav", self._recording)

    @property
    def number_status(self) -> str:
        """Where the number reports the end of a call that came in."""
        return f"{self.twilio.public_url}/webhooks/twilio_voice/status"

    async def ring(self, customer: str) -> Call:
        """A customer rings our number."""
        call = Call(self, self.twilio.sid("CA"), customer, self.number, "inbound")
        return await call.begin(self.twilio.public_url + WEBHOOK)

    async def post(self, url: str, fields: Mapping[str, str]) -> tuple[int, str]:
        """POST a signed form, as Twilio does; status and text of the answer."""
        twilio = self.twilio
        form = Form({name: [value] for name, value in fields.items()})
        headers = {
            "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
            "X-Twilio-Signature": sign(twilio.auth_token, url, form),
        }
        place = twilio.reach + url.removeprefix(twilio.public_url) if twilio.reach else url
        async with (
            aiohttp.ClientSession() as session,
            session.post(place, data=urlencode(dict(fields)), headers=headers) as answer,
        ):
            return answer.status, await answer.text()

    async def _calls(self, request: web.Request) -> web.Response:
        """POST …/Calls.json: the call is placed; `answer` lets somebody take it."""
        form = await read_form(request)
        trouble = self.twilio.troubles.popleft() if self.twilio.troubles else None
        no = self.twilio.refusal_of_account(request) or _refusal(form)
        if trouble is not None and trouble.status:
            no = Refusal(trouble.status, trouble.code, "As told")
        if no is not None:
            self.refused.append(no)
            return error(no, trouble.retry_after if trouble else "")
        sid = self.twilio.sid("CA")
        form["CallSid"] = [sid]
        self.placed.append(form)
        await asyncio.sleep(trouble.hang if trouble else 0)
        body = {"sid": sid, "account_sid": self.twilio.account_sid, "status": "queued", "direction": "outbound-api"}
        return web.json_response({**body, "to": form.text("To"), "from": form.text("From")}, status=201)

    async def _recording(self, request: web.Request) -> web.Response:
        """GET …/Recordings/RE….wav."""
        trouble = self.twilio.troubles.popleft() if self.twilio.troubles else None
        no = self.twilio.refusal_of_account(request)
        if trouble is not None and trouble.status:
            no = Refusal(trouble.status, trouble.code, "As told")
        words = self.recorded.get(request.match_info["sid"])
        if no is not None or words is None:
            return error(no or Refusal(404, 20404, "The requested resource was not found"))
        return web.Response(body=hummed(words), content_type="audio/x-wav")

    async def answer(self) -> Call:
        """What becomes of the oldest placed call: somebody, or a machine, takes it, or nobody does (`picks`)."""
        form, picked = self.placed.pop(0), self.picks.popleft() if self.picks else "person"
        by = {"person": "human", "machine": "machine_start"}.get(picked, "")
        callback = form.text("StatusCallback")
        call = Call(self, form.text("CallSid"), form.text("To"), form.text("From"), "outbound-api", callback, by)
        if not by:
            await call._over(picked)
            return call
        self.outbound.append(await call.begin(form.text("Url")))
        return call


def hummed(words: str) -> bytes:
    """A recording, as this telephone has no mouth: a tone for each word, longer for a longer one."""
    samples = array("h")
    for word in words.split() or ["…"]:
        length = LINE * (80 + 40 * min(len(word), 10)) // 1000
        samples.extend(int(6000 * math.sin(2 * math.pi * 220 * n / LINE)) for n in range(length))
        samples.extend([0] * (LINE // 10))
    held = io.BytesIO()
    with wave.open(held, "wb") as sound:
        sound.setparams((1, 2, LINE, len(samples), "NONE", ""))
        sound.writeframes(samples.tobytes())
    return held.getvalue()


def _refusal(form: Form) -> Refusal | None:
    for name in form:
        if name not in _KNOWN:
            return Refusal(400, 20001, f"Unknown parameter {name}")
    for name in _NEEDED:
        if not form.text(name):
            return Refusal(400, 21201 if name == "To" else 21205, f"Missing parameter {name}")
    if form.text("MachineDetection") not in ("", "Enable", "DetectMessageEnd"):
        return Refusal(400, 20001, "Invalid MachineDetection")
    return None


__all__ = ["BadTwiml", "Call", "LocalTelephone"]
