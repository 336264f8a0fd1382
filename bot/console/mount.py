"""The console as a Rasa InputChannel, named in credentials.yml as ``bot.console.mount.ConsoleInput``.

So every page is served by Rasa's own server, `rasa run` included, and the house is wired when that server starts.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from typing import Any

from rasa.core.channels.channel import InputChannel, UserMessage
from sanic import Blueprint, Sanic
from sanic.blueprint_group import BlueprintGroup

from bot.bootstrap import attach as attach_conductor
from bot.bootstrap import detach as detach_conductor
from bot.bootstrap import leave as leave_conductor
from bot.console.desk.routes import desk
from bot.console.operations import health, metrics, traced_requests
from bot.console.operations.early_stop import start_before_stopping, started
from bot.console.operations.last_requests import see_them_off
from bot.console.operations.limits import Limits, keep, refuse_the_unreadable, too_many_headers
from bot.console.playground.routes import playground
from bot.telemetry.logs import take_in_sanic
from bot.telemetry.supervisor import tell_supervisor
from bot.telemetry.tracing import switch_off


class ConsoleInput(InputChannel):
    """Mounts `/`, `/playground/…`, `/console/…` and what operators ask for (`/health/…`, `/metrics`), and attaches the
    conductor to the server."""

    @classmethod
    def name(cls) -> str:
        return "console"

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> ConsoleInput:
        return cls()

    def url_prefix(self) -> str:
        """Rasa joins this to `/webhooks/`; an absolute path escapes it."""
        return "/"

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> BlueprintGroup:
        return Blueprint.group(_Root("operations", _operations), playground(), desk())


class _Root(Blueprint):
    """A blueprint that makes room for our `/`: Rasa has a greeting there, and the router takes each path once."""

    def __init__(self, name: str, fill: Callable[[Blueprint], None]) -> None:
        super().__init__(name)
        fill(self)

    def register(self, app: Sanic, options: dict[str, Any]) -> None:
        _drop_greeting(app)
        keep(app, Limits())  # the server listens before its settings are read: nobody slips in with 100 MB meanwhile
        see_them_off()
        start_before_stopping(app)
        app.register_middleware(too_many_headers, "request")
        traced_requests.mount(app)
        super().register(app, options)


def _drop_greeting(app: Sanic) -> None:
    """Takes Rasa's "Hello from Rasa" off `/`. Routes are not finalized before the server starts, so this is safe
    while mounting."""
    for routes in (app.router.static_routes, app.router.dynamic_routes):
        for key in [key for key, group in routes.items() if key in ((), ("",))]:
            del routes[key]
    app.router.name_index.pop(f"{app.name}.hello", None)


def _operations(blueprint: Blueprint) -> None:
    health.mount(blueprint)
    metrics.mount(blueprint)

    @blueprint.listener("after_server_start")
    async def attach(app: Sanic, loop: Any) -> None:
        refuse_the_unreadable()
        take_in_sanic()
        await attach_conductor(app)
        known = app.ctx.conductor.settings
        keep(app, Limits(known.request_seconds, known.response_seconds, known.keep_alive_seconds))
        if not started(app):
            return
        banner = os.environ.get("CONDUCTOR_BANNER")  # what `conductor serve` wants said once messages are taken in
        if banner:
            print(banner, flush=True)
        tell_supervisor("READY=1")

    @blueprint.listener("before_server_stop")
    async def detach(app: Sanic, loop: Any) -> None:
        tell_supervisor("STOPPING=1")
        await detach_conductor(app)
        await asyncio.to_thread(switch_off)

    @blueprint.listener("after_server_stop")
    async def leave(app: Sanic, loop: Any) -> None:
        await leave_conductor(app)
