"""Named places at which a test can kill the process, to prove that nothing is lost and nothing happens twice there.

Off unless CONDUCTOR_FAULT names a point; then the process ends there as by `kill -9`.
"""

from __future__ import annotations

import os
import signal

POINTS = (
    "received",  # a message has arrived, nothing is stored
    "accepted",  # the inbox row is committed, the provider is not acknowledged yet
    "loaded",  # the conversation's state is read
    "understood",  # the answer is read
    "conversed",  # Rasa has decided
    "committing",  # inside the transaction, everything written, nothing committed
    "committed",  # answer, state, outbox are committed
    "sending",  # the outbox row is marked, nothing is sent
    "sent",  # the provider has taken the message, the row does not know
    "delivered",  # the row knows
)
OF_NOTIFICATIONS = (
    "notifying",  # the notification is marked, nothing is sent
    "notified",  # the receiver has it, the row does not know
)
OF_BURSTS = ("held",)  # the message waits for what the customer writes next

OF_CAMPAIGNS = ("planned",)  # inside the transaction of a part, everybody invited, nothing committed

_armed = os.environ.get("CONDUCTOR_FAULT", "")


def arm(point: str) -> None:
    """Set the point at which this process dies; "" for none. Raises ValueError for an unknown one."""
    global _armed
    known = (*POINTS, *OF_NOTIFICATIONS, *OF_BURSTS, *OF_CAMPAIGNS)
    if point and point not in known:
        raise ValueError(f"There is no fault point {point!r}. Use one of {', '.join(known)}.")
    _armed = point


def fault(point: str) -> None:
    if point == _armed:
        os.kill(os.getpid(), signal.SIGKILL)
