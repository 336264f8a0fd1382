"""The two addresses that Twilio calls for messages, SMS and WhatsApp alike, on Rasa's web server."""

from __future__ import annotations

from urllib.parse import urlencode

from sanic import Blueprint, response
from sanic.request import Request
from sanic.response import HTTPResponse

from channels.arrival import arrival_of
from channels.contract import Receiver
from channels.receive import Acknowledgement, Delivery, Late, Seam
from channels.sanic_io import TooLarge, headers_of, read_body
from channels.twilio.settings import Account
from channels.twilio.verify import verifier

NO_REPLY = '<?xml version="1.0" encoding="UTF-8"?><Response/>'
"""TwiML that says nothing: the answer goes out as a message of its own."""


def public_address(account: Account, provider: str, what: str) -> str:
    """Where Twilio finds this server: `what` is webhook or status."""
    return f"{account.public_url}/webhooks/{provider}/{what}"


def status_callback(account: Account, provider: str, key: str) -> str:
    """Where Twilio reports what became of the message that is sent with `key`."""
    return f"{public_address(account, provider, 'status')}?{urlencode({'key': key})}"


def messaging_blueprint(account: Account, seam: Seam) -> Blueprint:
    """`POST …/webhook` (messages) and `POST …/status` (delivery reports), signed by Twilio. 200 carries empty TwiML."""
    blueprint = Blueprint(f"{seam.provider}_webhook")
    verify = verifier(account.auth_token)

    @blueprint.post("/webhook", stream=True)
    async def webhook(request: Request) -> HTTPResponse:
        delivery = await delivery_of(request, account, seam)
        if delivery is None:
            return answer(seam.too_large())
        return answer(await seam.receive(delivery, verify, *_receiver(request)))

    @blueprint.post("/status", stream=True)
    async def status(request: Request) -> HTTPResponse:
        delivery = await delivery_of(request, account, seam)
        if delivery is None:
            return answer(seam.too_large())
        return answer(await seam.receive_status(delivery, verify, *_receiver(request)))

    return blueprint


async def delivery_of(request: Request, account: Account, seam: Seam) -> Delivery | None:
    """The request as Twilio sent and signed it: at the public address, whatever a proxy made of it. None: too large."""
    try:
        body = await read_body(request, seam.limit)
    except TooLarge:
        return None
    query = f"?{request.query_string}" if request.query_string else ""
    return Delivery(headers_of(request), body, f"{account.public_url}{request.path}{query}")


def answer(acknowledgement: Acknowledgement) -> HTTPResponse:
    """Empty TwiML, or the sentence that says what is wrong (Twilio shows it in its debugger)."""
    if acknowledgement.status != 200:
        return response.text(acknowledgement.message, status=acknowledgement.status)
    return response.text(NO_REPLY, content_type="text/xml; charset=utf-8")


def _receiver(request: Request) -> tuple[Receiver | None, Late]:
    """The house, and how it is waited for while it starts: Twilio sends a message once."""
    return getattr(request.app.ctx, "receiver", None), arrival_of(request.app).receiver
