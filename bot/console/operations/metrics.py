"""`/metrics`, for Prometheus."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from sanic import Blueprint, response
from sanic.request import Request
from sanic.response import HTTPResponse

from bot.console.operations.exposition import Gauging, Snapshot
from bot.storage.gauges import Gauges, gauges
from bot.telemetry.access import refusal
from bot.telemetry.away import DATABASE
from bot.telemetry.figures import REGISTRY
from bot.telemetry.redis_look import RedisLook
from bot.telemetry.webhooks import Webhooks

FRESH_SECONDS = 5.0
"""So long what the database said is kept, however many ask."""

REST = 50
"""And so many times as long as it took: counting 100,000 letters of a campaign takes a quarter of a second, which
no server does all the time."""

LONGEST_REST_SECONDS = 30.0
"""Older than that no figure may be: alerts look at what is so for some minutes."""

PATIENCE_SECONDS = 5.0


def mount(blueprint: Blueprint) -> None:
    latest = Latest()

    @blueprint.get("/metrics")
    async def metrics(request: Request) -> HTTPResponse:
        conductor = getattr(request.app.ctx, "conductor", None)
        if conductor is None:
            return response.text("The server is starting or stopping.\n", status=503)
        headers = {name.lower(): value for name, value in request.headers.items()}
        refused = refusal(headers, request.ip, conductor.settings.metrics_token.get_secret_value())
        if refused is not None:
            return response.text(f"{refused[1]}\n", status=refused[0])
        return response.raw(await page(latest, conductor), content_type=CONTENT_TYPE_LATEST)


async def page(latest: Latest, conductor: Any) -> bytes:
    """All figures in Prometheus' text format."""
    moment = CollectorRegistry()
    moment.register(Webhooks())
    moment.register(Gauging(await latest.of(conductor)))
    return bytes(generate_latest(REGISTRY)) + bytes(generate_latest(moment))


@dataclass
class Latest:
    """The last snapshot, taken anew when it is old."""

    _lock: asyncio.Lock | None = None
    _until: float = 0.0
    _last: Snapshot | None = None
    _redis: dict[str, RedisLook] = field(default_factory=dict)

    async def of(self, conductor: Any) -> Snapshot:
        self._lock = self._lock or asyncio.Lock()
        async with self._lock:
            if self._last is None or monotonic() >= self._until:
                began = monotonic()
                self._last = await self._look(conductor)
                self._until = monotonic() + _rest(self._last, monotonic() - began)
            return self._last

    async def _look(self, conductor: Any) -> Snapshot:
        now = conductor.clock.now()
        stored: Gauges | None
        try:
            stored = await asyncio.wait_for(gauges(conductor.database, now), PATIENCE_SECONDS)
        except Exception as error:
            DATABASE.fails(error)
            stored = None
        url = conductor.settings.redis_url.get_secret_value()
        redis = None
        if url:
            redis = await self._redis.setdefault(url, RedisLook(url))()
        return Snapshot(now, conductor.model, stored, redis)


def _rest(found: Snapshot, took: float) -> float:
    """For how many seconds it counts. That the database did not answer is no reason to believe it gone for longer."""
    if found.stored is None:
        return FRESH_SECONDS
    return min(max(FRESH_SECONDS, REST * took), LONGEST_REST_SECONDS)
