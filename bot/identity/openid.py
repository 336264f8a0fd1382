"""A company's own sign-in: OpenID Connect, authorization code with PKCE (OpenID Connect Core 1.0, RFC 7636, RFC 9207).

Authlib does the protocol; what it is told to insist on stands here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import httpx
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.httpx_client import AsyncOAuth2Client
from authlib.jose import JsonWebKey, JsonWebToken
from authlib.oidc.core import CodeIDToken

from bot.conversation.ports import Clock
from bot.identity.sign_in import Refused
from bot.identity.tokens import new_token, same

SCOPE = "openid email profile"
ALGORITHMS = ["RS256", "PS256", "ES256"]
"""Of the provider's own keys only: never `none`, never HMAC, which a client's secret could forge."""
KNOWN_FOR = timedelta(hours=1)
"""How long the provider's addresses are remembered. Keys are read anew as soon as one is not known."""
LEEWAY = 60
"""Seconds by which clocks may differ."""
SECONDS = 10
"""The provider has so long to answer."""


ADDRESSES = ("authorization_endpoint", "token_endpoint", "jwks_uri")
"""What a provider's description of itself has to name."""

_AWAY = (httpx.HTTPError, httpx.InvalidURL)
_UNREADABLE = (AttributeError, KeyError, TypeError, ValueError, RecursionError)
"""What Authlib raises where a token or a key is not what it should be."""


@dataclass(frozen=True)
class Provider:
    """`issuer` exactly as the provider writes it; `label`: what the button says."""

    issuer: str
    client_id: str
    client_secret: str
    label: str


@dataclass(frozen=True)
class Beginning:
    """What the browser keeps while somebody is at their company's sign-in."""

    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True)
class Vouched:
    """Whom the provider vouches for. `email`: None unless the provider says that it is verified."""

    subject: str
    email: str | None


def _elsewhere() -> Refused:
    return Refused("Your company's sign-in can't be reached. Please try again later.", reason="provider_down")


def _not_vouched() -> Refused:
    return Refused("Your company's sign-in was not completed. Please try again.", reason="not_vouched")


class OpenId:
    """Raises `Refused`: what exactly did not fit goes to nobody who knocks."""

    def __init__(self, provider: Provider, clock: Clock) -> None:
        self.provider = provider
        self._clock = clock
        self._known: Mapping[str, Any] = {}
        self._known_until = datetime.min
        self._keys: Mapping[str, Any] = {}

    async def begin(self, redirect: str) -> tuple[str, Beginning]:
        """The address to send the browser to, and what it has to keep."""
        beginning = Beginning(new_token(), new_token(), new_token())
        where = (await self._about())["authorization_endpoint"]
        async with self._client(redirect) as client:
            address, _ = client.create_authorization_url(
                where, state=beginning.state, nonce=beginning.nonce, code_verifier=beginning.verifier
            )
        return str(address), beginning

    async def finish(self, answer: Mapping[str, str], beginning: Beginning, redirect: str) -> Vouched:
        """`answer`: what stands in the address that the provider sent the browser back to."""
        if not same(answer.get("state", ""), beginning.state) or not answer.get("code"):
            raise _not_vouched()
        if answer.get("iss", self.provider.issuer) != self.provider.issuer:  # RFC 9207
            raise _not_vouched()
        try:
            async with self._client(redirect) as client:
                token = await client.fetch_token(
                    (await self._about())["token_endpoint"], code=answer["code"], code_verifier=beginning.verifier
                )
            claims = await self._claims(str(token.get("id_token", "")), beginning.nonce)
        except _AWAY as error:
            raise _elsewhere() from error
        except (AuthlibBaseError, *_UNREADABLE) as error:
            raise _not_vouched() from error
        email = claims.get("email") if claims.get("email_verified") is True else None
        return Vouched(f"{self.provider.issuer} {claims['sub']}"[:255], email)

    async def _claims(self, token: str, nonce: str) -> Mapping[str, Any]:
        """What the token says, once its signature, issuer, audience, nonce and times are right."""
        known = {"iss": {"essential": True, "value": self.provider.issuer}}
        known["aud"] = {"essential": True, "value": self.provider.client_id}
        for again in (False, True):
            try:
                claims = JsonWebToken(ALGORITHMS).decode(
                    token,
                    JsonWebKey.import_key_set(await self._key_set(again)),
                    claims_cls=CodeIDToken,
                    claims_options=known,
                    claims_params={"nonce": nonce, "client_id": self.provider.client_id},
                )
                break
            except ValueError:  # none of the keys has that id: the provider may have changed them
                if again:
                    raise
        now = datetime.fromisoformat(self._clock.now())
        claims.validate(now=int(now.timestamp()), leeway=LEEWAY)
        return dict(claims)

    async def _about(self) -> Mapping[str, Any]:
        """The provider's own description of itself (OpenID Connect Discovery 1.0, 4)."""
        now = datetime.fromisoformat(self._clock.now()).replace(tzinfo=None)
        if now >= self._known_until:
            about = await _read(f"{self.provider.issuer.rstrip('/')}/.well-known/openid-configuration")
            if about.get("issuer") != self.provider.issuer or not all(_address(about.get(name)) for name in ADDRESSES):
                raise _elsewhere()
            self._known, self._known_until = about, now + KNOWN_FOR
        return self._known

    async def _key_set(self, again: bool) -> Mapping[str, Any]:
        if again or not self._keys:
            self._keys = await _read((await self._about())["jwks_uri"])
        return self._keys

    def _client(self, redirect: str) -> AsyncOAuth2Client:
        provider = self.provider
        return AsyncOAuth2Client(
            provider.client_id,
            provider.client_secret,
            scope=SCOPE,
            redirect_uri=redirect,
            code_challenge_method="S256",
            timeout=SECONDS,
        )


def _address(value: object) -> bool:
    return isinstance(value, str) and value.startswith(("https://", "http://"))


async def _read(address: str) -> Mapping[str, Any]:
    try:
        async with httpx.AsyncClient(timeout=SECONDS) as client:
            answer = (await client.get(address)).raise_for_status().json()
    except (*_AWAY, ValueError, RecursionError) as error:
        raise _elsewhere() from error
    if not isinstance(answer, dict):
        raise _elsewhere()
    return answer
