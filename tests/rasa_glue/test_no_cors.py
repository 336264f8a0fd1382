"""Sanic-CORS is there where other websites are named, and nowhere else."""

from __future__ import annotations

import pytest
import rasa.core.run
import rasa.server
from sanic import Sanic

from bot.rasa_glue.no_cors import no_cors


@pytest.mark.parametrize(("origins", "there"), [(None, False), ("", False), ([], False), ("https://a.example", True)])
def test_only_where_asked_for(origins: str | list[str] | None, there: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rasa.server, "configure_cors", rasa.server.configure_cors)  # what it was, it is again
    no_cors()
    app = Sanic(f"cors_{there}")
    try:
        rasa.core.run.server.configure_cors(app, origins)  # as Rasa's server calls it
        assert ("CORS_AUTOMATIC_OPTIONS" in app.config) == there
    finally:
        Sanic._app_registry.pop(app.name, None)
