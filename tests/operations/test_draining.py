"""On its way out a server is not ready, and still stores what providers deliver: not all of them deliver again."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from bot.bootstrap import mounting


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
