"""Stock Rasa with the same survey and the same FAQ (`benchmarks/stock_rasa/`), trained once, as its users run it."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import yaml

from benchmarks.parts.questions import never_taught
from benchmarks.parts.servers import ACCOUNT, ROOT, Running, await_answer, environment, free_port, process
from bot.faq.entry import Entry
from bot.faq.read import read_all

PROJECT = ROOT / "benchmarks" / "stock_rasa"
MODELS = ROOT / "models" / "stock"


def taught(phrasings: Sequence[str]) -> list[str]:
    """What a classifier may learn of an entry's phrasings: all but the questions that it is asked."""
    return [text for text in phrasings if not never_taught(text)]


def faq() -> dict[str, Entry]:
    """Each English entry by its key."""
    book, problems = read_all(ROOT / "dialogues" / "faq")
    if problems:
        raise RuntimeError(str(problems[0]))
    return {entry.key: entry for entry in book if entry.language == "en"}


def write_project(folder: Path) -> None:
    """The project, with the FAQ added."""
    shutil.copytree(PROJECT, folder, dirs_exist_ok=True)
    entries = faq()
    nlu = [
        {"intent": f"faq/{key}", "examples": "".join(f"- {text}\n" for text in taught([*entry.phrasings, entry.title]))}
        for key, entry in entries.items()
    ]
    responses = {f"utter_faq/{key}": [{"text": entry.answer}] for key, entry in entries.items()}
    (folder / "data" / "faq.yml").write_text(yaml.safe_dump({"version": "3.1", "nlu": nlu}, allow_unicode=True))
    domain = yaml.safe_load((folder / "domain.yml").read_text())
    domain["responses"] |= responses
    (folder / "domain.yml").write_text(yaml.safe_dump(domain, allow_unicode=True, sort_keys=False))


def model(folder: Path) -> Path:
    """The trained model of the project in `folder`, trained if it is not there yet (minutes)."""
    files = sorted(p for p in folder.rglob("*.yml") if p.name not in ("endpoints.yml", "credentials.yml"))
    known = MODELS / f"stock-{hashlib.sha256(b''.join(p.read_bytes() for p in files)).hexdigest()[:16]}.tar.gz"
    if not known.is_file():
        print("Training stock Rasa: some minutes, once …", flush=True)
        command = [sys.executable, "-m", "rasa", "train", "--out", str(MODELS), "--fixed-model-name", known.name]
        subprocess.run(command, cwd=folder, env=environment({}), check=True, stdout=subprocess.DEVNULL)
    return known


def train() -> None:
    """Have the model of the present data, so that no start is measured that trains first."""
    with tempfile.TemporaryDirectory(prefix="stock") as name:
        write_project(Path(name))
        model(Path(name))


def write_connections(folder: Path, socket: str, database: str, actions: int) -> None:
    """Trackers in PostgreSQL, actions in a server of their own, SMS by Twilio."""
    store = {
        "type": "SQL",
        "dialect": "postgresql",
        "url": "",
        "db": database,
        "username": "postgres",
        "query": {"host": socket},
    }
    endpoints = {"tracker_store": store, "action_endpoint": {"url": f"http://127.0.0.1:{actions}/webhook"}}
    (folder / "endpoints.yml").write_text(yaml.safe_dump(endpoints))
    account = {
        "account_sid": ACCOUNT["TWILIO_ACCOUNT_SID"],
        "auth_token": ACCOUNT["TWILIO_AUTH_TOKEN"],
        "twilio_number": ACCOUNT["TWILIO_SMS_FROM"],
    }
    (folder / "credentials.yml").write_text(yaml.safe_dump({"local_twilio.LocalTwilioInput": account}))


@contextmanager
def stock(socket: str, database: str, provider: str) -> Iterator[Running]:
    """`rasa run` and `rasa run actions`, with the database `database` of the PostgreSQL at `socket`."""
    with tempfile.TemporaryDirectory(prefix="stock") as name:
        folder = Path(name)
        write_project(folder)
        trained, port, actions = model(folder), free_port(), free_port()
        write_connections(folder, socket, database, actions)
        variables = {"TWILIO_API_BASE_URL": provider, "PYTHONPATH": str(folder)}
        rasa, begun = [sys.executable, "-m", "rasa", "run"], time.perf_counter()
        serve = [*rasa, "--model", str(trained), "--port", str(port), "--interface", "127.0.0.1"]
        serve += ["--endpoints", "endpoints.yml", "--credentials", "credentials.yml"]
        with (
            process([*rasa, "actions", "--port", str(actions)], variables, folder) as helper,
            process(serve, variables, folder) as server,
        ):
            url = f"http://127.0.0.1:{port}"
            await_answer(f"http://127.0.0.1:{actions}/health", helper, begun)
            started = await_answer(f"{url}/webhooks/twilio/", server, begun)
            yield Running("stock", url, "/webhooks/twilio/webhook", (server.pid, helper.pid), database, started)
