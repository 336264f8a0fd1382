"""`conductor db`, in a process of its own: it says where the database stands, and it ends."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from tests.backends import Backend

ROOT = Path(__file__).resolve().parents[2]


REVISIONS = sorted(file.name[:4] for file in (ROOT / "bot/storage/migrations/versions").glob("0*.py"))


def db(home: Path, action: str, **more: str) -> subprocess.CompletedProcess[str]:
    program = "import sys; from bot.cli import main; main(sys.argv[1:])"
    command = [sys.executable, "-c", program, "db", action]
    environment = {"PYTHONPATH": str(ROOT), "DATABASE_URL": "sqlite:///conductor.db", **more}
    return subprocess.run(command, cwd=home, env=environment, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.about_sqlite("PostgreSQL's databases are made by whoever runs it")
def test_looking_makes_no_database(tmp_path: Path) -> None:
    before = db(tmp_path, "status")
    assert (before.returncode, before.stdout) == (2, "")
    assert f"There is no database at {tmp_path}/conductor.db" in before.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_database_is_made_once(tmp_path: Path, bare_backend: Backend) -> None:
    there = {"DATABASE_URL": bare_backend.database_url}
    assert db(tmp_path, "migrate", **there).stdout == f"Applied: {', '.join(REVISIONS)}.\n"
    assert db(tmp_path, "migrate", **there).stdout == "The database is up to date.\n"
    after = db(tmp_path, "status", **there)
    assert (after.returncode, after.stdout) == (0, f"Revision {REVISIONS[-1]}, up to date.\n")


def test_an_empty_database_has_everything_before_it(tmp_path: Path, bare_backend: Backend) -> None:
    if not bare_backend.grown:
        (tmp_path / "conductor.db").touch()
    result = db(tmp_path, "status", DATABASE_URL=bare_backend.database_url)
    assert (result.returncode, result.stdout.splitlines()[0]) == (
        1,
        f"Revision none; to be applied: {', '.join(REVISIONS)}.",
    )


@pytest.mark.about_sqlite("the database is a file that anybody may have written")
def test_a_file_that_is_no_database_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "conductor.db").write_text("a text, long enough to be taken for a header " * 100)
    result = db(tmp_path, "migrate")
    assert (result.returncode, result.stdout) == (2, "")
    assert "can't be used: file is not a database" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    ("wrong", "said", "mend"),
    [
        ("name", 'database "nowhere" does not exist', "Make it (createdb nowhere)"),
        ("user", 'role "nobody" does not exist', "Correct the user or the password in DATABASE_URL"),
        ("port", "can't be used", "Start PostgreSQL on 127.0.0.1:1, or correct host and port"),
    ],
)
def test_a_database_that_lets_nobody_in_is_a_sentence(
    tmp_path: Path, grown: Backend, wrong: str, said: str, mend: str
) -> None:
    there = make_url(grown.database_url)
    url = {
        "name": there.set(database="nowhere"),
        "user": there.set(username="nobody", password="geheim"),
        "port": make_url("postgresql://nobody:geheim@127.0.0.1:1/conductor"),
    }[wrong]
    result = db(tmp_path, "status", DATABASE_URL=url.render_as_string(hide_password=False))
    assert (result.returncode, result.stdout) == (2, "")
    assert said in result.stderr
    assert mend in result.stderr
    assert "Traceback" not in result.stderr
    assert "geheim" not in result.stderr
