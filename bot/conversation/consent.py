"""What a person may still write to a customer who said STOP. Pure.

An answer to somebody who wrote to us is service, not marketing; but STOP means that nothing more is wanted, so after it
nothing goes out on a channel until the customer writes there again (docs/adr/0020). Looked at when an agent writes, and
once more when a letter leaves, whoever wrote it: its provider may have been too busy to take it before. What answers
the customer's own words, STOP and later ones, may go. A provider may be stricter still: Twilio lets nothing through to
a number that sent STOP until it sends START, and its refusal is shown beside the letter.
"""

from __future__ import annotations

from typing import Literal

Consent = Literal["given", "stopped", "wrote_again"]
"""Where a customer stands on one channel: nothing is known against writing; they said STOP and nothing may be sent;
they said STOP and wrote here since, so that their words may be answered (surveys and offers still not sent).
"""

OPTED_OUT = "The customer said STOP and has not written here since, so nothing may be sent to them."
STOPPED_MEANWHILE = "The customer said STOP before this could be sent."


REFUSED = "The customer wants nothing from us: "
"""Begins the error of a letter that its provider did not take for that reason. It is no fault, and stays none when the
customer writes START."""


def silenced(opted_out_at: str | None, heard_at: str | None) -> bool:
    """Whether nothing may be sent. `opted_out_at`: when the contact said STOP (ISO 8601; None: never, or START came
    after it); `heard_at`: when they last wrote on this channel."""
    return opted_out_at is not None and (heard_at is None or heard_at <= opted_out_at)


def consent(opted_out_at: str | None, heard_at: str | None) -> Consent:
    """What may be written, as a screen says it. Arguments as for `silenced`."""
    if opted_out_at is None:
        return "given"
    return "stopped" if silenced(opted_out_at, heard_at) else "wrote_again"
