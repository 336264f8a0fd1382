"""On its way out a server is not ready, and still stores what providers deliver: not all of them deliver again."""

from __future__ import annotations

import uuid
from types import SimpleNamespace
from typing import Any

import pytest
from sanic import Blueprint, Sanic

from bot.bootstrap import mounting
from bot.console import mount
from tests.sanic_once import touch_up_once


class Stops:
    """Stands for whatever is stopped; remembers how the server looked meanwhile."""

    def __init__(self, app: Any) -> None:
        self.app, self.seen = app, []  # type: ignore[var-annotated]

    async def stop(self) -> None:
        self.seen.append((self.app.ctx.draining, self.app.ctx.receiver))

    finish = stop

    async def close(self) -> None:
        self.seen.append((self.app.ctx.draining, self.app.ctx.receiver))


async def test_it_takes_messages_in_until_it_does_not_listen_any_more(monkeypatch: pytest.MonkeyPatch) -> None:
    app = SimpleNamespace(ctx=SimpleNamespace())
    stops = Stops(app)
    app.ctx.conductor = app.ctx.receiver = app.ctx.beside = app.ctx.labelling = stops
    monkeypatch.setattr(mounting, "use", lambda _: None)
    await mounting.detach(app)
    assert stops.seen == [(True, stops)] * 3
    assert app.ctx.receiver is stops, "it listens still, and may have traces to send"
    await mounting.leave(app)
    assert stops.seen[3:] == [(True, None)], "closed last"
    assert app.ctx.receiver is app.ctx.conductor is None


async def test_nothing_is_closed_while_the_server_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sanic stops to listen between the two: what comes while the traces are sent still meets an open database."""
    done: list[str] = []

    def noted(name: str) -> Any:
        async def note(_app: Any) -> None:
            done.append(name)

        return note

    monkeypatch.setattr(mount, "detach_conductor", noted("detached"))
    monkeypatch.setattr(mount, "leave_conductor", noted("closed"))
    monkeypatch.setattr(mount, "switch_off", lambda: done.append("traces sent"))
    monkeypatch.setattr("sanic.app.TouchUp.run", touch_up_once)
    app, blueprint = Sanic(f"test_{uuid.uuid4().hex}", configure_logging=False), Blueprint("operations")
    mount._operations(blueprint)
    app.blueprint(blueprint)
    server = await app.create_server(port=0, return_asyncio_server=True, access_log=False)
    assert server is not None
    await server.startup()
    await server.before_stop()
    assert done == ["detached", "traces sent"]
    server.close()
    await server.after_stop()
    assert done == ["detached", "traces sent", "closed"]
