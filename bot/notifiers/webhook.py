"""Tells a program: a JSON document by POST, signed. docs/how-to/notify-teams.md says how a receiver verifies it."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from typing import Any

import httpx

from bot.recovery.telling import Told
from channels.contract import SendError

SIGNATURE, IDENTITY = "X-Conductor-Signature", "X-Conductor-Id"
TIMEOUT_SECONDS = 10.0

_LATER = frozenset({408, 409, 425, 429})
"""4xx that pass: https://www.rfc-editor.org/rfc/rfc9110#section-15.5 and RFC 6585; every other is for good."""


class WebhookNotifier:
    """`now` gives the time (ISO 8601) that is signed along, against replay."""

    def __init__(self, secret: str, now: Callable[[], str], transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._secret = secret.encode()
        self._now = now
        self._transport = transport

    async def send(self, told: Told) -> str:
        body = json.dumps(document(told), ensure_ascii=False).encode()
        headers = {"Content-Type": "application/json", IDENTITY: identity(told), "User-Agent": "survey-conductor"}
        headers[SIGNATURE] = sign(self._secret, body, int(datetime.fromisoformat(self._now()).timestamp()))
        # A redirect would carry the document to an address that nobody has configured.
        async with httpx.AsyncClient(
            timeout=TIMEOUT_SECONDS, follow_redirects=False, transport=self._transport, trust_env=False
        ) as client:
            try:
                answer = await client.post(told.notification.target, content=body, headers=headers)
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                raise SendError(f"The address can't be reached ({type(error).__name__}).", "later") from error
            except httpx.RequestError as error:  # among them an answer that can't be unpacked
                raise TimeoutError(type(error).__name__) from error
        if not answer.is_success:
            raise _refusal(answer)
        return identity(told)

    async def earlier(self, told: Told) -> str | None:
        """The receiver knows our id: what it has already, it drops."""
        return None


def identity(told: Told) -> str:
    """The same at every attempt: the receiver's key of de-duplication."""
    return f"notification-{told.notification.id}"


def document(told: Told) -> dict[str, Any]:
    """What the receiver gets. It holds no name and no address of the customer."""
    case = {k: v for k, v in asdict(told.case).items() if k not in ("name", "conversation", "action", "owner")}
    kind, created = told.notification.kind, told.notification.created_at
    return {"id": identity(told), "type": f"case.{kind}", "created_at": created, "case": {**case, "url": told.link}}


def sign(secret: bytes, body: bytes, timestamp: int) -> str:
    """`t=SECONDS,v1=HEX`: HMAC-SHA256 over the time, a dot and the very bytes of the body."""
    digest = hmac.new(secret, f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={timestamp},v1={digest}"


def _refusal(answer: httpx.Response) -> SendError:
    words = f"The address answered HTTP {answer.status_code}."
    if answer.status_code >= 500 or answer.status_code in _LATER:
        after = answer.headers.get("Retry-After", "")
        return SendError(words, "later", float(after) if after.isascii() and after.isdecimal() else None)
    return SendError(words, "never")
