"""SIGTERM (or Ctrl-C) while a server listens and is not ready yet: it is made ready first, and then ends as any other.

Sanic 21.12 answers these signals from the moment it listens, by stopping the event loop; while listeners of the start
are under way that is an exception in the midst of them, and a traceback.
"""

from __future__ import annotations

import asyncio
from typing import Any

from sanic import Sanic


def start_before_stopping(app: Sanic) -> None:
    """From now until `started`, `app.stop` is only noted."""
    app.ctx.starting, app.ctx.stop_wanted = True, False
    stock = Sanic.stop
    if getattr(stock, "ours", False):
        return

    def stop(self: Any) -> None:
        if getattr(self.ctx, "starting", False):
            self.ctx.stop_wanted = True
        else:
            stock(self)

    stop.ours = True  # type: ignore[attr-defined]
    Sanic.stop = stop


def started(app: Sanic) -> bool:
    """To be called at the end of a listener of the start. False: the app is to end at once, and does so as soon as
    all listeners are through."""
    app.ctx.starting = False
    if not getattr(app.ctx, "stop_wanted", False):
        return True
    starting, loop = asyncio.current_task(), asyncio.get_running_loop()
    assert starting is not None
    # Sanic runs the loop until this task is done, and then anew: the second of them is to be stopped.
    starting.add_done_callback(lambda _: loop.call_soon(app.stop))
    return False
