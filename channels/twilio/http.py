"""The official SDK's HTTP client, with another server's address, time-outs, silence in the log, and errors as data."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from functools import partial
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import requests
from requests.adapters import HTTPAdapter
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from urllib3.exceptions import ConnectTimeoutError

from channels.contract import SendError
from channels.twilio.failures import send_error

CONNECT_SECONDS = 5.0
READ_SECONDS = 15.0
"""Together below the 30 s after which the outbox calls a message unknown (`bot.conversation.delivery.SEND_SECONDS`)."""


AT_ONCE = 64
"""Requests at the same time: more than the outbox sends at once (`bot.conversation.delivery.BATCH`)."""


class HttpClient(TwilioHttpClient):
    """Raises SendError (worth another try or not, as it says) and TimeoutError (nobody knows whether it was taken)
    where the SDK would raise its own exceptions, which drop Retry-After. `base_url`: another server than Twilio's."""

    def __init__(
        self, base_url: str | None = None, connect_seconds: float = CONNECT_SECONDS, read_seconds: float = READ_SECONDS
    ) -> None:
        super().__init__()
        for scheme in ("https://", "http://"):
            self.session.mount(scheme, HTTPAdapter(pool_maxsize=AT_ONCE))
        self.timeout: Any = (connect_seconds, read_seconds)  # requests takes a pair; the SDK hands it on
        self._base_url = base_url

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Response:
        """As the SDK's, but it only returns answers that say yes."""
        ask = partial(super().request, method, self._at_base(url), *args, **kwargs)
        response = self._answered(ask)
        status = int(response.status_code)
        if status == 504:
            raise TimeoutError("Twilio's gateway did not wait for the answer; the message may have been taken.")
        if not 200 <= status < 300:
            raise send_error(status, _code(response.text), retry_after(response.headers or {}))
        return response

    def sound(self, url: str, auth: tuple[str, str], most: int) -> bytes:
        """GET what is no text; at most `most` bytes. Raises as `request`."""
        answer = self._answered(lambda: self.session.get(self._at_base(url), auth=auth, timeout=self.timeout))
        if not 200 <= answer.status_code < 300:
            raise send_error(answer.status_code, _code(answer.text), retry_after(answer.headers))
        if len(answer.content) > most:
            raise SendError(f"The recording is longer than {most} bytes.", "never")
        return bytes(answer.content)

    @staticmethod
    def _answered(request: Callable[[], Any]) -> Any:
        try:
            return request()
        except requests.RequestException as error:
            if _never_left(error):
                raise SendError("Twilio could not be reached.", "later") from error
            raise TimeoutError("Twilio was asked but did not answer; it may have taken the message.") from error

    def log_request(self, kwargs: Any) -> None:
        """Nothing: the SDK would write addresses, and so customers' numbers, into the log."""

    def log_response(self, status_code: int, response: Any) -> None:
        """Nothing, as for requests."""

    def _at_base(self, url: str) -> str:
        if self._base_url is None:
            return url
        base, asked = urlsplit(self._base_url), urlsplit(url)
        return urlunsplit((base.scheme, base.netloc, base.path.rstrip("/") + asked.path, asked.query, ""))


def _never_left(error: requests.RequestException) -> bool:
    """Nothing was sent: the connection was refused, or never came about."""
    if isinstance(error, (requests.ConnectTimeout, requests.exceptions.SSLError, requests.exceptions.ProxyError)):
        return True
    reason = getattr(error.args[0], "reason", None) if error.args else None
    return isinstance(reason, ConnectTimeoutError)  # which a refused connection and an unknown name are, too


def _code(text: str) -> int | None:
    try:
        body = json.loads(text)
    except ValueError:
        return None
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
