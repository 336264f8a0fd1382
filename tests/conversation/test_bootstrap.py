"""Taking the house down."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from bot.bootstrap import mounting


async def test_turns_in_flight_keep_their_house_and_what_comes_meanwhile_is_still_taken_in(monkeypatch: Any) -> None:
    used: list[Any] = []
    monkeypatch.setattr(mounting, "use", used.append)
    app = SimpleNamespace(ctx=SimpleNamespace())

    class Beside:
        async def stop(self) -> None:
            """Nothing runs beside."""

    app.ctx.beside = app.ctx.labelling = Beside()

    class Running:
        async def finish(self) -> None:
            assert used == [], "an action of a turn in flight would open a second database that nobody closes"
            assert app.ctx.receiver is self, "a provider that sends once would have sent for nothing"

        async def close(self) -> None:
            assert app.ctx.receiver is None, "nobody hands anything to a closed database"

    app.ctx.conductor = app.ctx.receiver = Running()
    await mounting.detach(app)
    assert used == [], "what comes in while it still listens is taken in"
    await mounting.leave(app)
    assert used == [None]
    assert app.ctx.conductor is app.ctx.receiver is None
