"""Templates at Twilio: created by the Content API, submitted to WhatsApp, and followed until Meta has decided.

https://www.twilio.com/docs/content/content-api-resources; twilio_content_v1: ContentCreateRequest,
ContentApprovalRequest, content_and_approvals, approval_fetch.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, cast

from channels.contract import SendError
from channels.twilio.client import opened
from channels.twilio.settings import Account
from channels.twilio_whatsapp.contents import SID, URL
from channels.twilio_whatsapp.template import UNSUBMITTED, Approval

_PAGE = 500
_PAGES = 40
"""Of 500 contents: an account holds fewer. It ends a list that never ends."""


class Approvals:
    """Asks Twilio. Every call raises SendError (with Twilio's code and what it means) or TimeoutError."""

    def __init__(self, account: Account) -> None:
        self._account = account

    async def known(self) -> Mapping[str, Approval]:
        """All contents of the account by their friendly name: what was pushed before is not made a second time."""
        found: dict[str, Approval] = {}
        url: str | None = f"{URL}AndApprovals?PageSize={_PAGE}"
        for _ in range(_PAGES):
            page = await self._ask("GET", url)
            for content in page.get("contents") or ():
                asked = content.get("approval_requests") or {}
                found[str(content.get("friendly_name"))] = _approval(str(content.get("sid")), asked)
            url = (page.get("meta") or {}).get("next_page_url")
            if not url:
                break
        return found

    async def create(self, definition: Mapping[str, Any]) -> str:
        """Returns the ContentSid."""
        sid = str((await self._ask("POST", URL, definition)).get("sid"))
        if not SID.fullmatch(sid):
            raise SendError("Twilio's answer holds no ContentSid.", "later")
        return sid

    async def submit(self, sid: str, name: str, category: str) -> Approval:
        """Ask WhatsApp for approval. Mostly decided within minutes, at the latest after 48 hours."""
        body = {"name": name, "category": category}
        return _approval(sid, await self._ask("POST", f"{URL}/{sid}/ApprovalRequests/whatsapp", body))

    async def of(self, sid: str) -> Approval:
        """Where Meta stands with a content."""
        return _approval(sid, (await self._ask("GET", f"{URL}/{sid}/ApprovalRequests")).get("whatsapp") or {})

    async def _ask(self, method: str, url: str | None, body: Mapping[str, Any] | None = None) -> Mapping[str, Any]:
        data = (
            cast("dict[str, Any]", json.dumps(body)) if body is not None else None
        )  # the SDK hands on a string as it is
        headers = {"Content-Type": "application/json"} if body is not None else None
        async with opened(self._account) as client:
            answer = await client.request_async(method, url, data=data, headers=headers)
        try:
            found = json.loads(answer.text)
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise SendError("Twilio's answer is no JSON object.", "later")
        return found


def _approval(sid: str, asked: Mapping[str, Any]) -> Approval:
    said = {name: str(asked.get(name) or "") for name in ("status", "category", "rejection_reason")}
    return Approval(sid, said["status"].lower() or UNSUBMITTED, said["category"].upper(), said["rejection_reason"])
