"""systemd hears when a process has started and when it leaves (sd_notify's protocol: one datagram)."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from bot.telemetry.supervisor import VARIABLE, tell_supervisor


@pytest.mark.parametrize("abstract", [False, True])
def test_it_is_told(abstract: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = f"{tmp_path}/n"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(f"\0{path}" if abstract else path)
        systemd.settimeout(5)
        monkeypatch.setenv(VARIABLE, f"@{path}" if abstract else path)
        tell_supervisor("READY=1")
        tell_supervisor("STOPPING=1")
        assert [systemd.recv(64), systemd.recv(64)] == [b"READY=1", b"STOPPING=1"]


@pytest.mark.parametrize("address", ["", "nowhere", "/no/such/socket", "@no-such-socket"])
def test_where_nobody_listens_the_process_goes_on(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It can fail: without the guard each of these addresses raises OSError."""
    monkeypatch.setenv(VARIABLE, address)
    tell_supervisor("READY=1")
    monkeypatch.delenv(VARIABLE)
    tell_supervisor("READY=1")
