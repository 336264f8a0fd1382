"""The official SDK's HTTP client on the event loop, with another server's address, time-outs, and errors as data."""

from __future__ import annotations

import asyncio
import json
import logging
import math
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple
from urllib.parse import urlencode, urlsplit, urlunsplit

import aiohttp
from twilio.http import AsyncHttpClient
from twilio.http.response import Response
from yarl import URL

from channels.contract import SendError
from channels.twilio.failures import send_error
from channels.twilio.reaching import Connector, Proxy, proxy_of, trusted

CONNECT_SECONDS = 5.0
READ_SECONDS = 15.0
"""Together below the 30 s after which the outbox calls a message unknown (`bot.conversation.delivery.SEND_SECONDS`)."""

Fields = Mapping[str, Any]


class Answer(NamedTuple):
    status: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def text(self) -> str:
        return self.content.decode("utf-8", "replace")

    def raise_for_refusal(self) -> None:
        """SendError, unless it says yes."""
        if not 200 <= self.status < 300:
            raise send_error(self.status, _code(self.text), retry_after(self.headers))


class HttpClient(AsyncHttpClient):
    """Raises SendError (worth another try or not, as it says) and TimeoutError (nobody knows whether it was taken)
    where the SDK would raise its own exceptions, which drop Retry-After. `base_url`: another server than Twilio's.

    Connections are kept for the next request, within one event loop. Nothing is logged: the SDK's own client would
    write addresses, and so customers' numbers. Why not that one: docs/adr/0022."""

    def __init__(
        self, base_url: str | None = None, connect_seconds: float = CONNECT_SECONDS, read_seconds: float = READ_SECONDS
    ) -> None:
        super().__init__(logging.getLogger(__name__), is_async=True)
        self._base_url = base_url
        self._patience = _patience(connect_seconds, read_seconds)
        self._session: aiohttp.ClientSession | None = None
        self._proxies: dict[str, Proxy] = {}

    async def request(
        self,
        method: str,
        url: str,
        params: Fields | None = None,
        data: Fields | str | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,
        allow_redirects: bool = False,
    ) -> Response:
        """As the SDK's, but it only returns answers that say yes. `data`: fields of a form, or a body as it is."""
        place = self._at_base(url)
        if params:
            place += ("&" if "?" in place else "?") + _form(params)
        body = (data if isinstance(data, str) else _form(data)).encode() if data else None
        patience = self._patience if timeout is None else _patience(timeout, timeout)
        answer = await self._ask(
            method, place, data=body, headers=headers, auth=auth, timeout=patience, allow_redirects=allow_redirects
        )
        if answer.status == 504:
            raise TimeoutError("Twilio's gateway did not wait for the answer; the message may have been taken.")
        answer.raise_for_refusal()
        if method.upper() != "DELETE" and not isinstance(_read(answer.text), dict):
            raise TimeoutError("Twilio's answer could not be read; it may have taken the message.")
        return Response(answer.status, answer.text, answer.headers)

    async def sound(self, url: str, auth: tuple[str, str], most: int) -> bytes:
        """GET what is no text; at most `most` bytes. Raises as `request`."""
        answer = await self._ask("GET", self._at_base(url), auth=auth, timeout=self._patience)
        answer.raise_for_refusal()
        if len(answer.content) > most:
            raise SendError(f"The recording is longer than {most} bytes.", "never")
        return answer.content

    async def close(self) -> None:
        """Close the connections. A later request opens new ones."""
        if self._session is not None:
            await self._session.close()

    async def _ask(self, method: str, place: str, auth: tuple[str, str] | None, **how: Any) -> Answer:
        session, proxy = self._opened(), self._proxy(place)
        who = aiohttp.BasicAuth(*auth) if auth else None
        try:
            asked = session.request(
                method, URL(place, encoded=True), auth=who, proxy=proxy.url, proxy_auth=proxy.auth, **how
            )
            async with asked as answer:
                return Answer(answer.status, answer.headers, await answer.read())
        except (aiohttp.ClientError, OSError, asyncio.TimeoutError) as error:
            raise TimeoutError("Twilio was asked but did not answer; it may have taken the message.") from error

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None or self._session.closed:
            encrypted = self._base_url is None or self._base_url.startswith("https:")
            connector = Connector(limit=0, ssl=trusted() if encrypted else True)
            self._session = aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())
        return self._session

    def _proxy(self, place: str) -> Proxy:
        """The variables are read once for each host."""
        host = place[: place.find("/", len("https://"))]
        if host not in self._proxies:
            self._proxies[host] = proxy_of(place)
        return self._proxies[host]

    def _at_base(self, url: str) -> str:
        if self._base_url is None:
            return url
        base, asked = urlsplit(self._base_url), urlsplit(url)
        return urlunsplit((base.scheme, base.netloc, base.path.rstrip("/") + asked.path, asked.query, ""))


def _patience(connect: float, read: float) -> aiohttp.ClientTimeout:
    """Seconds until there is a connection, and for each wait for Twilio's words."""
    return aiohttp.ClientTimeout(total=None, sock_connect=connect, sock_read=read)


def _form(fields: Fields) -> str:
    """A list's values each under the same name."""
    return urlencode([(name, value) for name, value in fields.items() if value is not None], doseq=True)


def _read(text: str) -> Any:
    """None for what is no JSON."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _code(text: str) -> int | None:
    body = _read(text)
    code = body.get("code") if isinstance(body, dict) else None
    return code if isinstance(code, int) else None


def retry_after(headers: Any) -> float | None:
    """The seconds of a Retry-After header; a date in it is taken against the answer's own Date. None: not said."""
    value = str(headers.get("Retry-After") or "").strip()
    try:
        seconds = float(value)
    except ValueError:
        seconds = _until(value, str(headers.get("Date") or ""))
    return max(0.0, seconds) if math.isfinite(seconds) else None


def _until(then: str, now: str) -> float:
    try:
        return (parsedate_to_datetime(then) - parsedate_to_datetime(now)).total_seconds()
    except (TypeError, ValueError):
        return math.nan
