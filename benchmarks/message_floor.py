"""The floor of `benchmarks/message.py`: what a webhook costs that keeps its promise and does nothing else. Sanic, the
signature, one committed row in PostgreSQL (asyncpg, a prepared statement), an empty TwiML.

With --rasa, what Rasa itself costs on top: each text goes through Rasa's processor (our policy, an action in the
process, the bounded tracker, all parts of Rasa that we replaced), and through the shipped model's NLU where a survey
needs it (the opening, the last answer). Nothing of the conversation is stored, nothing is sent. Below this no bot on
Rasa can come.

    python -m benchmarks.message_floor PORT DATABASE PUBLIC_URL [--rasa]
"""

from __future__ import annotations

import os
import sys
import uuid
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qs

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


Turn = Callable[[str, str], Awaitable[None]]
"""What is done with a customer's number and text after they are committed."""
LONGEST_ANSWER = 3
"""Characters of "10" and "yes": what is longer goes through the NLU."""


async def nothing(_number: str, _text: str) -> None:
    """The floor."""


def through_rasa() -> Turn:
    """Rasa's turn for a text, as our handler asks for it."""
    from bot.rasa_glue import lean_import

    lean_import.install()
    from bot.conversation.turn import TurnInput
    from bot.rasa_glue.agent import load_agent
    from bot.rasa_glue.training import ROOT, Project, ensure_model, model_path
    from bot.settings import load_settings

    tiny = ROOT / "tests" / "rasa_glue" / "project"
    dialogues = tiny / "dialogues.yml"
    project = Project(tiny / "config.yml", dialogues, dialogues, ROOT / "models" / "tiny", ROOT)
    agent = load_agent(ensure_model(project), tiny / "endpoints.yml")
    shipped = load_agent(model_path(Project.at(ROOT, load_settings().models)), ROOT / "endpoints.yml")
    trackers: dict[int, str] = {}
    session = '{"survey": "nps", "status": "active", "answers": {}}' + " " * 1500  # as long as a real one

    async def turn(number: str, text: str) -> None:
        if len(text) > LONGEST_ANSWER:
            await shipped.understand(text, "en")
        here = int(number.lstrip("+"))
        given = TurnInput(1, here, "sms", "en", "survey", "2026-01-01T00:00:00+00:00", said=text, session=session)
        parsed = {"intent": {"name": "survey_answer", "confidence": 1.0}}
        trackers[here] = (await agent.converse(given, parsed, trackers.get(here))).tracker

    return turn


def app(database: str, public: str, turn: Turn = nothing) -> Sanic:
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
        body = delivery.body.decode()
        await served.ctx.pool.execute("INSERT INTO heard VALUES ($1, $2)", uuid.uuid4().hex, body)
        if turn is not nothing:
            said = parse_qs(body)
            await turn(said["From"][0], said["Body"][0])
        return response.text(NO_REPLY, content_type="text/xml; charset=utf-8")

    return served


if __name__ == "__main__":
    done = through_rasa() if "--rasa" in sys.argv else nothing
    app(sys.argv[2], sys.argv[3], done).run("127.0.0.1", int(sys.argv[1]), access_log=False)
