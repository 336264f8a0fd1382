"""The floor of `benchmarks/message.py`: what a webhook costs that keeps its promise and does nothing else. Sanic, the
signature, one committed row in PostgreSQL (asyncpg, a prepared statement), an empty TwiML.

    python -m benchmarks.message_floor PORT DATABASE PUBLIC_URL
"""

from __future__ import annotations

import os
import sys
import uuid
from typing import Any

import asyncpg
from sanic import Sanic, response
from sanic.request import Request
from sanic.response import HTTPResponse

from channels.twilio.settings import Account
from channels.twilio.verify import verifier
from channels.twilio.webhook import NO_REPLY, delivery_of

TABLE = "CREATE TABLE IF NOT EXISTS heard (id text PRIMARY KEY, body text)"


class _Limit:
    limit = 256 * 1024


def app(database: str, public: str) -> Sanic:
    """The server. Its one table is made at the start."""
    served = Sanic("floor")
    token = os.environ["TWILIO_AUTH_TOKEN"]
    account, verify = Account("AC", token, public, ""), verifier(token)

    @served.listener("before_server_start")
    async def make(_app: Sanic, _loop: Any) -> None:
        served.ctx.pool = await asyncpg.create_pool(database, min_size=2, max_size=10)
        await served.ctx.pool.execute(TABLE)

    @served.listener("after_server_stop")
    async def close(_app: Sanic, _loop: Any) -> None:
        await served.ctx.pool.close()

    @served.get("/readyz")
    async def readyz(_request: Request) -> HTTPResponse:
        return response.text("ready")

    @served.post("/webhooks/twilio_sms/webhook", stream=True)
    async def webhook(request: Request) -> HTTPResponse:
        delivery = await delivery_of(request, account, _Limit())  # type: ignore[arg-type]
        assert delivery is not None
        verify(delivery)
        await served.ctx.pool.execute("INSERT INTO heard VALUES ($1, $2)", uuid.uuid4().hex, delivery.body.decode())
        return response.text(NO_REPLY, content_type="text/xml; charset=utf-8")

    return served


if __name__ == "__main__":
    app(sys.argv[2], sys.argv[3]).run("127.0.0.1", int(sys.argv[1]), access_log=False)
