"""`rasa run` with the project's own credentials.yml and endpoints.yml."""

from __future__ import annotations

import pytest

from tests.backends import embedded_in
from tests.rasa_commands.processes import rasa_run
from tests.rasa_commands.rows import rows

MESSAGE = {"message_id": "1", "channel": "telegram", "sender": "anna", "text": "give feedback", "language": "en"}


@pytest.mark.slow
def test_pages_the_web_channel_and_an_orderly_end(model, bare_backend):
    with rasa_run(bare_backend, model) as server:
        assert "<html" in server.get("/")[1]
        assert server.post("/webhooks/web/webhook", MESSAGE) == {"accepted": True, "duplicate": False}
        assert server.post("/webhooks/web/webhook", MESSAGE) == {"accepted": True, "duplicate": True}
        assert server.stop() == 0
    kept = rows(bare_backend)
    [(_, text, status)] = kept["inbox"]
    assert text == "give feedback"
    # SIGTERM may come before the message was begun: then it is still to do, and nothing of it is done.
    asked = [role for role, _ in kept["outbox"] if role == "question"]
    assert (status, len(asked), len(kept["responses"])) in [("done", 1, 1), ("new", 0, 0)]


@pytest.mark.about_sqlite("what it listens to has nothing to do with the database")
@pytest.mark.slow
def test_without_an_interface_rasa_listens_to_all_and_the_playground_is_off(model, tmp_path):
    with rasa_run(embedded_in(tmp_path), model, interface="0.0.0.0") as server:
        assert server.get("/")[0] == 403
        assert server.get("/healthz")[0] == 200
