"""What the webhooks for incoming messages have in common, SMS and WhatsApp. Pure.

https://www.twilio.com/docs/messaging/guides/webhook-request
"""

from __future__ import annotations

from typing import Any

from channels.receive import Malformed
from channels.twilio.form import Form
from channels.twilio.status import MESSAGE_SID

_MOST_MEDIA = 10
"""Files of one message. https://www.twilio.com/docs/messaging/guides/accepted-mime-types"""


def message_id(form: Form) -> str:
    """The message's id. Raises Malformed when there is none."""
    sid = form.text("MessageSid")
    if not MESSAGE_SID.fullmatch(sid):
        raise Malformed("A message has a MessageSid: SM or MM and 32 hexadecimal digits.")
    return sid


def media_types(form: Form) -> list[str]:
    """The types of the files that were sent along."""
    media = min(form.number("NumMedia"), _MOST_MEDIA)
    return [form.text(f"MediaContentType{n}")[:100] or "unknown" for n in range(media)]


def text_and_extra(form: Form, said: str) -> tuple[str, dict[str, Any]]:
    """The text that counts, and `media`: types of what was sent along; `opt_out_type`: Twilio has acted on STOP, START
    or HELP itself; `said`: the customer's own word, where the text stands for it.

    After a STOP Twilio has closed the line, also at a word that only its own list knows: that is a STOP, whatever was
    said."""
    extra: dict[str, Any] = {}
    media = media_types(form)
    if media:
        extra["media"] = media
    kind = form.text("OptOutType").upper()
    if kind in ("STOP", "START", "HELP"):
        extra["opt_out_type"] = kind
    if kind == "STOP":
        extra["said"] = said
        return "STOP", extra
    return said, extra
