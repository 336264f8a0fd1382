"""Taking the house down."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from bot import bootstrap


async def test_turns_in_flight_keep_their_house_and_nothing_more_is_taken_in(monkeypatch: Any) -> None:
    used: list[Any] = []
    monkeypatch.setattr(bootstrap, "use", used.append)
    app = SimpleNamespace(ctx=SimpleNamespace())

    class Beside:
        async def stop(self) -> None:
            """Nothing runs beside."""

    app.ctx.beside = app.ctx.labelling = Beside()

    class Running:
        async def stop(self) -> None:
            assert used == [], "an action of a turn in flight would open a second database that nobody closes"
            assert app.ctx.receiver is None, "a channel would take messages in without knowing who may come"

    app.ctx.conductor = app.ctx.receiver = Running()
    await bootstrap.detach(app)
    assert used == [None]
    assert app.ctx.conductor is None
