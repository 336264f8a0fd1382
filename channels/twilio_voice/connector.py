"""The telephone as a Rasa InputChannel, named in credentials.yml as
``channels.twilio_voice.connector.TwilioVoiceInput``."""

from __future__ import annotations

import logging
import os
import traceback
from collections.abc import Awaitable, Callable
from datetime import datetime, timezone
from typing import Any

from rasa.core.channels.channel import InputChannel, UserMessage
from sanic import Blueprint, response
from sanic.request import Request
from sanic.response import HTTPResponse

from channels.arrival import arrival_of
from channels.errors import NotConfigured
from channels.receive import Delivery, Malformed, Refused, Seam
from channels.twilio.verify import verifier
from channels.twilio.webhook import delivery_of
from channels.twilio_voice.calls import Calls
from channels.twilio_voice.limits import PROVIDER
from channels.twilio_voice.parse import parse, parse_transcript
from channels.twilio_voice.settings import MISSING, TwilioVoiceSettings, from_environment

log = logging.getLogger(__name__)

XML = "text/xml; charset=utf-8"
Answer = Callable[[Delivery, Any], Awaitable[HTTPResponse]]


class TwilioVoiceInput(InputChannel):
    """Answers Twilio's voice webhooks with TwiML. All must be signed by the account."""

    @classmethod
    def name(cls) -> str:
        return PROVIDER

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> TwilioVoiceInput:
        """Credentials come from the environment alone. Errors: NotConfigured, with the variable to set."""
        settings = from_environment(os.environ)
        if settings is None:
            raise NotConfigured(MISSING)
        return cls(settings)

    def __init__(self, settings: TwilioVoiceSettings, now: Callable[[], datetime] | None = None) -> None:
        self._account = settings.account
        self._verify = verifier(settings.account.auth_token)
        self.seam = Seam(PROVIDER, lambda delivery: ())
        self.calls = Calls(settings, now or (lambda: datetime.now(timezone.utc)), self.seam.counters)

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """`POST /webhooks/twilio_voice/webhook` (the call), `…/status` (how it ended), `…/transcript` (what was said in
        a recording)."""
        blueprint = Blueprint("twilio_voice_webhook")

        @blueprint.post("/webhook", stream=True)
        async def webhook(request: Request) -> HTTPResponse:
            return await self._take(request, self._call)

        @blueprint.post("/status", stream=True)
        async def status(request: Request) -> HTTPResponse:
            return await self._take(request, self._status)

        @blueprint.post("/transcript", stream=True)
        async def transcript(request: Request) -> HTTPResponse:
            return await self._take(request, self._transcript)

        return blueprint

    async def _take(self, request: Request, answer: Answer) -> HTTPResponse:
        """Nothing of a body is looked at before its signature."""
        delivery = await delivery_of(request, self._account, self.seam)
        if delivery is None:
            too_large = self.seam.too_large()
            return response.text(too_large.message, status=too_large.status)
        try:
            self._verify(delivery)
            return await answer(delivery, await _house(request))
        except Refused as refusal:
            return self._no("refused", 403, str(refusal))
        except Malformed as mistake:
            return self._no("malformed", 400, str(mistake))
        except Exception as error:
            # The error's own words may quote the caller, so only its kind and its way are logged.
            way = "".join(traceback.format_tb(error.__traceback__))
            log.error("News of a call could not be stored: %s\n%s", type(error).__name__, way)
            return self._no("unavailable", 503, "This could not be stored just now. Please try again in a moment.")

    def _no(self, outcome: str, status: int, sentence: str) -> HTTPResponse:
        self.seam.note(outcome, sentence)
        return response.text(sentence, status=status)

    async def _call(self, delivery: Delivery, receiver: Any) -> HTTPResponse:
        """Always TwiML, whatever fails: a caller who gets an error hears Twilio's "application error"."""
        return response.text(await self.calls.answer(parse(delivery), receiver), content_type=XML)

    async def _status(self, delivery: Delivery, receiver: Any) -> HTTPResponse:
        event = parse(delivery)
        if receiver is None:
            return self._no("unavailable", 503, "The server is still starting. Please try again in a moment.")
        await self.calls.ended(event, receiver)
        return response.text("", status=204)

    async def _transcript(self, delivery: Delivery, receiver: Any) -> HTTPResponse:
        transcript = parse_transcript(delivery)
        if receiver is None:
            return self._no("unavailable", 503, "The server is still starting. Please try again in a moment.")
        if transcript is not None:
            known = await receiver.transcribed(PROVIDER, transcript.message, transcript.text)
            self.seam.counters["transcript" if known else "transcript_of_unknown"] += 1
        return response.text("", status=204)


async def _house(request: Request) -> Any:
    """The house, waited for while it starts; None where it does not come. The porch takes texts, and holds no calls."""
    here = getattr(request.app.ctx, "receiver", None) or await arrival_of(request.app).receiver()
    return here if hasattr(here, "converse") else None
