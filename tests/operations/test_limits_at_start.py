"""What a client may send is limited from the first connection on."""

from __future__ import annotations

from sanic import Sanic

from bot.console.mount import _Root
from bot.console.operations.limits import BODY_BYTES, Limits


def test_before_the_settings_are_read_the_defaults_hold() -> None:
    app = Sanic("limits_at_start")
    assert app.config.REQUEST_MAX_SIZE == 100_000_000
    app.blueprint(_Root("operations", lambda blueprint: None))
    assert (BODY_BYTES, Limits().request) == (app.config.REQUEST_MAX_SIZE, app.config.REQUEST_TIMEOUT)
