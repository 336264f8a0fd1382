"""Each request to a webhook is the beginning of a trace, while traces are on."""

from __future__ import annotations

from sanic import Sanic
from sanic.request import Request
from sanic.response import HTTPResponse

from bot.telemetry import tracing


def mount(app: Sanic) -> None:
    """Nothing is mounted while traces are off: no request pays for them."""
    if not tracing.on():
        return

    @app.on_request
    async def begin(request: Request) -> None:
        if request.path.startswith("/webhooks/"):
            request.ctx.span = tracing.span("webhook", after=("request", 0), path=str(request.uri_template))
            request.ctx.span.__enter__()

    @app.on_response
    async def end(request: Request, answer: HTTPResponse) -> None:
        span = getattr(request.ctx, "span", None)
        if span is not None:
            span.tell(status=answer.status)
            span.__exit__(None, None, None)
