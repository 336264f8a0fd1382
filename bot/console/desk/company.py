"""Signing in at one's company: `/console/oidc` leads there, `/console/oidc/callback` is where one comes back."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import asdict

from sanic import Blueprint, response
from sanic.response import HTTPResponse

from bot.console.desk.cookies import ELSEWHERE, cookie, drop, keep
from bot.console.desk.in_words import in_words
from bot.console.desk.seam import Guest, open_to_all
from bot.console.desk.sign_in import come_in, sign_in_page
from bot.identity.openid import Beginning
from bot.identity.sign_in import Refused

HERE = "/console/oidc"
SECONDS = 600
"""Somebody who needs longer begins anew."""


def mount(blueprint: Blueprint) -> None:
    @blueprint.get(HERE)
    @open_to_all
    async def leave(guest: Guest) -> HTTPResponse:
        if guest.conductor.openid is None:
            return guest.problem(guest.words("problem.nowhere"), 404)
        onward = guest.args.get("next", "")[:500]
        try:
            address, beginning = await guest.conductor.openid.begin(_back(guest))
        except Refused as refused:
            return await sign_in_page(guest, onward, error=in_words(guest, refused), status=502)
        kept = json.dumps({**asdict(beginning), "onward": onward}).encode()
        return keep(response.redirect(address, status=303), ELSEWHERE, urlsafe_b64encode(kept).decode(), SECONDS)

    @blueprint.get(f"{HERE}/callback")
    @open_to_all
    async def come_back(guest: Guest) -> HTTPResponse:
        door, beginning, onward = guest.conductor.openid, *_kept(cookie(guest.request, ELSEWHERE))
        try:
            if door is None or beginning is None:
                raise Refused("That took too long. Please start again.", reason="step_over")
            answer = dict(guest.args)
            vouched = await door.finish(answer, beginning, _back(guest))
            session = await guest.conductor.sign_in.with_subject(vouched.subject, vouched.email, guest.address)
        except Refused as refused:
            page = await sign_in_page(guest, onward, error=in_words(guest, refused), status=403)
            return drop(page, ELSEWHERE)
        return drop(come_in(guest, session, onward), ELSEWHERE)


def _back(guest: Guest) -> str:
    return f"{guest.conductor.settings.address}{HERE}/callback"


def _kept(value: str) -> tuple[Beginning | None, str]:
    """What the browser kept; (None, "") for what is none of ours."""
    try:
        kept = json.loads(urlsafe_b64decode(value))
        onward = str(kept.pop("onward"))
        return Beginning(**{name: str(kept[name]) for name in ("state", "nonce", "verifier")}), onward
    except (ValueError, KeyError, AttributeError, TypeError):
        return None, ""
