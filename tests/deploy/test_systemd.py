"""The systemd units: systemd itself finds nothing wrong in them, where it is there."""

from __future__ import annotations

import configparser
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.deploy.files import DEPLOY

UNITS = sorted((DEPLOY / "systemd").iterdir())
BINARY = "/opt/survey-conductor/.venv/bin/conductor"


def unit(name: str) -> configparser.RawConfigParser:
    found = configparser.RawConfigParser(strict=False)
    found.optionxform = str  # type: ignore[assignment,method-assign]
    found.read(DEPLOY / "systemd" / name)
    return found


@pytest.mark.parametrize("kind", ["server", "worker"])
def test_a_service_ends_gracefully_comes_back_and_may_do_little(kind: str) -> None:
    service = unit(f"conductor-{kind}@.service")["Service"]
    started = {"server": "serve --host 127.0.0.1 --port %i", "worker": "worker"}
    assert service["ExecStart"] == f"{BINARY} {started[kind]}"
    assert "CONDUCTOR_PORT" not in service["Environment"], "a line in the environment file would go before it"
    assert int(service["TimeoutStopSec"]) > 15
    assert service["Restart"] == "always"
    assert service["User"] == "conductor"
    assert (service["NoNewPrivileges"], service["ProtectSystem"]) == ("yes", "strict")


def hardening(name: str) -> dict[str, str]:
    keys = ("NoNew", "Protect", "Private", "Restrict", "Capability", "StateDirectory", "ReadWrite", "MemoryMax")
    return {key: value for key, value in unit(name)["Service"].items() if key.startswith(keys) and key != "Restart"}


@pytest.mark.parametrize("name", ["conductor-worker@", "conductor-migrate", "conductor-alone"])
def test_all_of_them_may_do_equally_little(name: str) -> None:
    assert hardening(f"{name}.service") == hardening("conductor-server@.service")


@pytest.mark.parametrize("name", ["conductor-server@", "conductor-worker@", "conductor-alone"])
def test_a_restart_comes_back_when_the_process_works(name: str) -> None:
    """Else restarting one after the other has all of them down at the same time."""
    service = unit(f"{name}.service")["Service"]
    assert service["Type"] == "notify"
    assert int(service["TimeoutStartSec"]) > 90, "the first start trains the model and migrates"


def test_one_server_on_sqlite_is_kept_as_the_many_are() -> None:
    alone, many = unit("conductor-alone.service"), unit("conductor-server@.service")
    assert alone["Unit"]["Conflicts"] == "conductor.target"
    assert dict(alone["Service"]) == {
        **many["Service"],
        "ExecStart": f"{BINARY} serve --host 127.0.0.1 --port 5005",
    }
    proxy = (DEPLOY / "caddy" / "Caddyfile.alone").read_text(encoding="utf-8")
    assert "reverse_proxy 127.0.0.1:5005" in proxy
    theirs = (DEPLOY / "caddy" / "Caddyfile").read_text(encoding="utf-8")
    hidden = [line for line in theirs.splitlines() if "@inside" in line]
    assert hidden
    assert [line for line in proxy.splitlines() if "@inside" in line] == hidden


@pytest.mark.parametrize("kind", ["server", "worker"])
def test_a_migration_that_fails_at_boot_keeps_nobody_down(kind: str) -> None:
    """The database may come up later than we do: who is required to have succeeded is not tried again."""
    section = unit(f"conductor-{kind}@.service")["Unit"]
    assert "Requires" not in section
    assert "conductor-migrate.service" in section["Wants"]
    assert "conductor-migrate.service" in section["After"]


def test_what_units_name_is_there() -> None:
    there = {file.name for file in UNITS}
    for file in UNITS:
        section = unit(file.name)["Unit"]
        for name in f"{section.get('Wants', '')} {section.get('Requires', '')}".split():
            if name.startswith("conductor"):
                template = name.partition("@")[0] + "@.service" if "@" in name else name
                assert template in there, (file.name, name)


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")
def test_systemd_finds_nothing_wrong(tmp_path: Path) -> None:
    for file in UNITS:
        name = file.name.replace("@.", "@5005.")
        (tmp_path / name).write_text(file.read_text(encoding="utf-8").replace(BINARY, "/bin/true"), encoding="utf-8")
    names = [str(f) for f in sorted(tmp_path.iterdir())]
    done = subprocess.run(["systemd-analyze", "verify", *names], capture_output=True, text=True, check=False)
    said = [line for line in done.stderr.splitlines() if "conductor" in line and "man page" not in line]
    assert (done.returncode, said) == (0, [])
