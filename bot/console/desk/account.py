"""`/console/account`: one's own name, language, password, second factor and sessions."""

from __future__ import annotations

from typing import Any

import segno
from sanic import Blueprint
from sanic.response import HTTPResponse

from bot.console.desk.cookies import SESSION, drop
from bot.console.desk.in_words import in_words
from bot.console.desk.seam import Visit, sessions_changed, signed_in
from bot.console.desk.words import LANGUAGES
from bot.errors import ConductorError
from bot.identity.passwords import LONGEST, SHORTEST
from bot.identity.sign_in import is_secret

HERE = "/console/account"


def mount(blueprint: Blueprint) -> None:
    _oneself(blueprint)
    _password(blueprint)
    _factor(blueprint)

    @blueprint.post(f"{HERE}/sessions/<number:int>/end")
    @signed_in()
    async def end(visit: Visit, number: int) -> HTTPResponse:
        await visit.conductor.account.end(visit.session, number)
        sessions_changed(visit)
        return visit.to(HERE, "session_ended")


async def account_page(visit: Visit, status: int = 200, **context: Any) -> HTTPResponse:
    sessions = await visit.conductor.account.sessions(visit.session)
    values = {"sessions": sessions, "this": visit.session.id, "languages": LANGUAGES, "error": "", "wrong": ""}
    return visit.page("account.html", status, shortest=SHORTEST, longest=LONGEST, **{**values, **context})


def _oneself(blueprint: Blueprint) -> None:
    @blueprint.get(HERE)
    @signed_in()
    async def account(visit: Visit) -> HTTPResponse:
        return await account_page(visit)

    @blueprint.post(HERE)
    @signed_in()
    async def change(visit: Visit) -> HTTPResponse:
        try:
            await visit.conductor.account.change(visit.session, visit.field("name"), visit.field("language", 2))
        except ConductorError as error:
            return await account_page(visit, 422, wrong="oneself", error=in_words(visit, error))
        return visit.to(HERE, "saved")


def _password(blueprint: Blueprint) -> None:
    @blueprint.post(f"{HERE}/password")
    @signed_in()
    async def password(visit: Visit) -> HTTPResponse:
        new = visit.field("new", 1000)
        try:
            if new != visit.field("again", 1000):
                raise ConductorError(visit.words("welcome.differ"))
            await visit.conductor.sign_in.change_password(visit.session, visit.field("old", LONGEST), new)
        except ConductorError as error:
            return await account_page(visit, 422, wrong="password", error=in_words(visit, error))
        sessions_changed(visit)
        return drop(visit.to("/console/sign-in?done=password"), SESSION)


def _factor(blueprint: Blueprint) -> None:
    def factor_page(visit: Visit, secret: str, address: str, error: str = "") -> HTTPResponse:
        picture = segno.make(address, error="m").svg_data_uri(scale=5, border=2, light="#fff", dark="#1b1d2a")
        groups = [secret[at : at + 4] for at in range(0, len(secret), 4)]
        values = {"picture": picture, "secret": secret, "groups": groups, "error": error}
        return visit.page("factor.html", 422 if error else 200, **values)

    @blueprint.get(f"{HERE}/factor")
    @signed_in()
    async def factor(visit: Visit) -> HTTPResponse:
        return factor_page(visit, *visit.conductor.sign_in.new_totp(visit.session))

    @blueprint.post(f"{HERE}/factor")
    @signed_in()
    async def confirm(visit: Visit) -> HTTPResponse:
        secret, door = visit.field("secret", 64), visit.conductor.sign_in
        if not is_secret(secret):
            return visit.to(f"{HERE}/factor")
        try:
            await door.confirm_totp(visit.session, secret, visit.field("code", 20), visit.field("password", LONGEST))
        except ConductorError as error:
            return factor_page(visit, secret, door.totp_address(visit.session, secret), in_words(visit, error))
        return visit.to(HERE, "factor_set")

    @blueprint.post(f"{HERE}/factor/remove")
    @signed_in()
    async def remove(visit: Visit) -> HTTPResponse:
        try:
            await visit.conductor.sign_in.drop_totp(visit.session, visit.field("password", LONGEST))
        except ConductorError as error:
            return await account_page(visit, 422, wrong="factor", error=in_words(visit, error))
        return visit.to(HERE, "factor_dropped")
