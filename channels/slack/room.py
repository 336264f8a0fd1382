"""A team's channel as a place where agents work: cases are posted and changed there, their threads read and written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from channels.slack.case_card import card, lines
from channels.slack.client import SlackClient
from channels.slack.found import mapping
from channels.slack.words import escape
from channels.workplace import Card, Line

EVENT = "conductor"
"""The type of the metadata by which we know our own messages again:
https://docs.slack.dev/messaging/message-metadata"""
PAGE, PAGES = 200, 10
"""Messages of a page, and pages, that are looked through for ours: https://docs.slack.dev/reference/methods/conversations.history"""


class SlackRoom:
    """Raises as `SlackClient` does: SendError, or TimeoutError when only Slack knows."""

    def __init__(self, client: SlackClient) -> None:
        self._client = client
        self._team = ""

    async def enter(self, target: str) -> str:
        """The channel of a target of recovery.yml: the same, or a person's direct message."""
        return await self._client.conversation(target)

    async def post(self, channel: str, shown: Card, key: str) -> str:
        """A case. Returns its `ts`, which is its thread."""
        return await self._post(channel, card(shown), key)

    async def change(self, channel: str, thread: str, shown: Card) -> None:
        await self._client.update({"channel": channel, "ts": thread, **card(shown)})

    async def write(self, channel: str, thread: str, said: Sequence[Line], key: str, loud: Card | None = None) -> str:
        """Into a case's thread. `loud`: the channel sees it as well, with the buttons of that card."""
        where = {"thread_ts": thread, **({"reply_broadcast": True} if loud else {})}
        return await self._post(channel, {**lines(said, loud), **where}, key)

    async def _post(self, channel: str, body: Mapping[str, Any], key: str) -> str:
        ours = {"event_type": EVENT, "event_payload": {"key": key}}
        quiet: dict[str, Any] = {"unfurl_links": False, "unfurl_media": False}
        async with self._client.gate(channel):
            answer = await self._client.call("chat.postMessage", channel=channel, metadata=ours, **quiet, **body)
        return str(answer["ts"])

    async def find(self, channel: str, thread: str, key: str, since: float = 0) -> str | None:
        """The `ts` of our message with that key: in the thread, or ("") in the channel since then (seconds)."""
        method = "conversations.replies" if thread else "conversations.history"
        where = {"ts": thread} if thread else {"oldest": f"{since:.6f}"}
        asked: dict[str, Any] = {"channel": channel, "include_all_metadata": True, "limit": PAGE, **where}
        for _ in range(PAGES):
            found = await self._client.call(method, **asked, as_form=True)
            for message in found.get("messages") or ():
                ours = mapping(mapping(message).get("metadata"))
                if ours.get("event_type") == EVENT and mapping(ours.get("event_payload")).get("key") == key:
                    return str(message["ts"])
            asked["cursor"] = mapping(found.get("response_metadata")).get("next_cursor")
            if not asked["cursor"]:
                break
        return None

    async def whisper(self, channel: str, thread: str, who: str, text: str) -> None:
        """Only `who` sees it."""
        where: dict[str, Any] = {"thread_ts": thread} if thread else {}
        await self._client.call("chat.postEphemeral", channel=channel, user=who, text=escape(text), **where)

    async def email(self, who: str) -> str | None:
        """The e-mail address of a member of our own workspace: one of another company, shared into the channel, or an
        address that nobody confirmed, proves nothing."""
        answer = await self._client.call("users.info", user=who, as_form=True)
        user = mapping(answer.get("user"))
        if not self._team:
            self._team = str((await self._client.call("auth.test")).get("team_id") or "")
        foreign = user.get("team_id") != self._team or user.get("is_stranger") or user.get("deleted")
        if foreign or user.get("is_bot") or user.get("is_email_confirmed") is False:
            return None
        address = mapping(user.get("profile")).get("email")
        return address if isinstance(address, str) and address else None
