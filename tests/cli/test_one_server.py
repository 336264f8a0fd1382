"""Two servers on one SQLite file would send everything twice: the second is refused."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.cli import main, serve
from bot.cli.one_server import only_server, running_at
from bot.errors import ConductorError

pytestmark = pytest.mark.about_sqlite("PostgreSQL may have many servers")

ROOT = Path(__file__).resolve().parents[2]


def test_the_second_is_refused_with_the_process_of_the_first(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path}/a/conductor.db"
    with only_server(url), pytest.raises(ConductorError) as caught, only_server(url):
        pytest.fail("two servers on one file")
    assert str(caught.value).startswith(f"Another server is using {tmp_path}/a/conductor.db (process {os.getpid()}).")
    with only_server(url):
        pass


def test_two_names_of_one_file_are_one_file(tmp_path: Path) -> None:
    (tmp_path / "conductor.db").touch()
    (tmp_path / "link.db").symlink_to(tmp_path / "conductor.db")
    real, link = (f"sqlite:///{tmp_path}/{name}.db" for name in ("conductor", "link"))
    with only_server(real), pytest.raises(ConductorError), only_server(link):
        pytest.fail("two servers on one file")


def test_two_files_and_postgresql_are_free(tmp_path: Path) -> None:
    one, other, server = f"sqlite:///{tmp_path}/a.db", f"sqlite:///{tmp_path}/b.db", "postgresql+asyncpg://a@b/c"
    with only_server(one), only_server(other), only_server(server), only_server(server):
        locks = sorted(path.name for path in tmp_path.iterdir())
    assert locks == ["a.db.lock", "b.db.lock"], "each file has its own, and PostgreSQL none"


def test_a_killed_server_leaves_no_lock(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/conductor.db"
    program = (
        "import sys\nfrom bot.cli.one_server import only_server\n"
        f"with only_server({url!r}):\n    print('held', flush=True)\n    sys.stdin.read()\n"
    )
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, text=True, **pipes) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(ConductorError), only_server(url):
            pytest.fail("two servers on one file")
        other.kill()
    with only_server(url):
        pass


def test_serve_holds_the_lock_while_it_serves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    for name in ("CONDUCTOR_PORT", "DATABASE_URL"):
        monkeypatch.setenv(name, "")  # so that what the command sets is taken back
    url = f"sqlite:///{tmp_path}/conductor.db"
    held = []

    def serving(*_: object) -> None:
        with pytest.raises(ConductorError), only_server(url):
            pytest.fail("serve does not hold the lock")
        held.append(True)

    monkeypatch.setattr(serve, "serve", serving)
    result = CliRunner().invoke(main, ["serve", "--port", "0", "--database", url])
    assert (result.exit_code, held) == (0, [True]), result.output


def test_commands_learn_where_the_server_is(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path}/conductor.db"
    assert running_at(url) == ""
    with only_server(url, "http://127.0.0.1:6001"):
        assert running_at(url) == "http://127.0.0.1:6001"
    assert running_at(url) == "", "its note is there still, and it is not"
    assert running_at("postgresql+asyncpg://a@b/c") == ""


def test_an_agents_link_leads_to_the_server_that_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`conductor serve --port` says its port to nobody else."""
    url = f"sqlite+aiosqlite:///{tmp_path}/conductor.db"
    monkeypatch.setenv("DATABASE_URL", url)
    assert CliRunner().invoke(main, ["db", "migrate"]).exit_code == 0
    with only_server(url, "http://127.0.0.1:6001"):
        said = CliRunner().invoke(main, ["agents", "add", "kim@example.com"]).stdout
    assert "  http://127.0.0.1:6001/console/welcome#" in said
    assert "another address" not in said
    later = CliRunner().invoke(main, ["agents", "link", "kim@example.com"]).stdout
    assert "  http://127.0.0.1:5005/console/welcome#" in later
