"""A running server changes its model in the middle of a stream of messages: none is lost, none is answered twice."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
import urllib.request
from pathlib import Path

import pytest

from bot.rasa_glue.registry import CURRENT, Registry
from bot.rasa_glue.training import ROOT, Project, ensure_model, train
from tests.backends import Backend
from tests.faults.test_server_killed import until
from tests.server import Server, running

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("model swap")]

ENTRY = """---
title: Do you polish trombones?
phrasings:
- do you polish trombones
- polish my trombone please
- who polishes trombones
- trombone polish
---
Trombones are polished on Tuesdays.
"""
QUESTION = "who polishes trombones"


def conductor(models: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "CONDUCTOR_MODELS": str(models)}
    command = [sys.executable, "-m", "bot.cli", *words]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def with_the_entry(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of the house's dialogues and one FAQ entry more, beside those dialogues; trained once."""
    folder = tmp_path_factory.mktemp("trombones")
    shutil.copytree(ROOT / "dialogues", folder / "dialogues")
    shutil.copy(ROOT / "config.yml", folder)
    (folder / "dialogues" / "faq" / "en" / "trombones.md").write_text(ENTRY, encoding="utf-8")
    (folder / "models").mkdir()
    return train(Project.at(folder, folder / "models")).path


def loaded(server: Server) -> str:
    with urllib.request.urlopen(f"{server.url}/readyz", timeout=30) as answer:
        return str(json.load(answer)["model"])


class Stream:
    """Customers who go on writing until they are told to stop."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.sent = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._go_on)
        self._thread.start()

    def _go_on(self) -> None:
        while not self._stop.wait(0.02):
            self.ask(f"c{self.sent % 7}", "where is my refund")

    def ask(self, who: str, text: str) -> str:
        number = self.sent = self.sent + 1
        message = {"message_id": f"m{number}", "channel": "sms", "sender": who, "text": text}
        assert self.server.post("/webhooks/web/webhook", message)["accepted"]
        return f"m{number}"

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()


def replies(backend: Backend, message_id: str) -> str:
    query = "select o.payload from outbox o join inbox i on i.id = o.inbox_id where i.message_id = :one order by o.id"
    return " ".join(payload for (payload,) in backend.rows(query, one=message_id))


def answered(server: Server, backend: Backend, number: int) -> str:
    message = {"message_id": f"q{number}", "channel": "sms", "sender": f"q{number}", "text": QUESTION}
    assert server.post("/webhooks/web/webhook", message)["accepted"]
    assert until(lambda: replies(backend, f"q{number}"))
    return replies(backend, f"q{number}")


@pytest.mark.timeout(400)
def test_a_swap_and_a_roll_back_under_load(tmp_path: Path, backend: Backend, with_the_entry: Path) -> None:
    models = tmp_path / "models"
    models.mkdir()
    first = Path(shutil.copy(ensure_model(), models))
    fresh = Path(shutil.copy(with_the_entry, models))
    entries = str(with_the_entry.parents[1] / "dialogues" / "faq")
    with running(backend, CONDUCTOR_MODELS=str(models), CONDUCTOR_FAQ=entries) as server:
        assert loaded(server) == first.name
        assert "Tuesdays" not in answered(server, backend, 1)

        stream = Stream(server)
        try:
            done = conductor(models, "model", "activate", fresh.name)
            assert done.returncode == 0, done.stderr
            assert until(lambda: loaded(server) == fresh.name)
            assert "Tuesdays" in answered(server, backend, 2)

            broken = models / "conductor-broken.tar.gz"
            broken.write_bytes(fresh.read_bytes()[:100_000])
            refused = conductor(models, "model", "activate", "broken")
            assert (refused.returncode, "can't be read" in refused.stderr) == (2, True)
            (models / CURRENT).write_text(f"{broken.name}\n")  # somebody's script went past our command
            assert until(lambda: Registry(models).history()[-1].how == "broken")
            assert (loaded(server), Registry(models).current()) == (fresh.name, fresh.name)

            assert conductor(models, "model", "rollback").returncode == 0
            assert until(lambda: loaded(server) == first.name)
        finally:
            stream.stop()
        assert "Tuesdays" not in answered(server, backend, 3)
        assert until(lambda: backend.rows("select count(*) from inbox where status <> 'done'") == [(0,)])
        assert server.stop() == 0, "".join(server.lines[-20:])
    assert stream.sent > 50
    received = "select count(*), count(distinct message_id) from inbox where message_id like 'm%'"
    assert backend.rows(received) == [(stream.sent, stream.sent)]
    refunds = "select count(*) from outbox where payload like '%refund takes up to%' group by inbox_id"
    assert backend.rows(refunds) == [(1,)] * stream.sent
