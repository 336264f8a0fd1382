"""How Twilio is reached: through which proxy, whose certificates count, and that nothing leaves before there is a
connection."""

from __future__ import annotations

import asyncio
import os
import ssl
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import urlsplit, urlunsplit

import aiohttp
from aiohttp.client_proto import ResponseHandler
from aiohttp.client_reqrep import ClientRequest
from aiohttp.tracing import Trace
from requests.utils import DEFAULT_CA_BUNDLE_PATH, get_auth_from_url, get_environ_proxies, select_proxy

from channels.contract import SendError

CA_BUNDLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
"""Variables that name a file or a folder of certificates to trust instead of Mozilla's list, as the SDK's own
(`requests`) reads them."""


class Connector(aiohttp.TCPConnector):
    """Raises SendError for whatever fails while a connection is made: nothing of the request has left.

    It is told by the moment, not by the kind of error: a reset or a time-out is the same class before and after.
    `sock_connect` bounds it all: the name, the connection, a proxy's tunnel and the handshake. Where a name has several
    addresses, the next attempt begins with the next of them."""

    async def _create_connection(
        self, req: ClientRequest, traces: list[Trace], timeout: aiohttp.ClientTimeout
    ) -> ResponseHandler:
        try:
            return await asyncio.wait_for(super()._create_connection(req, traces, timeout), timeout.sock_connect)
        except Exception as error:
            raise SendError("Twilio could not be reached.", "later") from error

    def _warn_about_tls_in_tls(self, underlying_transport: asyncio.Transport, req: ClientRequest) -> None:
        """Nothing: it warns of every proxy, also of one by http://, where there is nothing to warn of."""


class Proxy(NamedTuple):
    """Both None: no proxy."""

    url: str | None = None
    auth: aiohttp.BasicAuth | None = None


def proxy_of(url: str) -> Proxy:
    """The proxy that HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY say for `url`. Raises SendError for one that can't
    be used."""
    named = select_proxy(url, get_environ_proxies(url))
    if not named:
        return Proxy()
    parts = urlsplit(named if "://" in named else f"http://{named}")
    if parts.scheme not in ("http", "https"):
        raise SendError(
            f"A proxy by {parts.scheme}:// can't be used. Set HTTPS_PROXY to one by http://.", "channel_dead"
        )
    user, password = get_auth_from_url(parts.geturl())
    place = parts.netloc.rpartition("@")[2]
    auth = aiohttp.BasicAuth(user, password) if user or password else None
    return Proxy(urlunsplit((parts.scheme, place, "", "", "")), auth)


def trusted() -> ssl.SSLContext:
    """Whose certificates count. Raises SendError when the file that a variable names is not there."""
    named = next((os.environ[name] for name in CA_BUNDLES if os.environ.get(name)), "")
    try:
        return _context(named or DEFAULT_CA_BUNDLE_PATH)
    except OSError as error:  # which a file that holds no certificate is, too
        raise SendError(f"{' or '.join(CA_BUNDLES)} names no certificates.", "channel_dead") from error


@lru_cache
def _context(bundle: str) -> ssl.SSLContext:
    """Reading Mozilla's list takes some milliseconds: once."""
    folder = os.path.isdir(bundle)
    return ssl.create_default_context(cafile=None if folder else bundle, capath=bundle if folder else None)
