"""Twilio's delivery reports for messages (SMS, WhatsApp) → DeliveryStatus. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

from channels.contract import DeliveryStatus
from channels.receive import Delivery, Malformed
from channels.twilio.failures import OPTED_OUT, WINDOW_CLOSED, send_error
from channels.twilio.form import form_of

MESSAGE_SID = re.compile(r"(SM|MM)[0-9a-fA-F]{32}")  # twilio_api_v2010: api.v2010.account.message.sid

STATUSES: Mapping[str, str | None] = {
    "accepted": None,  # None: nothing new, we know it from the answer to our own request
    "scheduled": None,
    "queued": None,
    "sending": None,
    "sent": "sent",
    "delivered": "delivered",
    "read": "read",
    "undelivered": "undelivered",
    "failed": "failed",
    "canceled": "failed",
}
"""Twilio's MessageStatus → ours. https://www.twilio.com/docs/messaging/api/message-resource#message-status-values"""


@dataclass
class StatusParser:
    """Parses the reports of one provider name; `unknown` counts statuses that Twilio has invented since."""

    provider: str
    unknown: Counter[str] = field(default_factory=Counter)

    def __call__(self, delivery: Delivery) -> list[DeliveryStatus]:
        """At most one status; its `key` is the one in the signed address (`webhook.status_callback`).

        Raises Malformed for a body that is no report."""
        form = form_of(delivery)
        sid, said = form.text("MessageSid"), form.text("MessageStatus").lower()
        if not MESSAGE_SID.fullmatch(sid) or not said:
            raise Malformed(
                "A delivery report has a MessageSid (SM or MM and 32 hexadecimal digits) and a MessageStatus."
            )
        if said not in STATUSES:
            self.unknown[said if re.fullmatch("[a-z_-]{1,40}", said) else "?"] += 1
            return []
        status = STATUSES[said]
        if status is None:
            return []
        code = form.text("ErrorCode")[:10]
        failed = status in ("undelivered", "failed")
        opted_out = failed and code in OPTED_OUT
        if failed and code == str(WINDOW_CLOSED):
            status, code = "withheld", str(send_error(400, WINDOW_CLOSED))
        key = parse_qs(urlsplit(delivery.url).query).get("key", [""])[0]
        return [DeliveryStatus(self.provider, sid, status, code, key, opted_out)]
