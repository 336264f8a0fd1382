"""The playground's page and what it asks of the server. Handlers only translate: the conductor does the work."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import aclosing
from functools import wraps
from typing import Any

from sanic import Blueprint, Sanic, response
from sanic.request import Request
from sanic.response import HTTPResponse

from bot.console.desk.words import preferred
from bot.console.playground.asking import Ask, Missing
from bot.console.playground.files import files
from bot.console.playground.phones import do, modes, mount, phone_of
from bot.console.playground.present import present, present_phone, with_team_names
from bot.console.playground.security import HEADERS, guard, problem
from bot.console.playground.stream import Closing, news
from bot.errors import ConductorError
from bot.identity.names import normal_name
from bot.recovery.refusals import Refusal
from channels.local.phone import NotTaken

API = "/playground/api"
Handler = Callable[..., Awaitable[Any]]
STARTING = "The server is still starting. Please try again in a moment."
DIRECT = "This phone talks to the house directly: send to /webhooks/web/webhook."
NOBODY = "Nobody with this address was invited here."
REAL = "This address is a customer's of a real provider: the playground does not open it."
OTHERS_CASE = "This case belongs to another conversation."
NOT_OPEN = "This conversation is not open in the playground. Reload the page."


def playground() -> Blueprint:
    """The blueprint; its paths are absolute."""
    blueprint = Blueprint("playground")
    _pages(blueprint)
    _surveys(blueprint)
    _conversations(blueprint)
    _agent(blueprint)
    _stream(blueprint)
    mount(blueprint)

    @blueprint.on_response
    async def harden(request: Request, answer: HTTPResponse) -> None:
        answer.headers.update(HEADERS)

    return blueprint


class Unknown(Exception):
    """Somebody is to be played whom nobody has invited."""


class NotOurs(Exception):
    """A conversation that the playground opened is a real provider's by now; the text says so."""


def _api(handler: Handler) -> Handler:
    """Refuses strangers, hands the conductor to the handler, and turns its errors into sentences."""

    @wraps(handler)
    async def guarded(request: Request, **arguments: Any) -> Any:
        refused = guard(request)
        if refused is not None:
            return refused
        conductor = getattr(request.app.ctx, "conductor", None)
        if conductor is None:
            return problem(STARTING, 503)
        if "conversation" in arguments and arguments["conversation"] not in _opened(request.app):
            return problem(NOT_OPEN, 404)
        try:
            if "conversation" in arguments:
                await _must_be_ours(request.app, conductor, arguments["conversation"])
            return await handler(request, conductor, **arguments)
        except (Missing, NotTaken) as missing:
            return problem(str(missing), 400)
        except (Unknown, NotOurs) as elsewhere:
            return problem(str(elsewhere), 404)
        except Refusal as refusal:
            return problem(refusal.say(preferred(request.headers.get("accept-language", ""))), 422)
        except ConductorError as error:
            return problem(str(error), 422)

    return guarded


def _opened(app: Sanic) -> dict[int, tuple[str, str]]:
    """Conversations that the playground opened since the start: id → channel and address. No other can be reached
    from here."""
    if not hasattr(app.ctx, "playground_open"):
        app.ctx.playground_open = {}
    return app.ctx.playground_open


def _pages(blueprint: Blueprint) -> None:
    async def page(request: Request) -> HTTPResponse:
        return guard(request, navigation=True) or _file("index.html")

    blueprint.add_route(page, "/", name="index")
    blueprint.add_route(page, "/playground", name="page")

    @blueprint.get("/playground/static/<name:path>")
    async def static(request: Request, name: str) -> HTTPResponse:
        return guard(request) or _file(name)


def _file(name: str) -> HTTPResponse:
    found = files().get(name)
    if found is None:
        return response.text("There is no such file.\n", status=404)
    return response.raw(found.body, content_type=found.type)


def _surveys(blueprint: Blueprint) -> None:
    @blueprint.get(f"{API}/surveys")
    @_api
    async def surveys(request: Request, conductor: Any) -> HTTPResponse:
        causes = list(conductor.casework.desk.root_causes)
        found = {"surveys": await conductor.surveys(), "phones": modes(request.app), "causes": causes}
        return response.json(found)

    @blueprint.get(f"{API}/drawing/<key:str>")
    @_api
    async def drawing(request: Request, conductor: Any, key: str) -> HTTPResponse:
        picture = await conductor.drawing(key, request.args.get("language", "en"))
        return response.text(picture, content_type="image/svg+xml")


def _conversations(blueprint: Blueprint) -> None:
    @blueprint.post(f"{API}/conversations")
    @_api
    async def open_conversation(request: Request, conductor: Any) -> HTTPResponse:
        """Opens a phone. Without an `address`, or with one that its provider does not give, it is a new customer's.
        `known`: the address must be one that was invited."""
        ask = Ask.of(request.body)
        channel, language = ask.channel(), ask.language()
        phone, address = await _phone(request.app, conductor, ask)
        provider = phone.provider if phone else "web"
        if phone:
            phone.open(address, language)
        opened = await conductor.ensure_conversation(provider, channel, address, language, ask.optional("name"))
        _opened(request.app)[opened] = (channel, address)
        view = await _view(request.app, conductor, opened)
        return response.json({"conversation": opened, "address": address, "view": view})

    @blueprint.post(f"{API}/start")
    @_api
    async def start(request: Request, conductor: Any) -> HTTPResponse:
        ask = Ask.of(request.body)
        channel, name, language = ask.channel(), ask.optional("name"), ask.language()
        phone, address = await _phone(request.app, conductor, ask)
        if phone:
            phone.open(address, language)
            await phone.before_first(address)
        outcome = await conductor.start_survey(
            ask.text("survey"),
            provider=phone.provider if phone else "web",
            channel=channel,
            address=address,
            language=language,
            name=name,
            attributes={"name": name} if name else {},
        )
        _opened(request.app)[outcome["conversation"]] = (channel, address)
        return response.json({**outcome, "address": address})

    @blueprint.get(f"{API}/conversations/<conversation:int>")
    @_api
    async def view(request: Request, conductor: Any, conversation: int) -> HTTPResponse:
        return response.json(await _view(request.app, conductor, conversation))

    @blueprint.post(f"{API}/conversations/<conversation:int>/phone")
    @_api
    async def phone(request: Request, conductor: Any, conversation: int) -> HTTPResponse:
        """What the customer does at a local provider."""
        channel, address = _opened(request.app)[conversation]
        here = phone_of(request.app, channel)
        if here is None:
            return problem(DIRECT, 400)
        return response.json({"duplicate": not await do(here, address, Ask.of(request.body))})


async def _phone(app: Sanic, conductor: Any, ask: Ask) -> tuple[Any, str]:
    """The phone (None: it talks to the house directly) and its customer's address. Raises Missing for an address of a
    customer of a real provider: nobody reads their chat here; and Unknown, where they are to be `known`, for one whom
    nobody has invited."""
    channel = ask.channel()
    phone = phone_of(app, channel)
    if phone is not None:
        asked = ask.optional("address")
        return phone, asked if asked and phone.ours(asked) else phone.meet()
    address = ask.text("address")
    found = await conductor.store.known(channel, address)
    if found is not None and found.provider != "web":
        raise Missing(REAL)
    if ask.data.get("known") and not (found is not None and await conductor.store.invited(found)):
        raise Unknown(NOBODY)
    return None, address


async def _ours(app: Sanic, conductor: Any, conversation: int) -> bool:
    """Whether the conversation that was opened here is still the playground's: a customer may have written through a
    real provider since. A local provider's phones have addresses that are nobody's."""
    channel, _ = _opened(app)[conversation]
    return phone_of(app, channel) is not None or await conductor.store.provider(conversation) == "web"


async def _must_be_ours(app: Sanic, conductor: Any, conversation: int) -> None:
    """Raises NotOurs."""
    if not await _ours(app, conductor, conversation):
        raise NotOurs(REAL)


async def _view(app: Sanic, conductor: Any, conversation: int) -> dict[str, Any]:
    """What the page shows of a conversation it opened. Raises NotOurs."""
    channel, address = _opened(app)[conversation]
    known = with_team_names(await conductor.view(conversation), conductor.casework.desk)
    await _must_be_ours(app, conductor, conversation)  # once it is read: the first real words may have come meanwhile
    phone = phone_of(app, channel)
    if phone is None:
        if any(line["direction"] == "out" and line["status"] == "sent" for line in known["transcript"]):
            await conductor.fetched(conversation)
        return present(known)
    return present_phone(known, phone.messages(address), phone.state(address), phone.since)


async def _typed(conductor: Any, ask: Ask) -> str:
    """The name under which a visitor tries a take-over: nobody's who works here. Raises ConductorError."""
    name = normal_name(ask.text("agent"))
    await conductor.staff.must_be_free(name)
    return name


def _agent(blueprint: Blueprint) -> None:
    """What a person does who takes the conversation over."""

    @blueprint.post(f"{API}/conversations/<conversation:int>/claim")
    @_api
    async def claim(request: Request, conductor: Any, conversation: int) -> HTTPResponse:
        await conductor.takeover.claim(conversation, await _typed(conductor, Ask.of(request.body)))
        return response.json({"done": True})

    @blueprint.post(f"{API}/conversations/<conversation:int>/reply")
    @_api
    async def reply(request: Request, conductor: Any, conversation: int) -> HTTPResponse:
        ask = Ask.of(request.body)
        await conductor.takeover.reply(conversation, await _typed(conductor, ask), ask.text("text", 4000))
        return response.json({"done": True})

    @blueprint.post(f"{API}/conversations/<conversation:int>/cases/<case:int>/resolve")
    @_api
    async def resolve(request: Request, conductor: Any, conversation: int, case: int) -> HTTPResponse:
        ask = Ask.of(request.body)
        if case not in {one["id"] for one in (await conductor.view(conversation))["cases"]}:
            return problem(OTHERS_CASE, 404)
        agent, cause, action = await _typed(conductor, ask), ask.text("cause", 64), ask.text("action", 4000)
        await conductor.casework.resolve(case, agent, cause, action)
        return response.json({"done": True})

    @blueprint.post(f"{API}/conversations/<conversation:int>/hand-back")
    @_api
    async def hand_back(request: Request, conductor: Any, conversation: int) -> HTTPResponse:
        await conductor.takeover.hand_back(conversation, await _typed(conductor, Ask.of(request.body)), resume=True)
        return response.json({"done": True})


def _stream(blueprint: Blueprint) -> None:
    @blueprint.listener("before_server_start")
    async def prepare(app: Sanic, loop: Any) -> None:
        app.ctx.playground_closing = Closing()

    @blueprint.listener("before_server_stop")
    async def end(app: Sanic, loop: Any) -> None:
        app.ctx.playground_closing.now.set()

    @blueprint.get(f"{API}/conversations/<conversation:int>/events")
    @_api
    async def events(request: Request, conductor: Any, conversation: int) -> None:
        channel, address = _opened(request.app)[conversation]
        answer = await request.respond(content_type="text/event-stream", headers={"X-Accel-Buffering": "no"})
        phone = phone_of(request.app, channel)
        own = phone.listen(address) if phone else conductor.senders["web"].listen(channel, address)
        async with aclosing(news(conductor, conversation, own, request.app.ctx.playground_closing)) as pieces:
            async for piece in pieces:
                if not await _ours(request.app, conductor, conversation):
                    break  # the page asks anew, and is told why
                await answer.send(piece)
        await answer.eof()
