"""The playground's routes, on a real server of Rasa's kind, with a conductor that has nothing behind it."""

from __future__ import annotations

import asyncio
import json
import re
import socket
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from rasa.core.channels.channel import register
from sanic import Sanic, response

from bot.console.mount import ConsoleInput
from bot.console.playground.files import files
from channels.contract import Outbound
from channels.web.connector import WebInput
from tests.console.fake_conductor import FakeConductor
from tests.sanic_once import touch_up_once

WHO = {"channel": "telegram", "address": "c1", "language": "en"}
PAGES = ("/", "/playground", "/playground/static/app.js", "/playground/static/base.css")


class House:
    """A running server and a client for it."""

    def __init__(self, conductor: FakeConductor, url: str, session: aiohttp.ClientSession) -> None:
        self.conductor, self.url, self.session = conductor, url, session

    async def get(self, path: str, **headers: str) -> tuple[int, str]:
        async with self.session.get(self.url + path, headers=headers) as answer:
            return answer.status, await answer.text()

    async def post(self, path: str, data: Any, **headers: str) -> tuple[int, Any]:
        async with self.session.post(self.url + path, json=data, headers=headers) as answer:
            return answer.status, await answer.json()

    async def open(self) -> int:
        _, opened = await self.post("/playground/api/conversations", WHO)
        return int(opened["conversation"])


def build() -> Sanic:
    """The server as `rasa run` makes it: a greeting at `/`, then the input channels below `/webhooks/`."""
    app = Sanic(f"test_{uuid.uuid4().hex}", configure_logging=False)

    @app.get("/")
    async def hello(request: Any) -> Any:
        return response.text("Hello from Rasa")

    register([WebInput(), ConsoleInput()], app, "/webhooks/")
    return app


@pytest_asyncio.fixture
async def house(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    async with serving(FakeConductor(), monkeypatch) as house:
        yield house


@asynccontextmanager
async def serving(conductor: FakeConductor, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    monkeypatch.setattr("sanic.app.TouchUp.run", touch_up_once)
    app = build()
    app.ctx.conductor = app.ctx.receiver = conductor
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        server = await app.create_server(sock=sock, return_asyncio_server=True, access_log=False)
        assert server is not None
        await server.startup()
        await server.before_start()
        await server.after_start()
        await server.start_serving()
        async with aiohttp.ClientSession() as session:
            yield House(conductor, f"http://127.0.0.1:{sock.getsockname()[1]}", session)
        app.ctx.playground_closing.now.set()
        server.close()
        await server.after_stop()


@pytest.mark.parametrize("path", PAGES)
async def test_every_page_is_served_with_a_strict_policy(house: House, path: str) -> None:
    async with house.session.get(house.url + path) as answer:
        assert answer.status == 200
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert "unsafe" not in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


async def test_our_page_stands_where_rasa_had_its_greeting(house: House) -> None:
    assert "<title>Survey Conductor" in (await house.get("/"))[1]


@pytest.mark.parametrize(
    "path", ["/playground/static/nothing.js", "/playground/static/../routes.py", "/playground/static/%2e%2e/routes.py"]
)
async def test_nothing_but_the_pages_own_files_is_served(house: House, path: str) -> None:
    assert (await house.get(path))[0] == 404


def test_the_page_asks_for_nothing_from_elsewhere_and_stays_small() -> None:
    texts = {name: file.body.decode() for name, file in files().items()}

    foreign = [url for text in texts.values() for url in re.findall(r"https?://[^\s\"')]+", text)]
    assert {url for url in foreign if not url.startswith("http://www.w3.org/")} == set()
    assert (
        sum(len(text) for name, text in texts.items() if name.endswith(".js")) < 90_000
    )  # six looks, forms, a telephone, and all words in two languages


async def test_health(house: House) -> None:
    assert (await house.get("/healthz"))[0] == (await house.get("/health/live"))[0] == 200
    ready = json.loads((await house.get("/readyz"))[1])
    assert (ready["ready"], ready["model"]) == (True, "conductor-1.tar.gz")


async def test_a_survey_starts_and_its_question_comes_rendered_for_the_channel(house: House) -> None:
    status, outcome = await house.post("/playground/api/start", {**WHO, "survey": "delivery_nps"})
    _, text = await house.get(f"/playground/api/conversations/{outcome['conversation']}")
    (message,) = json.loads(text)["transcript"]

    assert (status, outcome["started"]) == (200, True)
    assert message["drawing"]["form"] == "buttons"
    assert [len(row) for row in message["drawing"]["rows"]] == [6, 5]


async def test_what_the_customer_says_comes_in_by_the_webhook(house: House) -> None:
    here = await house.open()
    said = {"message_id": "m1", "channel": "telegram", "sender": "c1", "text": "9"}

    assert await house.post("/webhooks/web/webhook", said) == (200, {"accepted": True, "duplicate": False})
    assert await house.post("/webhooks/web/webhook", said) == (200, {"accepted": True, "duplicate": True})
    view = json.loads((await house.get(f"/playground/api/conversations/{here}"))[1])
    assert [m["direction"] for m in view["transcript"]] == ["in", "out"]


@pytest.mark.parametrize(
    ("data", "status"), [({"text": "no id"}, 400), ({"message_id": "m", "sender": "c", "text": "x" * 300_000}, 413)]
)
async def test_bad_input_is_answered_with_a_sentence(house: House, data: Any, status: int) -> None:
    got, answer = await house.post("/webhooks/web/webhook", data)

    assert got == status
    assert answer["error"].endswith(".")


@pytest.mark.parametrize("path", ["/webhooks/web/webhook", "/playground/api/conversations", "/playground/api/start"])
@pytest.mark.parametrize(
    ("headers", "settings"),
    [
        ({"Origin": "https://evil.example"}, {}),
        ({"Host": "evil.example"}, {}),
        ({"Sec-Fetch-Site": "cross-site"}, {}),
        ({}, {"playground_on": False}),
    ],
)
async def test_strangers_are_refused_with_a_sentence_and_change_nothing(
    house: House, path: str, headers: dict[str, str], settings: dict[str, Any]
) -> None:
    vars(house.conductor.settings).update(settings)

    status, answer = await house.post(path, {**WHO, "message_id": "m", "sender": "c", "text": "hi"}, **headers)

    assert status == 403
    assert answer["error"].endswith(".")
    assert house.conductor.conversations == {}


async def test_only_conversations_of_the_playground_can_be_reached(house: House) -> None:
    real = await house.conductor.ensure_conversation("twilio_sms", "sms", "+15550100", "en")

    status, text = await house.get(f"/playground/api/conversations/{real}")

    assert status == 404
    assert "not open in the playground" in text


async def test_an_unknown_survey_is_a_sentence(house: House) -> None:
    status, answer = await house.post("/playground/api/start", {**WHO, "survey": "nsp"})

    assert (status, answer) == (422, {"error": 'There is no survey "nsp". Surveys: delivery_nps.'})


async def test_an_agent_takes_over_answers_and_hands_back(house: House) -> None:
    here = await house.open()
    api = f"/playground/api/conversations/{here}"

    assert (await house.post(f"{api}/claim", {"agent": "Dana"}))[0] == 200
    assert (await house.post(f"{api}/claim", {"agent": "Eli"}))[0] == 422
    assert (await house.post(f"{api}/reply", {"agent": "Dana", "text": "Hello"}))[0] == 200
    view = json.loads((await house.get(api))[1])
    assert view["conversation"]["owner"] == "human"
    assert (view["transcript"][-1]["sender"], view["transcript"][-1]["drawing"]["text"]) == ("Dana", "Hello")
    assert (await house.post(f"{api}/hand-back", {"agent": "Dana"}))[0] == 200


async def test_news_reach_an_open_page_at_once(house: House) -> None:
    here = await house.open()
    async with house.session.get(f"{house.url}/playground/api/conversations/{here}/events") as stream:
        assert stream.headers["Content-Type"].startswith("text/event-stream")
        assert await _next(stream) == "hello"
        await house.conductor.tell(here, Outbound("Hi"))
        assert await _next(stream) == "sent"
        house.conductor.events.publish(here, "owner")
        assert await _next(stream) == "owner"


async def _next(stream: aiohttp.ClientResponse) -> str:
    async def read() -> str:
        while not (line := await stream.content.readline()).startswith(b"data:"):
            pass
        return str(json.loads(line[5:])["kind"])

    return await asyncio.wait_for(read(), 10)


@pytest.mark.parametrize(
    "wrong", [{"language": "../../secrets"}, {"language": 7}, {"address": "c1\0"}, {"address": "\ud800"}]
)
async def test_what_no_page_of_ours_would_send_is_refused_with_a_sentence(house: House, wrong: dict[str, Any]) -> None:
    status, answer = await house.post("/playground/api/conversations", {**WHO, **wrong})
    assert status == 400
    assert answer["error"]


async def test_a_customer_of_a_real_provider_is_nobody_whom_the_playground_opens(house: House) -> None:
    """Their address may be known; what they said is not for whoever knows it."""
    await house.conductor.ensure_conversation("twilio_sms", "sms", "+15550100", "en")
    who = {"channel": "sms", "address": "+15550100", "language": "en", "survey": "delivery_nps"}

    for path in ("conversations", "start"):
        status, answer = await house.post(f"/playground/api/{path}", who)
        assert status == 400
        assert "real provider" in answer["error"]


async def test_who_is_to_be_played_must_have_been_invited(house: House) -> None:
    """A name that was mistyped makes no new customer."""
    who = {"channel": "web", "address": "ada", "language": "en"}

    status, _ = await house.post("/playground/api/conversations", {**who, "known": True})
    assert (status, house.conductor.conversations) == (404, {})
    await house.post("/playground/api/conversations", who)
    status, _ = await house.post("/playground/api/conversations", {**who, "known": True})
    assert status == 404, "who was only opened is nobody's guest"
    await house.post("/playground/api/start", {**who, "survey": "delivery_nps"})
    status, opened = await house.post("/playground/api/conversations", {**who, "known": True})
    assert (status, opened["address"]) == (200, "ada")


async def test_only_a_case_of_the_open_conversation_is_resolved(house: House) -> None:
    here = await house.open()
    done = {"agent": "Dana", "cause": "late", "action": "Sent again."}

    status, answer = await house.post(f"/playground/api/conversations/{here}/cases/7/resolve", done)

    assert (status, answer) == (404, {"error": "This case belongs to another conversation."})
