"""`conductor doctor` names what is broken, and how to mend it."""

from __future__ import annotations

import asyncio
import os
import re
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result

from bot.bootstrap import SystemClock
from bot.cli import main
from bot.cli.doctor_checks import MEBI, disk, free_space, model, python
from bot.cli.doctor_values import figures, misspelt
from bot.cli.one_server import only_server
from bot.conversation.out_of_order import OUT_OF_ORDER
from bot.rasa_glue.training import Project, fingerprint
from bot.settings import Settings
from bot.storage.engine import Database
from bot.storage.tables import cases, contacts, conversations, inbox, notifications, outbox
from tests.backends import Backend, embedded_in
from tests.cli.conftest import SURVEYS, settle_in
from tests.storage.seeding import DAY, Seed
from tests.survey_flows.small_surveys import source_of


@pytest.fixture
def home(place: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Its port is free."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        monkeypatch.setenv("CONDUCTOR_PORT", str(probe.getsockname()[1]))
    return place


@pytest.fixture
def first_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder where nothing has been made yet, not even the database's file."""
    monkeypatch.chdir(tmp_path)
    settle_in(embedded_in(tmp_path), monkeypatch)
    return tmp_path


def doctor() -> Result:
    return CliRunner().invoke(main, ["doctor"])


def line(result: Result, subject: str) -> str:
    return next(text for text in result.stdout.splitlines() if f"{subject}: " in text)


def test_a_sound_house(home: Path) -> None:
    result = doctor()
    assert result.exit_code == 0, result.stdout
    for subject in (
        "Python",
        "Settings",
        "Language",
        "Region",
        "Log level",
        "Database",
        "Outbox",
        "Inbox",
        "Disk",
        "Time zones",
        "Port",
        "Surveys",
    ):
        assert line(result, subject).startswith("ok "), result.stdout


@pytest.mark.about_sqlite("PostgreSQL's databases are made by whoever runs it")
def test_looking_makes_nothing(first_day: Path) -> None:
    assert "will be made at the first start" in line(doctor(), "Database")
    assert list(first_day.iterdir()) == []


def test_each_broken_setting_is_named(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONDUCTOR_PORT", "99999")
    monkeypatch.setenv("CONDUCTOR_TIMEZONE", "Mars/Base")
    result = doctor()
    assert result.exit_code == 1
    assert "CONDUCTOR_PORT: " in result.stdout
    assert "CONDUCTOR_TIMEZONE: use a name such as Europe/Berlin" in result.stdout
    assert "→ Correct it in the environment or in .env." in result.stdout


@pytest.mark.parametrize(
    ("name", "value", "subject", "says"),
    [
        ("CONDUCTOR_LANGUAGE", "xx", "Language", "Use one of de, en"),
        ("CONDUCTOR_REGION", "ZZ", "Region", "Use two letters of ISO 3166-1"),
        ("LOG_LEVEL", "loud", "Log level", "Use one of DEBUG, INFO"),
        ("LOG_LEVEL", "debug", "Log level", "Use one of DEBUG, INFO"),
    ],
)
def test_a_setting_that_means_nothing_is_named(
    home: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str, subject: str, says: str
) -> None:
    monkeypatch.setenv(name, value)
    result = doctor()
    assert result.exit_code == 1
    assert line(result, subject).startswith("FAIL")
    assert f"{name}={value}" in line(result, subject)
    assert says in result.stdout


@pytest.mark.parametrize(
    ("name", "mend"),
    [
        ("CONDUCTOR_PROT", "Did you mean CONDUCTOR_PORT?"),
        ("CONDUCTOR_WHATEVER_ELSE", "docs/reference/settings.md lists all settings."),
    ],
)
def test_a_variable_that_nobody_reads_is_named(
    home: Path, monkeypatch: pytest.MonkeyPatch, name: str, mend: str
) -> None:
    monkeypatch.setenv(name, "5006")
    result = doctor()
    assert result.exit_code == 0, result.stdout
    assert f"warn  Settings: {name} is no setting of ours" in result.stdout
    assert mend in result.stdout


def test_no_setting_of_the_reference_is_called_unknown() -> None:
    reference = (SURVEYS.parents[1] / "docs/reference/settings.md").read_text(encoding="utf-8")
    named = re.findall(r"CONDUCTOR_[A-Z_]+", reference)
    assert named
    assert list(misspelt(dict.fromkeys(named, "1"))) == []


def test_what_got_stuck_is_counted_with_the_last_error(home: Path, backend: Backend) -> None:
    async def plant() -> None:
        database = Database(backend.database_url)
        seed = Seed(database)
        _, here = await seed.customer()
        values = {"conversation_id": here, "role": "notice", "payload": "{}", "next_attempt_at": DAY, "created_at": DAY}
        for status, error in (("failed", "an old error"), ("failed", "no channel configured"), ("sent", None)):
            await seed.insert(outbox, status=status, error=error, **values)
        contact, left = await seed.customer()
        async with database.write() as connection:
            await connection.execute(sa.update(contacts).where(contacts.c.id == contact).values(opted_out_at=DAY))
        refused = {**values, "conversation_id": left, "status": "failed", "error": "21610: has opted out"}
        lately = {**values, "status": "failed", "error": "30008", "next_attempt_at": SystemClock().now()}
        await seed.insert(outbox, **lately)
        await seed.insert(outbox, status="unknown", **values)
        await seed.insert(outbox, **refused)  # our word that they have: nothing is to be mended
        await seed.insert(inbox, conversation_id=here, provider="web", message_id="m", status="parked", received_at=DAY)
        await database.close()

    asyncio.run(plant())
    result = doctor()
    assert result.exit_code == 0
    said = [text for text in result.stdout.splitlines() if "Outbox: " in text]
    assert said[0].endswith("3 could not be sent (1 by web in the last day); the last error: 30008")
    assert said[1].endswith("of 1 by web nobody knows whether they arrived")
    assert "sent once more after two minutes" in result.stdout
    assert "1 messages could not be handled" in line(result, "Inbox")


def test_a_channel_set_up_by_half_and_one_out_of_order_are_named(
    home: Path, backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def plant() -> None:
        database = Database(backend.database_url)
        _, here = await Seed(database).customer()
        async with database.write() as connection:
            await connection.execute(sa.update(conversations).values(provider="telegram"))
        error = f"{OUT_OF_ORDER}Telegram refuses the bot's token."
        row = {"role": "notice", "payload": "{}", "next_attempt_at": "2999", "created_at": DAY, "error": error}
        await Seed(database).insert(outbox, conversation_id=here, **row)
        await database.close()

    asyncio.run(plant())
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-1")
    result = doctor()
    assert result.exit_code == 1
    assert "FAIL  Channels: slack: Set SLACK_SIGNING_SECRET" in result.stdout
    assert line(result, "Channel telegram").endswith("refuses the bot's token. (1 wait)")


@pytest.mark.about_sqlite("the database is a file that anybody may have written")
def test_a_database_that_is_none(first_day: Path) -> None:
    (first_day / "conductor.db").write_text("this is no database, but a text of some length" * 100)
    result = doctor()
    assert result.exit_code == 1
    assert "can't be used: file is not a database" in line(result, "Database")


def test_a_database_that_is_not_migrated(
    bare_backend: Backend, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    settle_in(bare_backend, monkeypatch)
    if not bare_backend.grown:
        (tmp_path / "conductor.db").touch()
    result = doctor()
    assert result.exit_code == 0
    assert "has to be migrated (0001" in line(result, "Database")
    assert "conductor db migrate" in result.stdout


def test_a_taken_port(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        monkeypatch.setenv("CONDUCTOR_PORT", str(other.getsockname()[1]))
        assert line(doctor(), "Port").startswith("warn")


def test_a_free_port_is_said_with_what_was_looked_at(home: Path) -> None:
    said = line(doctor(), "Port")
    assert f"127.0.0.1:{os.environ['CONDUCTOR_PORT']}, which CONDUCTOR_HOST and CONDUCTOR_PORT" in said
    assert said.endswith(("no server uses this database now", "other machines, were not looked at"))


@pytest.mark.about_sqlite("a server of PostgreSQL leaves no note on this machine")
def test_a_server_on_another_port_is_found(first_day: Path) -> None:
    """`serve --port 5010`: the port of the settings is free, and the server runs all the same."""
    with only_server(os.environ["DATABASE_URL"], "https://surveys.example.com", "127.0.0.1:5010"):
        said = line(doctor(), "Port")
    assert said.startswith("ok")
    assert "the server of this database listens at 127.0.0.1:5010, as --port said; 127.0.0.1:" in said


@pytest.mark.about_sqlite("a server of PostgreSQL leaves no note on this machine")
def test_our_own_server_at_the_configured_port_is_no_warning(first_day: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as own:
        own.bind(("127.0.0.1", 0))
        own.listen()
        port = own.getsockname()[1]
        monkeypatch.setenv("CONDUCTOR_PORT", str(port))
        with only_server(os.environ["DATABASE_URL"], "", f"127.0.0.1:{port}"):
            said = line(doctor(), "Port")
    assert said.startswith("ok")
    assert said.endswith(f"the server of this database listens at 127.0.0.1:{port}")


@pytest.fixture
def conductor_there(home: Path) -> Iterator[None]:
    """At the configured port something answers as our servers do."""

    class Alive(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/health/live" else 404)
            self.end_headers()
            self.wfile.write(b'{"alive":true}')

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = HTTPServer(("127.0.0.1", int(os.environ["CONDUCTOR_PORT"])), Alive)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.usefixtures("conductor_there")
def test_a_conductor_at_the_configured_port_is_recognised(backend: Backend) -> None:
    said = line(doctor(), "Port")
    if backend.grown:
        assert said.startswith("ok")
        assert said.endswith(f"a conductor listens at 127.0.0.1:{os.environ['CONDUCTOR_PORT']}")
    else:  # that of this file would hold its lock
        assert said.startswith("warn")
        assert said.endswith("and it uses another database")


def test_a_broken_survey_is_named_with_its_line(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / "broken.yml").write_text("format: 1\nkey: broken\nquestions: 7\n")
    monkeypatch.setenv("CONDUCTOR_SURVEYS", str(home))
    result = doctor()
    assert result.exit_code == 1
    assert "broken.yml" in line(result, "Surveys")
    assert "conductor survey check" in result.stdout


def test_two_surveys_of_one_key_are_no_sound_folder(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("first", "second"):
        (home / f"{name}.yml").write_text(source_of("{id: score, type: nps}").replace("key: test", "key: first"))
    monkeypatch.setenv("CONDUCTOR_SURVEYS", str(home))
    result = doctor()
    assert result.exit_code == 1
    assert re.search(r"second\.yml:\d+: the key is \"first\".*first\.yml:\d+ has this key", line(result, "Surveys"))


def test_no_surveys_are_a_warning(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONDUCTOR_SURVEYS", str(home / "nowhere"))
    assert line(doctor(), "Surveys").startswith("warn")


@pytest.mark.parametrize(("version", "level"), [((3, 10, 4), "ok"), ((3, 11, 0), "fail"), ((3, 9, 0), "fail")])
def test_python(version: tuple[int, ...], level: str) -> None:
    assert python(version).level == level


@pytest.mark.parametrize(("free", "level"), [(1000 * MEBI, "ok"), (499 * MEBI, "warn"), (49 * MEBI, "fail")])
def test_disk_space(free: int, level: str) -> None:
    assert free_space(Path("/"), free).level == level


@pytest.mark.about_sqlite("only its disk is ours to look at")
def test_the_disk_is_that_of_the_database(tmp_path: Path) -> None:
    settings = Settings(database_url=f"sqlite:///{tmp_path}/not/yet/there.db")
    assert f"free in {tmp_path}" in disk(settings).words


def test_the_model(tmp_path: Path) -> None:
    project = Project.at(tmp_path)
    assert model(project).level == "fail"
    project.domain.mkdir(parents=True)
    project.models.mkdir()
    project.config.write_text("language: en\n")
    assert (model(project).level, model(project).words) == ("warn", "not trained yet")
    (project.models / "conductor-0000.tar.gz").touch()
    assert model(project).words == "out of date"
    (project.models / f"conductor-{fingerprint(project)}.tar.gz").touch()
    assert model(project).level == "ok"


def test_a_way_to_tell_teams_that_is_not_set_up_and_what_was_not_told(
    home: Path, backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "recovery.yml").write_text(
        "teams: {care: {notify: {email: [a@example.com], webhook: ['https://example.com/h']}}}\n"
    )
    monkeypatch.setenv("CONDUCTOR_WEBHOOK_SECRET", "0123456789abcdef")

    async def seed() -> None:
        database = Database(backend.database_url)
        case = {
            "channel": "web",
            "reason": "asked",
            "team": "care",
            "priority": "high",
            "opened_at": DAY,
            "due_at": DAY,
        }
        told = {"kind": "opened", "way": "webhook", "target": "https://example.com/h", "case_id": 1}
        at = {"created_at": DAY, "next_attempt_at": DAY}
        async with database.write() as connection:
            await connection.execute(sa.insert(cases).values(**case))
            for status, error in (
                ("failed", "HTTP 404"),
                ("sent", None),
                ("withheld", "The case is closed meanwhile."),
            ):
                row = sa.insert(notifications).values(**told, **at, status=status, error=error)
                await connection.execute(row)
        await database.close()

    asyncio.run(seed())
    said = [text for text in doctor().stdout.splitlines() if "Notifications: " in text]
    assert "recovery.yml names email" in said[0]
    assert "CONDUCTOR_SMTP_URL" in said[0]
    assert "by webhook" in said[1]
    assert "1 by webhook failed; the last reason: HTTP 404" in said[2]
    assert len(said) == 3


def test_messages_on_disk_are_named(home: Path) -> None:
    for name in ("1.json", "2.json", "aside/3.json"):
        file = home / ".conductor" / "spool" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("{}")

    said = doctor().stdout

    assert "2 messages wait on disk" in said
    assert "1 messages could not be taken in" in said


@pytest.mark.parametrize(("host", "token", "said"), [
    ("0.0.0.0", "", True), ("0.0.0.0", "0123456789abcdef", False), ("127.0.0.1", "", False),
])  # fmt: skip
def test_figures_that_nobody_can_read_are_told(host: str, token: str, said: bool) -> None:
    found = list(figures(Settings(host=host, metrics_token=token)))
    assert [finding.level for finding in found] == ["warn"] * said


def test_a_playground_in_public_fails(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "on, for this machine only" in line(doctor(), "Playground")
    monkeypatch.setenv("CONDUCTOR_HOST", "0.0.0.0")
    assert line(doctor(), "Playground").endswith("off")
    monkeypatch.setenv("CONDUCTOR_PLAYGROUND", "true")
    result = doctor()
    assert result.exit_code == 1
    assert line(result, "Playground").startswith("FAIL")
