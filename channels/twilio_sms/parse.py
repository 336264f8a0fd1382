"""Twilio's webhook for an incoming SMS or MMS → Inbound. Pure.

https://www.twilio.com/docs/messaging/guides/webhook-request
"""

from __future__ import annotations

import re
from typing import Any

from channels.contract import Inbound
from channels.receive import Delivery, Malformed
from channels.twilio.form import Form, form_of
from channels.twilio.status import MESSAGE_SID
from channels.twilio_sms.limits import CHANNEL, PROVIDER

_MOST_MEDIA = 10
"""Files of one MMS. https://www.twilio.com/docs/messaging/guides/accepted-mime-types"""

_ADDRESS = re.compile(r"\+?[0-9]{3,15}|[A-Za-z0-9 &+._-]{1,20}")


def parse(delivery: Delivery) -> list[Inbound]:
    """The message of a delivery; none for a delivery report that was sent here. Raises Malformed."""
    form = form_of(delivery)
    if "MessageStatus" in form:
        return []
    sid, address = form.text("MessageSid"), form.text("From")
    if not MESSAGE_SID.fullmatch(sid):
        raise Malformed("A message has a MessageSid: SM or MM and 32 hexadecimal digits.")
    if address.startswith("whatsapp:"):
        raise Malformed("This is a WhatsApp message. At Twilio, set its webhook to …/webhooks/twilio_whatsapp/webhook.")
    if not _ADDRESS.fullmatch(address):
        raise Malformed("A message has the sender's number as From, such as +15551234567.")
    said = form.text("Body")
    extra = _extra(form, said)
    # Twilio has closed the line by now, also at a word that only its own list knows: that is a STOP, whatever was said.
    text = "STOP" if extra.get("opt_out_type") == "STOP" else said
    return [Inbound(PROVIDER, CHANNEL, sid, address, text, extra=extra)]


def _extra(form: Form, said: str) -> dict[str, Any]:
    """`media`: types of what was sent along. `opt_out_type`: Twilio has acted on STOP, START or HELP itself. `said`:
    the customer's own word, where the text stands for it."""
    extra: dict[str, Any] = {}
    media = min(form.number("NumMedia"), _MOST_MEDIA)
    if media:
        extra["media"] = [form.text(f"MediaContentType{n}")[:100] or "unknown" for n in range(media)]
    kind = form.text("OptOutType").upper()
    if kind in ("STOP", "START", "HELP"):
        extra["opt_out_type"] = kind
    if kind == "STOP":
        extra["said"] = said
    return extra
