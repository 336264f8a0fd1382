"""What it costs to be watched: traces on (OpenTelemetry), and /metrics read every second, beside neither.

    python -m benchmarks.watched

Three `conductor serve` on one PostgreSQL, interleaved rounds of whole surveys in a closed loop, CPU of the server. The
traces go to a collector that this process plays; what it costs there is not counted. A server counts its figures
whether anybody reads them or not: counting is a part of every row.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator

import aiohttp
from aiohttp import web

from benchmarks.message import CLOSED, Cost, measure
from benchmarks.parts import customers, machine, servers
from benchmarks.parts.customers import Load, Provider
from benchmarks.parts.postgres import Postgres, postgres
from benchmarks.parts.servers import Running

TOKEN = "benchmark"
SCRAPE_SECONDS = 1.0
SCRAPED = "metrics read every second"


class Collector:
    """Takes traces and keeps none of them."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.taken = 0
        """Bytes."""

    async def _take(self, request: web.Request) -> web.Response:
        self.taken += len(await request.read())
        return web.Response(content_type="application/x-protobuf")

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        app = web.Application(client_max_size=10**8)
        app.router.add_post("/v1/traces", self._take)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", self._port).start()
        try:
            yield
        finally:
            await runner.cleanup()


@contextlib.asynccontextmanager
async def read_all_the_time(server: Running) -> AsyncIterator[None]:
    """As Prometheus does, but more often."""

    async def read() -> None:
        async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {TOKEN}"}) as session:
            while True:
                async with session.get(f"{server.url}/metrics") as answer:
                    await answer.read()
                    if answer.status != 200:
                        raise RuntimeError(f"/metrics: {answer.status}")
                await asyncio.sleep(SCRAPE_SECONDS)

    reading = asyncio.create_task(read())
    try:
        yield
    finally:
        reading.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await reading


async def rounds(provider: Provider, there: list[Running], database: Postgres, collector: Collector) -> dict[str, Cost]:
    """Costs of each."""
    costs = {server.name: Cost() for server in there}
    async with provider, collector.running():
        await customers.patient_session(provider)
        for server in there:
            await customers.run(provider, server, Load(6, 3))
        for seed in range(4):
            for server in there:
                watched = read_all_the_time(server) if server.name == SCRAPED else contextlib.nullcontext()
                async with watched:
                    await measure(provider, server, Load(6, 2, seed=seed), database, costs[server.name])
    return costs


def main() -> int:
    """Start, measure, print the ratios. Nothing is to be reached: it is to be known."""
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    port, collected = servers.free_port(), servers.free_port()
    address, collector = f"http://127.0.0.1:{port}", Collector(collected)
    print(machine.line())
    traces = {"OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{collected}", "OTEL_BSP_SCHEDULE_DELAY": "500"}
    ways = {"neither": {}, "traces on": traces, SCRAPED: {"CONDUCTOR_METRICS_TOKEN": TOKEN}}
    with postgres() as database, contextlib.ExitStack() as started:
        there = [
            started.enter_context(servers.ours(database.create(f"watched{number}"), address, name, **more))
            for number, (name, more) in enumerate(ways.items())
        ]
        costs = asyncio.run(rounds(customers.provider(port), there, database, collector))
    plain = costs["neither"]
    for name, cost in costs.items():
        ratio = cost.each(cost.cpu) / plain.each(plain.cpu)
        print(f"{name} ({CLOSED}): {len(cost.waits)} messages, CPU {cost.each(cost.cpu):.2f} ms, {ratio:.2f} x")
    messages = len(costs["traces on"].waits)
    print(f"traces: {collector.taken / messages / 1e3:.1f} kB a message")
    print(machine.line())
    return 0 if collector.taken else 1


if __name__ == "__main__":
    sys.exit(main())
