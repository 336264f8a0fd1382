"""The real server, killed with `kill -9` right after it has acknowledged a message, and started again."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from bot.conversation.letter import LEASE_SECONDS
from tests.backends import Backend
from tests.server import Server, running

pytestmark = pytest.mark.slow


FOUND_AGAIN_SECONDS = LEASE_SECONDS + 45
"""Killed in the middle of a sending, a grown server leaves a letter that nobody else touches while its lease runs. Then
it is looked for, by a machine that has other tests to run."""


ANSWERED = (
    "select 1 from outbox join inbox on inbox.id = outbox.inbox_id where message_id = 'm2' and outbox.status = 'sent'"
)


def until(check: Any, seconds: float = 30) -> bool:
    """Look until `check` holds; False when it does not within `seconds`."""
    pause = threading.Event()
    for _ in range(int(seconds / 0.05)):
        if check():
            return True
        pause.wait(0.05)
    return False


def ask(server: Server, number: int, text: str) -> None:
    message = {"message_id": f"m{number}", "channel": "sms", "sender": "ada", "text": text}
    assert server.post("/webhooks/web/webhook", message)["accepted"]


@pytest.mark.timeout(240)
def test_what_was_acknowledged_is_answered_once_after_a_restart(backend: Backend) -> None:
    with running(backend) as server:
        ask(server, 1, "I want to give feedback")
        assert until(lambda: backend.rows("select 1 from responses"))
        ask(server, 2, "9")
        server.kill()
    with running(backend) as server:
        ask(server, 2, "9")  # the provider sends it again, as providers do
        assert until(lambda: backend.rows(ANSWERED), FOUND_AGAIN_SECONDS), backend.table("outbox")
        assert server.stop() == 0, "".join(server.lines[-20:])
    assert backend.rows("select count(*) from inbox where message_id = 'm2' and status = 'done'") == [(1,)]
    assert backend.rows("select value, state from answers") == [("9", "current")]
    assert backend.rows("select count(*) from outbox where status <> 'sent'") == [(0,)]
