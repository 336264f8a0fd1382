"""Twilio's webhook for an incoming SMS or MMS → Inbound. Pure.

https://www.twilio.com/docs/messaging/guides/webhook-request
"""

from __future__ import annotations

import re

from channels.contract import Inbound
from channels.receive import Delivery, Malformed
from channels.twilio.form import form_of
from channels.twilio.incoming import message_id, text_and_extra
from channels.twilio_sms.limits import CHANNEL, PROVIDER

_ADDRESS = re.compile(r"\+?[0-9]{3,15}|[A-Za-z0-9 &+._-]{1,20}")


def parse(delivery: Delivery) -> list[Inbound]:
    """The message of a delivery; none for a delivery report that was sent here. Raises Malformed."""
    form = form_of(delivery)
    if "MessageStatus" in form:
        return []
    sid, address = message_id(form), form.text("From")
    if address.startswith("whatsapp:"):
        raise Malformed("This is a WhatsApp message. At Twilio, set its webhook to …/webhooks/twilio_whatsapp/webhook.")
    if not _ADDRESS.fullmatch(address):
        raise Malformed("A message has the sender's number as From, such as +15551234567.")
    text, extra = text_and_extra(form, form.text("Body"))
    return [Inbound(PROVIDER, CHANNEL, sid, address, text, extra=extra)]
