"""Coming in and going out: `/console/sign-in`, its second step, `/console/welcome`, `/console/sign-out`."""

from __future__ import annotations

from sanic import Blueprint
from sanic.response import HTTPResponse

from bot.console.desk.cookies import SESSION, STEP, cookie, drop, keep
from bot.console.desk.in_words import in_words, seconds_until
from bot.console.desk.seam import Guest, Visit, open_to_all, sessions_changed, signed_in
from bot.console.desk.security import own_path
from bot.errors import ConductorError
from bot.identity.passwords import LONGEST, SHORTEST
from bot.identity.sign_in import STEP_MINUTES, CodeNeeded, Refused, Session


def mount(blueprint: Blueprint) -> None:
    _password(blueprint)
    _code(blueprint)
    _welcome(blueprint)

    @blueprint.post("/console/sign-out")
    @signed_in()
    async def sign_out(visit: Visit) -> HTTPResponse:
        await visit.conductor.sign_in.sign_out(visit.session)
        sessions_changed(visit)
        return drop(visit.to("/console/sign-in?done=out"), SESSION, STEP)


def _password(blueprint: Blueprint) -> None:
    @blueprint.get("/console/sign-in")
    @open_to_all
    async def sign_in(guest: Guest) -> HTTPResponse:
        if await guest.conductor.sign_in.session(cookie(guest.request, SESSION)):
            return guest.to(own_path(guest.args.get("next")))
        notes = {"out": "sign_in.signed_out", "password": "sign_in.password_changed"}
        note = notes.get(guest.args.get("done", ""))
        return await sign_in_page(guest, guest.args.get("next", ""), note=guest.words(note) if note else "")

    @blueprint.post("/console/sign-in")
    @open_to_all
    async def with_password(guest: Guest) -> HTTPResponse:
        login, onward = guest.field("login", 120), guest.field("next", 500)
        try:
            password = guest.field("password", LONGEST)
            session = await guest.conductor.sign_in.with_password(login, password, "", guest.address)
        except CodeNeeded as needed:
            page = guest.page("code.html", onward=onward, error="")
            return keep(page, STEP, needed.step, STEP_MINUTES * 60)
        except Refused as refused:
            return _waiting(
                await sign_in_page(guest, onward, login, error=in_words(guest, refused), status=403), guest, refused
            )
        return come_in(guest, session, onward)


async def sign_in_page(
    guest: Guest, onward: str, login: str = "", *, error: str = "", note: str = "", status: int = 200
) -> HTTPResponse:
    nobody = not await guest.conductor.staff.list()
    values = {"onward": onward, "login": login, "error": error, "note": note, "nobody": nobody}
    values["company"] = guest.conductor.openid.provider.label if guest.conductor.openid else ""
    return guest.page("sign_in.html", status, **values)


def come_in(guest: Guest, session: Session, onward: str) -> HTTPResponse:
    """Give the browser a new session: whatever it held before is worth nothing."""
    return keep(drop(guest.to(own_path(onward)), STEP), SESSION, session.token)


def _code(blueprint: Blueprint) -> None:
    @blueprint.post("/console/sign-in/code")
    @open_to_all
    async def with_code(guest: Guest) -> HTTPResponse:
        step, onward = cookie(guest.request, STEP), guest.field("next", 500)
        try:
            session = await guest.conductor.sign_in.with_code(step, guest.field("code", 20), guest.address)
        except Refused as refused:
            error = in_words(guest, refused)
            if refused.code_needed:
                return guest.page("code.html", 403, onward=onward, error=error)
            page = await sign_in_page(guest, onward, error=error, status=403)
            return drop(_waiting(page, guest, refused), STEP)
        return come_in(guest, session, onward)


def _welcome(blueprint: Blueprint) -> None:
    limits = {"shortest": SHORTEST, "longest": LONGEST}

    @blueprint.get("/console/welcome")
    @open_to_all
    async def welcome(guest: Guest) -> HTTPResponse:
        """The token is in the address's fragment, which no server, proxy or log sees; our script puts it in the
        form."""
        return guest.page("welcome.html", token="", error="", **limits)

    @blueprint.post("/console/welcome")
    @open_to_all
    async def choose(guest: Guest) -> HTTPResponse:
        token, password = guest.field("token"), guest.field("password", 1000)
        try:
            if password != guest.field("again", 1000):
                raise ConductorError(guest.words("welcome.differ"))
            session = await guest.conductor.sign_in.accept_invitation(token, password, guest.address)
        except Refused as refused:
            return guest.page("welcome.html", 403, token=token, error=in_words(guest, refused), **limits)
        except ConductorError as error:
            return guest.page("welcome.html", 422, token=token, error=in_words(guest, error), **limits)
        return come_in(guest, session, "")


def _waiting(page: HTTPResponse, guest: Guest, refused: Refused) -> HTTPResponse:
    """Too many attempts: 429, and when to come again (RFC 9110, 10.2.3)."""
    if refused.retry_at is not None:
        page.status = 429
        page.headers["Retry-After"] = str(seconds_until(guest, refused.retry_at))
    return page
