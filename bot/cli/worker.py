"""`conductor worker`: one of the processes that send and look after things, where there are several (REDIS_URL)."""

from __future__ import annotations

import asyncio
import os
import signal

import click

from bot.errors import ConductorError


@click.command()
def command() -> None:
    """Send what the servers hand over, strike clocks, tell teams. Any number may run (REDIS_URL, PostgreSQL)."""
    from dotenv import load_dotenv

    from bot.settings import load_settings
    from bot.telemetry.logs import configure
    from bot.telemetry.tracing import switch_on

    load_dotenv(".env")
    settings = load_settings()
    if not settings.grown:
        raise ConductorError(
            "REDIS_URL is not set: 'conductor serve' does everything itself.",
            "Set it for the servers and the workers alike (docs/how-to/grow.md).",
        )
    if settings.database_url.startswith("sqlite"):
        raise ConductorError(
            "A worker beside a server needs PostgreSQL.", "Set DATABASE_URL to postgresql://USER:PASSWORD@HOST/NAME."
        )
    configure(os.environ.get("LOG_LEVEL", "WARNING"), os.environ.get("LOG_FORMAT", "text"))
    switch_on(os.environ, "survey-conductor-worker")
    import uvloop  # as the server has it; half of what a worker does is waiting for sockets

    uvloop.install()
    asyncio.run(work())


async def work() -> None:
    """Until SIGTERM or SIGINT; then what is in hand is finished."""
    from bot.bootstrap import Conductor
    from bot.conversation.faults import arm
    from bot.settings import load_settings
    from bot.storage.migrate import migrate
    from bot.telemetry.exposed import Shown, expose
    from bot.telemetry.supervisor import tell_supervisor
    from bot.telemetry.tracing import switch_off
    from bot.working import NoAgent, Working

    settings = load_settings()
    arm(settings.fault)
    await asyncio.to_thread(migrate, settings.database_url)
    conductor = Conductor(settings, NoAgent(), works=True)
    working = Working(conductor)
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    token = settings.metrics_token.get_secret_value()
    port = settings.metrics_port
    shown = Shown(token, ready=lambda: working.ready)
    figures = await expose(settings.host, port, shown) if port else None
    await working.start()
    click.echo("Worker: ready.")
    tell_supervisor("READY=1")
    await stop.wait()
    tell_supervisor("STOPPING=1")
    await working.stop()
    if figures is not None:
        figures.close()
    await asyncio.to_thread(switch_off)
