"""A company's identity provider on this machine, strict about what it is asked, and able to lie."""

from __future__ import annotations

import base64
import hashlib
from contextlib import asynccontextmanager
from datetime import datetime
from functools import cache
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from aiohttp import BasicAuth, web
from authlib.jose import JsonWebKey, jwt

from tests.doubles import FrozenClock

CLIENT, SECRET = "conductor", "the client's secret"


@cache
def new_key(name: str, number: int = 0) -> Any:
    """The same key for the same name and number: making one takes a while."""
    return JsonWebKey.generate_key("RSA", 2048, {"kid": name, "use": "sig"}, is_private=True)


class LocalProvider:
    """`lies`: claims that it puts into its tokens instead of the right ones (None: leaves them out)."""

    def __init__(self, clock: FrozenClock) -> None:
        self.clock = clock
        self.url = ""
        self.about: dict[str, Any] = {}
        self.person: dict[str, Any] = {"sub": "4711", "email": "kim@example.com", "email_verified": True}
        self.lies: dict[str, Any] = {}
        self.key = new_key("first")
        self.signs_with = self.key
        self.algorithm = "RS256"
        self.asked: dict[str, str] = {}

    def changes_keys(self) -> None:
        self.key = self.signs_with = new_key("second")

    async def discovery(self, request: web.Request) -> web.Response:
        at = {name: f"{self.url}/{name}" for name in ("authorize", "token", "jwks")}
        known = {"issuer": self.url, "authorization_endpoint": at["authorize"], "token_endpoint": at["token"]}
        return web.json_response({**known, "jwks_uri": at["jwks"], **self.about})

    async def jwks(self, request: web.Request) -> web.Response:
        return web.json_response({"keys": [self.key.as_dict(is_private=False)]})

    def consent(self, address: str) -> str:
        """What its page does when the person agrees: the query with which the browser is sent back."""
        self.asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert urlsplit(address).path == "/authorize"
        assert self.asked["response_type"] == "code"
        assert self.asked["client_id"] == CLIENT
        assert self.asked["code_challenge_method"] == "S256"
        assert "openid" in self.asked["scope"].split()
        return urlencode({"code": "a code", "state": self.asked["state"], "iss": self.url})

    async def token(self, request: web.Request) -> web.Response:
        form = await request.post()
        auth = BasicAuth.decode(request.headers["Authorization"])
        digest = hashlib.sha256(str(form["code_verifier"]).encode()).digest()
        right = (auth.login, auth.password, form["code"]) == (CLIENT, SECRET, "a code")
        right &= base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == self.asked["code_challenge"]
        right &= form["redirect_uri"] == self.asked["redirect_uri"]
        if not right:
            return web.json_response({"error": "invalid_grant"}, status=400)
        token = {"access_token": "x", "token_type": "Bearer", "id_token": self._id_token()}
        return web.json_response(token)

    def _id_token(self) -> str:
        now = int(datetime.fromisoformat(self.clock.now()).timestamp())
        claims = {"iss": self.url, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": self.asked["nonce"]}
        said = {**claims, **self.person, **self.lies}
        kept = {name: value for name, value in said.items() if value is not None}
        header = {"alg": self.algorithm, "kid": self.signs_with.as_dict().get("kid")}
        key = SECRET if self.algorithm == "HS256" else self.signs_with
        return str(jwt.encode(header, kept, key).decode())


@asynccontextmanager
async def local_provider(clock: FrozenClock) -> Any:
    provider = LocalProvider(clock)
    app = web.Application()
    app.router.add_get("/.well-known/openid-configuration", provider.discovery)
    app.router.add_get("/jwks", provider.jwks)
    app.router.add_post("/token", provider.token)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    provider.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield provider
    finally:
        await runner.cleanup()
