"""What connectors need of Rasa's web server (Sanic 21.12): a body read with a limit."""

from __future__ import annotations

from collections.abc import Mapping

from sanic.request import Request


class TooLarge(Exception):
    """The body is longer than the limit. It was not read to its end."""


async def read_body(request: Request, limit: int) -> bytes:
    """The body of a request whose route was registered with ``stream=True``, at most `limit` bytes. Raises TooLarge.

    Rasa leaves Sanic's own limit at 100 MB for the whole server; a webhook needs a smaller one, kept while reading."""
    if int(request.headers.get("content-length") or 0) > limit:
        raise TooLarge
    chunks: list[bytes] = []
    size = 0
    while (chunk := await request.stream.read()) is not None:
        size += len(chunk)
        if size > limit:
            raise TooLarge
        chunks.append(chunk)
    return b"".join(chunks)


def headers_of(request: Request) -> Mapping[str, str]:
    """Header names in lower case; of a repeated header the last."""
    return {name.lower(): value for name, value in request.headers.items()}
