"""What Twilio's error codes mean for a message, as data. Codes that are not listed go by their HTTP status."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from channels.contract import Retry, SendError

SOURCE = "https://www.twilio.com/docs/api/errors/{code}"


WINDOW_CLOSED = 63016
"""https://www.twilio.com/docs/api/errors/63016"""

CONTENT_REFUSED = frozenset({21654, 21655, 21656})
"""The content is at fault, not the customer nor the account: nothing was sent, and the same words may go as text."""


class TwilioError(SendError):
    """A SendError with Twilio's error `code`; 0 when the answer had none."""

    code: int = 0


@dataclass(frozen=True, slots=True)
class Failure:
    """`meaning` is a sentence for the person who looks after the system; it never holds a customer's number."""

    retry: Retry
    meaning: str
    opted_out: bool = False


def _never(meaning: str, *, opted_out: bool = False) -> Failure:
    return Failure("never", meaning, opted_out)


def _later(meaning: str) -> Failure:
    return Failure("later", meaning)


def _dead(meaning: str) -> Failure:
    return Failure("channel_dead", meaning)


FAILURES: Mapping[int, Failure] = MappingProxyType(
    {
        # The account
        10001: _dead("The Twilio account is not active. Look at it in the Twilio Console."),
        20003: _dead("Twilio does not know these credentials. Compare TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN."),
        20005: _dead("The Twilio account is not active. Look at it in the Twilio Console."),
        20008: _dead("These are Twilio's test credentials. Set the live ones."),
        20429: _later("Twilio asks for fewer requests at a time."),
        30002: _dead("The Twilio account is suspended. Ask Twilio's support."),
        # The customer's number
        21211: _never("The customer's number is no valid telephone number."),
        21610: _never("The customer has opted out of messages from this sender.", opted_out=True),
        21612: _never("Twilio has no way from this sender to the customer's number."),
        21614: _never("The customer's number can't receive messages: it is no mobile number."),
        21635: _never("The customer's number is a landline."),
        21215: _never("Calls to the customer's country are not allowed. Allow it under Voice geographic permissions."),
        21203: _never("The account may not call other countries yet. Allow it under Voice geographic permissions."),
        21214: _never("The customer's number can't be called."),
        21216: _never("Calls to the customer's number are blocked by Twilio."),
        21217: _never("The customer's number is no valid telephone number."),
        21219: _never("A Twilio trial account reaches verified numbers only. Verify this one, or upgrade."),
        21408: _never("Messages to the customer's country are not allowed. Allow it under Geo permissions."),
        21608: _never("A Twilio trial account reaches verified numbers only. Verify this one, or upgrade."),
        # The sender
        21212: _dead("The sender is no valid number. Set it to a number or a Messaging Service of the account."),
        21603: _dead("The sender is missing. Set it to a number or a Messaging Service of the account."),
        21606: _never("The sender can't send to this number: wrong country, not of this account, or no SMS."),
        21609: _dead("Twilio can't report to this StatusCallback. Set CONDUCTOR_PUBLIC_URL to a public address."),
        21659: _dead("The sender is no Twilio number. Set it to a number or a Messaging Service of the account."),
        21660: _dead("The sender belongs to another Twilio account."),
        21701: _dead("There is no such Messaging Service in this account."),
        21703: _dead("The Messaging Service has no sender. Add a number to its sender pool."),
        30034: _never("The sender's number is not registered for US messages (A2P 10DLC)."),
        21210: _dead("Calls can't be made from this number: it is neither of this account nor verified by it."),
        # The message
        21602: _never("The message has no text."),
        21617: _never("The message is longer than 1600 characters."),
        21654: _never("There is no such Content template in this account."),
        21655: _never("The Content template's id is malformed."),
        21656: _never("The variables do not fit the Content template."),
        # Sending and delivery
        14107: _later("Twilio asks for fewer messages at a time."),
        21611: _later("The sender's queue at Twilio is full."),
        30001: _later("The sender's queue at Twilio overflowed."),
        30003: _never("The customer's telephone could not be reached."),
        30004: _never("The message was blocked."),
        30005: _never("The customer's number is unknown or no longer in service."),
        30006: _never("The customer's number is a landline, or its carrier can't be reached."),
        30007: _never("The message was filtered by Twilio or by the carrier."),
        30008: _never("The carrier does not say why the message failed."),
        30022: _later("The carrier asks for fewer messages at a time."),
        # WhatsApp and other channels
        63001: _dead("The channel does not accept Twilio's credentials. Look at the sender in the Twilio Console."),
        63003: _never("The customer's number is not on this channel."),
        63007: _dead("Twilio knows no such channel sender. Compare the sender with the Twilio Console."),
        63015: _never("The customer has not joined the WhatsApp sandbox."),
        WINDOW_CLOSED: Failure(
            "withhold", "More than 24 hours since the customer's last message: only an approved template may be sent."
        ),
        63018: _later("The channel asks for fewer messages at a time."),
        63024: _never("The customer's number can't receive messages on this channel."),
        63032: _never("WhatsApp does not let this business write to this customer."),
        63038: _later("The account's daily limit of messages is reached."),
    }
)
"""Twilio error code → what it means. Source of each: `SOURCE`. 30xxx and 63xxx come mostly with a delivery status."""

BUSY = frozenset({20429, 30022, 63018, 63038})
"""They ask for patience: nothing is wrong with the message."""

OPTED_OUT = frozenset(str(code) for code, failure in FAILURES.items() if failure.opted_out)
"""As they stand in reports. A Messaging Service takes the message first, and says 21610 only in its report."""


def send_error(status: int, code: int | None, retry_after: float | None = None) -> TwilioError:
    """The error for an answer of Twilio's with this HTTP status and error code. `retry_after` is in seconds."""
    failure = FAILURES.get(code or 0) or _by_status(status)
    named = f"Twilio error {code}" if code else f"Twilio answered HTTP {status}"
    wait = (retry_after or _asked(status, code)) if failure.retry == "later" else None
    error = TwilioError(f"{named}: {failure.meaning}", failure.retry, wait, opted_out=failure.opted_out)
    error.code = code or 0
    return error


def _asked(status: int, code: int | None) -> float | None:
    """Seconds of patience that an answer asks for without naming them."""
    return 1.0 if status == 429 or code in BUSY else None


def _by_status(status: int) -> Failure:
    if status in (408, 425, 429) or status >= 500:
        return _later("It could not take the message just now.")
    if status in (401, 403, 404) or status < 400:
        return _dead("It does not accept this account here. Compare TWILIO_ACCOUNT_SID and TWILIO_API_BASE_URL.")
    return _never(f"It refused the message; {SOURCE.format(code='<code>')} explains the code.")
