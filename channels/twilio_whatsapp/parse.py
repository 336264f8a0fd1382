"""Twilio's webhook for an incoming WhatsApp message → Inbound. Pure.

https://www.twilio.com/docs/messaging/guides/webhook-request, https://www.twilio.com/docs/whatsapp/api
"""

from __future__ import annotations

import re

from channels.contract import Inbound
from channels.receive import Delivery, Malformed
from channels.twilio.form import Form, form_of
from channels.twilio.incoming import media_types, message_id, text_and_extra
from channels.twilio_whatsapp.limits import CHANNEL, PREFIX, PROVIDER
from channels.twilio_whatsapp.picked import decode

_ADDRESS = re.compile(r"whatsapp:(\+[1-9][0-9]{6,14})")
_LONGEST_NAME = 100
"""Of a profile's name; WhatsApp itself allows fewer. Our own limit."""


def parse(delivery: Delivery) -> list[Inbound]:
    """The message of a delivery; none for a delivery report that was sent here. Raises Malformed."""
    form = form_of(delivery)
    if "MessageStatus" in form:
        return []
    sid, sender = message_id(form), _ADDRESS.fullmatch(form.text("From"))
    if sender is None:
        raise Malformed(
            f"A WhatsApp message has the sender's number as From, such as {PREFIX}+15551234567. SMS belong at "
            "…/webhooks/twilio_sms/webhook."
        )
    text, extra = text_and_extra(form, _said(form))
    if _is_location(form):
        extra["location"] = True  # that there is one: where the customer is, nobody asked
    picked = decode(form.text("ButtonPayload")) or decode(form.text("ListId"))
    name = form.text("ProfileName").strip()[:_LONGEST_NAME] or None
    return [Inbound(PROVIDER, CHANNEL, sid, sender[1], text, picked, name, extra=extra)]


def _said(form: Form) -> str:
    """What the customer wrote or tapped; blank for a location and for contacts, whose words are not the customer's."""
    tapped = form.text("ButtonText") or form.text("ListTitle")
    if tapped:
        return tapped
    media = media_types(form)
    if _is_location(form) or (media and all("vcard" in kind for kind in media)):
        return ""
    return form.text("Body")


def _is_location(form: Form) -> bool:
    return bool(form.text("Latitude") and form.text("Longitude"))
