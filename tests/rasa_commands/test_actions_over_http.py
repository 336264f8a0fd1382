"""Actions in a server of their own decide the same as in the process, and when that server fails, a person takes
over."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from bot import bootstrap
from bot.bootstrap import Conductor
from bot.rasa_glue.in_process_actions import action_server
from bot.settings import load_settings
from channels.contract import Inbound
from tests.backends import Backend, embedded_in
from tests.rasa_commands.processes import free_port, rasa_run_actions
from tests.rasa_commands.rows import rows

CONVERSATION = ("give feedback", "a solid 3, where is my refund?", "2", "agent", "hello?")


class Noon:
    def now(self) -> str:
        return "2026-11-02T12:00:00.000000+00:00"


@pytest.fixture
def actions_at(monkeypatch: pytest.MonkeyPatch) -> Iterator:
    """Sets CONDUCTOR_ACTIONS_URL, as if the process had started with it."""

    def set_url(url: str) -> None:
        monkeypatch.setenv("CONDUCTOR_ACTIONS_URL", url)
        action_server.cache_clear()

    yield set_url
    action_server.cache_clear()


async def converse(agent, backend: Backend, *messages: str) -> dict:
    """Send the messages one after the other, and return what is in the database at the end."""
    settings = load_settings(**backend.settings)
    conductor = Conductor(settings, agent, Noon())
    await conductor.prepare()
    bootstrap.use(conductor)
    try:
        for number, text in enumerate(messages):
            await conductor.accept(Inbound("web", "telegram", str(number), "anna", text, language="en"))
            await conductor.settle()
        return rows(backend)
    finally:
        bootstrap.use(None)
        await conductor.stop()


@pytest.mark.slow
async def test_the_same_conversation_leaves_the_same_rows(loaded, here, tmp_path, actions_at):
    """The database is the action server's too: it reads the survey's definition there."""
    in_process = await converse(loaded, embedded_in(tmp_path / "in-process"), *CONVERSATION)
    with rasa_run_actions(here) as server:
        actions_at(f"{server.url}/webhook")
        over_http = await converse(loaded, here, *CONVERSATION)
        assert server.stop() == 0
    assert over_http == in_process
    assert any("refund" in text for _, text in in_process["outbox"])
    assert [reason for reason, *_ in in_process["cases"]] == ["score"]
    assert in_process["owners"] == [("human",)]


class Broken(BaseHTTPRequestHandler):
    """An action server that answers 500 to everything."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_error(500)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@pytest.fixture
def broken() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), Broken)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/webhook"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def down() -> str:
    return f"http://127.0.0.1:{free_port()}/webhook"


@pytest.mark.parametrize("server", ["down", "broken"])
async def test_an_action_server_that_fails_costs_no_message(server, loaded, here, actions_at, request):
    actions_at(request.getfixturevalue(server))
    kept = await converse(loaded, here, "give feedback", "hello?")
    assert kept["inbox"] == [("message", "give feedback", "done"), ("message", "hello?", "done")]
    assert kept["owners"] == [("human",)]
    assert len(kept["cases"]) == 1
    assert len(kept["outbox"]) == 1, "the customer is told once that a person takes over"


async def test_an_action_server_that_hangs_is_not_waited_for(loaded, here, actions_at, monkeypatch):
    monkeypatch.setattr("bot.rasa_glue.in_process_actions.ANSWER_SECONDS", 0.2)
    hanging = HTTPServer(("127.0.0.1", 0), Broken)  # the system takes the connection, nobody answers
    try:
        actions_at(f"http://127.0.0.1:{hanging.server_port}/webhook")
        assert (await converse(loaded, here, "give feedback"))["owners"] == [("human",)]
    finally:
        hanging.server_close()
