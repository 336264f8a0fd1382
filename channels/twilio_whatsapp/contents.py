"""Twilio's Content API: where a message with buttons or a list is defined before it is sent. The SDK sends contents but
does not create them (twilio 8.2.2), so this does, through the SDK's client. https://www.twilio.com/docs/content"""

from __future__ import annotations

import json
import logging
import re
from typing import Any, cast

from twilio.rest import Client

from channels.contract import SendError
from channels.twilio_whatsapp.limits import CONTENT_SECONDS
from channels.twilio_whatsapp.render import Content

logger = logging.getLogger(__name__)

URL = "https://content.twilio.com/v1/Content"
SID = re.compile(r"HX[0-9a-fA-F]{32}")  # twilio_content_v1: content.v1.content.sid


class Contents:
    """Remembers, in memory, the ContentSid of each content that was created. A content holds no customer's words, so
    there are only as many as the surveys have questions; after a restart they are created once more."""

    def __init__(self, client: Client, seconds: float = CONTENT_SECONDS) -> None:
        self._client = client
        self._seconds = seconds
        self._sids: dict[str, str] = {}

    async def sid(self, content: Content) -> str | None:
        """The ContentSid; None when Twilio does not create it now, and the question has to go as text."""
        known = self._sids.get(content.fingerprint)
        if known:
            return known
        try:
            sid = await self._create(content)
        except (SendError, TimeoutError) as error:
            logger.warning("A question goes out as text: its content was not created. %s", error)
            return None
        self._sids[content.fingerprint] = sid
        return sid

    def forget(self, content: Content) -> None:
        """Twilio no longer takes it: somebody has deleted it in the Console."""
        self._sids.pop(content.fingerprint, None)

    async def _create(self, content: Content) -> str:
        body = cast("dict[str, Any]", json.dumps(content.definition))  # the SDK hands on a string as the body, as it is
        headers = {"Content-Type": "application/json"}
        answer = await self._client.request_async("POST", URL, data=body, headers=headers, timeout=self._seconds)
        sid = _sid(answer.text)
        if not SID.fullmatch(sid):
            raise SendError("Twilio's answer holds no ContentSid.", "later")
        return sid


def _sid(text: str) -> str:
    try:
        answer = json.loads(text)
    except ValueError:
        return ""
    return str(answer.get("sid")) if isinstance(answer, dict) else ""
