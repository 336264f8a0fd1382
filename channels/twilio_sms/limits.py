"""Twilio's limits for SMS, with their sources. What SMS can show at all stands in `channels/looks.py`."""

from __future__ import annotations

from channels.looks import LOOKS

PROVIDER = "twilio_sms"
CHANNEL = "sms"

TEXT_LIMIT = LOOKS[CHANNEL].text_limit
"""Of one message, in UTF-16 units (an emoji is two). https://www.twilio.com/docs/api/errors/21617"""

ONE_LINE = 48
"""Characters that a few short options may take in one line; longer ones stand below each other. Our own choice: about
one line and a half of a narrow telephone."""

PER_SECOND = 0
"""No limit of ours: from a long code one segment a second leaves, and Twilio itself keeps the rest for ten hours
(https://www.twilio.com/docs/messaging/guides/queueing). Who wants to keep it here sets CONDUCTOR_PER_SECOND."""
