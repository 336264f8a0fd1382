"""Every channel passes the same table (`channels/testing.py`): its own payloads and cases, through its real connector
on a real server."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import pytest
import yaml

from bot.connected import PROVIDERS
from channels.errors import NotConfigured
from channels.testing import (
    CHECKS,
    FOLDER,
    HUGE,
    Bench,
    Check,
    Declared,
    declared,
    forged,
    huge,
    replayed,
    understood,
)
from tests.channels.rasa_server import Recorder, server_of

ALL = [Declared(name) for name in declared()]
PAYLOADS = [(channel, name, case) for channel in ALL for name, case in channel.payloads.items()]
SECRETS = [(channel, name) for channel in ALL for name in channel.cases["environment"] or {}]
SHAPE = ("connector.py", "parse.py", "render.py", "client.py", "README.md", "cases.yml")
"""Of a channel's folder, docs/adr/0005; `payloads/` beside it."""


@asynccontextmanager
async def bench(channel: Declared, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bench]:
    for name, value in channel.environment.items():
        monkeypatch.setenv(name, value)
    connector, recorder = channel.connector(), Recorder()
    async with server_of(connector, recorder, monkeypatch) as (url, app):
        yield Bench(channel, connector, recorder, url, lambda: delattr(app.ctx, "receiver"))


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("channel", ALL, ids=lambda channel: channel.provider)
async def test_what_may_arrive(channel: Declared, check: Check, monkeypatch: pytest.MonkeyPatch) -> None:
    async with bench(channel, monkeypatch) as at:
        await check(at)


@pytest.mark.parametrize(("channel", "name", "case"), PAYLOADS, ids=[f"{c.provider}-{name}" for c, name, _ in PAYLOADS])
async def test_payloads_are_understood(
    channel: Declared, name: str, case: Mapping[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with bench(channel, monkeypatch) as at:
        await understood(at, case)


@pytest.mark.parametrize(("channel", "missing"), SECRETS, ids=lambda value: getattr(value, "provider", value))
def test_without_one_of_its_variables_it_refuses_to_start(
    channel: Declared, missing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in channel.environment.items():
        monkeypatch.setenv(name, value)
    assert channel.connector().name() == channel.provider
    for value in ("", "  "):
        monkeypatch.setenv(missing, value)
        with pytest.raises(NotConfigured, match=missing) as refusal:
            channel.connector()
        secrets = [secret for secret in channel.environment.values() if not secret.startswith(("http", "+"))]
        assert not [secret for secret in secrets if secret in str(refusal.value)]


@pytest.mark.parametrize("channel", ALL, ids=lambda channel: channel.provider)
def test_every_channel_has_the_same_shape(channel: Declared) -> None:
    folder = FOLDER / channel.provider
    connected = channel.provider in {provider.name for provider in PROVIDERS}
    missing = [name for name in (*SHAPE, *(["settings.py"] if connected else [])) if not (folder / name).is_file()]
    stand_ins = [folder / "local_provider.py", FOLDER / channel.cases["proof"] / "local_provider.py"]

    assert missing == []
    assert not connected or any(file.is_file() for file in stand_ins)
    assert len(channel.payloads) >= 5
    credentials = yaml.safe_load((FOLDER.parent / "credentials.yml").read_text(encoding="utf-8"))
    assert connected or any(f"channels.{channel.provider}." in path for path in credentials)


@pytest.mark.parametrize("check", [forged, huge, replayed], ids=lambda check: check.__name__)
async def test_the_harness_notices_a_channel_that_lets_everything_in(
    check: Check, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with bench(Declared("telegram"), monkeypatch) as at:
        monkeypatch.setattr(at.channel, "_verify", lambda delivery: None)
        at.channel.seam.limit = 10 * HUGE
        monkeypatch.setattr(at.receiver, "messages", Forgetful())
        with pytest.raises(AssertionError):
            await check(at)


class Forgetful(list[Any]):
    """Looks as if nothing were known yet, and keeps everything."""

    def __iter__(self) -> Any:
        return iter(())
