"""Socket Mode on this machine: tickets, the WebSocket, envelopes and their acknowledgement. For the local provider.

https://docs.slack.dev/apis/events-api/using-socket-mode
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from typing import Any

from aiohttp import WSMsgType, web

from channels.slack.limits import ANSWER_SECONDS


class Sockets:
    """The connections of one app. `acknowledged` are the ids of envelopes, in order."""

    def __init__(self) -> None:
        self._tickets: set[str] = set()
        self._open: list[web.WebSocketResponse] = []
        self._waiting: dict[str, asyncio.Future[dict[str, Any]]] = {}
        self._changed = asyncio.Condition()
        self._issued = self._sent = self._connections = 0
        self.acknowledged: list[str] = []

    def ticket(self) -> str:
        """Good for one connection."""
        self._issued += 1
        ticket = f"ticket-{self._issued}"
        self._tickets.add(ticket)
        return ticket

    async def connected(self, seconds: float = 10) -> None:
        """Returns once somebody is connected. Raises asyncio.TimeoutError."""
        await asyncio.wait_for(self._until(lambda: bool(self._open)), seconds)

    async def ended(self, seconds: float = 10) -> None:
        """Returns once nobody is connected any more. Raises asyncio.TimeoutError."""
        await asyncio.wait_for(self._until(lambda: not self._open), seconds)

    async def opened(self, count: int, seconds: float = 10) -> None:
        """Returns once the connection of this number (from 1) is open. Raises asyncio.TimeoutError."""
        await asyncio.wait_for(self._until(lambda: self._connections >= count and bool(self._open)), seconds)

    async def _until(self, met: Callable[[], bool]) -> None:
        async with self._changed:
            await self._changed.wait_for(met)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """One connection, until it ends."""
        ticket = request.match_info["ticket"]
        if ticket not in self._tickets:
            return web.Response(status=404)
        self._tickets.discard(ticket)
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_json({"type": "hello", "num_connections": len(self._open) + 1, "connection_info": {}})
        await self._now([*self._open, socket])
        try:
            async for message in socket:
                if message.type == WSMsgType.TEXT:
                    self._taken(message.data)
        finally:
            await self._now([other for other in self._open if other is not socket])
        return socket

    async def _now(self, connections: list[web.WebSocketResponse]) -> None:
        async with self._changed:
            self._connections += len(connections) > len(self._open)
            self._open = connections
            self._changed.notify_all()

    def _taken(self, text: str) -> None:
        answer = json.loads(text)
        envelope = answer["envelope_id"]
        self.acknowledged.append(envelope)
        waiting = self._waiting.get(envelope)
        if waiting is not None and not waiting.done():
            waiting.set_result(answer.get("payload") or {})

    async def send(self, kind: str, payload: Mapping[str, Any], attempt: int) -> dict[str, Any]:
        """One envelope; returns what the acknowledgement holds. Raises asyncio.TimeoutError where none comes in time,
        ConnectionError where nobody is connected."""
        if not self._open:
            raise ConnectionError("Nobody is connected.")
        self._sent += 1
        envelope: dict[str, Any] = {"envelope_id": f"envelope-{self._sent}", "type": kind, "payload": dict(payload)}
        envelope["accepts_response_payload"] = kind != "events_api"
        if kind == "events_api":
            envelope |= {"retry_attempt": attempt, "retry_reason": "timeout" if attempt else ""}
        waiting = self._waiting[envelope["envelope_id"]] = asyncio.get_running_loop().create_future()
        try:
            await self._open[-1].send_json(envelope)
            return await asyncio.wait_for(waiting, ANSWER_SECONDS)
        finally:
            del self._waiting[envelope["envelope_id"]]

    async def refresh(self) -> None:
        """Slack asks for a new connection, as it does every few hours. (It would close this one itself, later.)"""
        for socket in list(self._open):
            await socket.send_json({"type": "disconnect", "reason": "refresh_requested"})

    async def drop(self) -> None:
        """The network fails: the connections end without a word."""
        for socket in list(self._open):
            transport = socket._req.transport if socket._req is not None else None
            if transport is not None:
                transport.abort()
