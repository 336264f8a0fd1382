"""The signed webhook, sent to a real server on this machine."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web

from bot.notifiers.webhook import WebhookNotifier
from channels.contract import SendError
from channels.loopback import Loopback
from tests.doubles import NOON
from tests.notifiers.stories import told

SECRET = "0123456789abcdef-of-no-house"
AT_NOON = 1795435200


class Receiver:
    def __init__(self) -> None:
        self.server = Loopback()
        self.server.app.router.add_route("*", "/{rest:.*}", self._take)
        self.requests: list[tuple[dict[str, str], bytes]] = []
        self.answer: dict[str, Any] = {"status": 204}

    async def _take(self, request: web.Request) -> web.Response:
        self.requests.append((dict(request.headers), await request.read()))
        return web.Response(**self.answer)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    made = Receiver()
    await made.server.start()
    yield made
    await made.server.stop()


async def send(receiver: Receiver) -> str:
    notifier = WebhookNotifier(SECRET, lambda: NOON)
    return await notifier.send(told("webhook", f"{receiver.server.url}/hooks"))


# What docs/how-to/notify-teams.md tells receivers to do; test_the_guide keeps the two the same.
def verified(body: bytes, signature: str, secret: str, now: float) -> bool:
    parts = dict(part.split("=", 1) for part in signature.split(","))
    expected = hmac.new(secret.encode(), f"{parts['t']}.".encode() + body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected, parts["v1"]) and abs(now - int(parts["t"])) <= 300


async def test_a_receiver_can_verify_it_and_knows_its_id(receiver: Receiver) -> None:
    assert await send(receiver) == "notification-12"
    await send(receiver)
    (headers, body), (again, _) = receiver.requests
    assert verified(body, headers["X-Conductor-Signature"], SECRET, AT_NOON)
    assert not verified(body + b" ", headers["X-Conductor-Signature"], SECRET, AT_NOON)
    assert not verified(body, headers["X-Conductor-Signature"], "another secret", AT_NOON)
    assert not verified(body, headers["X-Conductor-Signature"], SECRET, AT_NOON + 301)
    assert headers["X-Conductor-Id"] == again["X-Conductor-Id"] == json.loads(body)["id"]


async def test_the_document_holds_the_case_but_not_who_it_is(receiver: Receiver) -> None:
    await send(receiver)
    document = json.loads(receiver.requests[0][1])
    assert document["type"] == "case.first_response_risk"
    assert document["case"]["id"] == 7
    assert document["case"]["score"] == 2.0
    assert document["case"]["due_at"] == "2026-11-23T13:00:00+00:00"
    assert document["case"]["url"] == "https://surveys.example/console/inbox?case=7"
    assert "Ada" not in receiver.requests[0][1].decode()


@pytest.mark.parametrize(
    ("status", "headers", "retry", "after"),
    [
        (500, {}, "later", None),
        (429, {"Retry-After": "17"}, "later", 17.0),
        (503, {"Retry-After": "Fri, 31 Dec 1999 23:59:59 GMT"}, "later", None),
        (400, {}, "never", None),
        (404, {}, "never", None),
        (302, {"Location": "https://elsewhere.example"}, "never", None),
    ],
)
async def test_the_answer_says_whether_to_try_again(
    receiver: Receiver, status: int, headers: dict[str, str], retry: str, after: float | None
) -> None:
    receiver.answer = {"status": status, "headers": headers, "text": "secret words"}
    with pytest.raises(SendError) as refused:
        await send(receiver)
    assert (refused.value.retry, refused.value.retry_after) == (retry, after)
    assert "secret words" not in str(refused.value)
    assert len(receiver.requests) == 1, "a redirect is not followed"


async def test_nobody_listens(receiver: Receiver) -> None:
    await receiver.server.stop()
    with pytest.raises(SendError) as refused:
        await send(receiver)
    assert refused.value.retry == "later"


def test_the_guide_says_what_is_tested_here() -> None:
    import inspect
    from pathlib import Path

    guide = (Path(__file__).parents[2] / "docs/how-to/notify-teams.md").read_text(encoding="utf-8")
    assert inspect.getsource(verified).strip() in guide
    assert time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(AT_NOON)) == NOON[:19]
