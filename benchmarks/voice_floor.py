"""The floor of `benchmarks/voice.py`: what any webhook on this server costs that keeps its promise. Sanic, the
signature, one committed row, a fixed TwiML.

    python -m benchmarks.voice_floor PORT DATABASE
"""

from __future__ import annotations

import sys
import uuid
from typing import Any

import sqlalchemy as sa
from sanic import Sanic, response
from sanic.request import Request
from sanic.response import HTTPResponse

from bot.storage.engine import Database
from channels.twilio.settings import Account
from channels.twilio.verify import verifier
from channels.twilio.webhook import delivery_of
from channels.twilio_voice.connector import XML
from tests.test_connected import WHOLE

PUBLIC = "https://surveys.example"
QUESTION = (
    f'<Response><Gather numDigits="1" action="{PUBLIC}/webhooks/twilio_voice/webhook">'
    "<Say>How likely are you to recommend us?</Say></Gather></Response>"
)


class _Limit:
    limit = 256 * 1024


def app(database: str) -> Sanic:
    """The server. Its one table is made at the start."""
    served = Sanic("floor")
    token = WHOLE["twilio_voice"]["TWILIO_AUTH_TOKEN"]
    account = Account("AC", token, PUBLIC, "")
    verify, store = verifier(token), Database(f"sqlite+aiosqlite:///{database}")

    @served.listener("before_server_start")
    async def make(_app: Sanic, _loop: Any) -> None:
        async with store.write() as connection:
            await connection.execute(sa.text("create table heard (id text primary key, body text)"))

    @served.listener("before_server_stop")
    async def close(_app: Sanic, _loop: Any) -> None:
        await store.close()

    @served.post("/webhooks/twilio_voice/webhook", stream=True)
    async def webhook(request: Request) -> HTTPResponse:
        delivery = await delivery_of(request, account, _Limit())  # type: ignore[arg-type]
        assert delivery is not None
        verify(delivery)
        row = {"id": uuid.uuid4().hex, "body": delivery.body.decode()}
        async with store.write() as connection:
            await connection.execute(sa.text("insert into heard values (:id, :body)"), row)
        return response.text(QUESTION, content_type=XML)

    return served


if __name__ == "__main__":
    app(sys.argv[2]).run("127.0.0.1", int(sys.argv[1]), access_log=False)
