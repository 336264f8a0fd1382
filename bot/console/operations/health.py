"""`/health/live` and `/health/ready`, for load balancers, Compose and Kubernetes.

Alive: the process answers; else it is to be restarted. Ready: it can do its work; else it gets no requests for a while.
Redis may be away: then the server does alone what it shared (docs/how-to/grow.md), so it stays ready, degraded.
So may the database, once the server has started with it: all servers lose it at once, and a proxy that takes them all
out would refuse the very messages that they would write to disk.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

from sanic import Blueprint, response
from sanic.request import Request
from sanic.response import HTTPResponse

from bot.storage.health import DatabaseHealth, look
from bot.telemetry.redis_writes import REFUSALS

FRESH_SECONDS = 1.0
"""So long an answer is kept: anybody may ask, and the database is not to notice."""


def mount(blueprint: Blueprint) -> None:
    """`/healthz` and `/readyz` are the same under their older names."""
    states = Readiness()

    @blueprint.get("/health/live")
    @blueprint.get("/healthz", name="healthz")
    async def live(request: Request) -> HTTPResponse:
        return response.json({"alive": True})

    @blueprint.get("/health/ready")
    @blueprint.get("/readyz", name="readyz")
    async def ready(request: Request) -> HTTPResponse:
        ctx = request.app.ctx
        leaving = getattr(ctx, "draining", False)
        state = await states.of(None if leaving else getattr(ctx, "conductor", None))
        return response.json(state, status=200 if state["ready"] else 503)


@dataclass
class Readiness:
    """What `/health/ready` says. Words of errors stay in the log: anybody may read this."""

    _lock: asyncio.Lock | None = None
    _until: float = 0.0
    _last: Mapping[str, Any] = field(default_factory=dict)

    async def of(self, conductor: Any) -> Mapping[str, Any]:
        """`conductor` None: the server is starting, or on its way out."""
        if conductor is None:
            return {"ready": False, "why": "starting or stopping"}
        self._lock = self._lock or asyncio.Lock()
        async with self._lock:
            if monotonic() >= self._until:
                self._last = state_of(
                    await look(conductor.database),
                    conductor.model,
                    None if conductor.together is None else _redis(conductor.together.link),
                )
                self._until = monotonic() + FRESH_SECONDS
        return self._last


def _redis(link: Any) -> str:
    """What is wrong with it, in words that anybody may read; "ok" where nothing is."""
    if link.up:
        return "ok"
    if not link.refuses:
        return "unreachable"
    return f"answers, but takes no writes: {REFUSALS[link.refuses]} ({link.refuses})"


def state_of(database: DatabaseHealth, model: str, redis: str | None) -> Mapping[str, Any]:
    """Of a server that has started. `redis`: "ok" or what is wrong; None where none is needed.

    A database that a newer version has migrated is in order: during a rolling deploy the older servers go on.
    """
    checks = {
        "database": "ok" if database.reachable else "unreachable",
        "migrations": "ok" if not database.pending else "to be applied",
        "model": "ok" if model else "none",
    }
    if redis is not None:
        checks["redis"] = redis
    able = checks["migrations"] == checks["model"] == "ok"
    return {
        "ready": able,
        "degraded": not database.reachable or redis not in (None, "ok"),
        "model": model,
        "checks": checks,
    }
