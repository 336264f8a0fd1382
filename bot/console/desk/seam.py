"""How a page is added to the console.

    @blueprint.get("/console/inbox")
    @signed_in(May.SEE_CASES)
    async def inbox(visit: Visit) -> HTTPResponse:
        return visit.page("inbox.html", cases=await visit.conductor.…)

The handler gets a `Visit` in place of the request. Before it runs: nobody signed in is sent to the sign-in page (a
script gets 401), who may not do it gets 403, and whatever changes something (anything but GET) must come from a page of
ours with the session's CSRF token: as field `csrf` of a form, or as header `X-CSRF-Token`. `live=True` asks of a GET
too that it comes from a page of ours: for event streams. Errors become sentences: `Missing` 400, `ConductorError` 422,
anything else 500, as a page, or as `{"error": …}` for scripts.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, wraps
from typing import Any
from urllib.parse import quote

from sanic import response
from sanic.request import Request
from sanic.response import HTTPResponse

from bot.console.desk.cookies import SESSION, cookie
from bot.console.desk.in_words import in_words
from bot.console.desk.pages import render
from bot.console.desk.security import PRIVATE, client_address, own
from bot.console.desk.words import Words, preferred
from bot.console.playground.asking import Ask, Missing
from bot.errors import ConductorError
from bot.identity.agent import Agent
from bot.identity.roles import May
from bot.identity.sign_in import Session
from bot.identity.tokens import same
from channels.receive import clean
from channels.sanic_io import headers_of

log = logging.getLogger(__name__)

NAVIGATION: Sequence[tuple[str, str, May | None]] = (
    ("inbox", "/console/inbox", May.SEE_CASES),
    ("live", "/console/live", May.SEE_CASES),
    ("canned", "/console/canned", May.EDIT_TEAM),
    ("agents", "/console/agents", May.MANAGE_AGENTS),
    ("audit", "/console/audit", May.SEE_AUDIT),
)
"""Word, path, who sees it."""

SESSIONS = "sessions"
"""The kind of event that says so to every process."""

Handler = Callable[..., Awaitable[Any]]

_LARGEST_ID = 2**63 - 1
"""A larger number in an address is no database's."""


@dataclass(frozen=True)
class Guest:
    """A request of somebody who need not be signed in."""

    request: Request
    conductor: Any

    @cached_property
    def words(self) -> Words:
        return Words(preferred(self.request.headers.get("accept-language", "")))

    @property
    def who(self) -> Agent | None:
        return None

    @property
    def csrf(self) -> str:
        return ""

    @property
    def address(self) -> str:
        """The address that counts for limits."""
        trusted = self.conductor.settings.proxies
        return client_address(
            self.request.ip or "", ",".join(self.request.headers.getall("x-forwarded-for", [])), trusted
        )

    def field(self, name: str, limit: int = 200) -> str:
        """A field of the form, as it was typed; "" where it is missing. Raises Missing for what is too long."""
        value = (self.request.form or {}).get(name) or ""
        if len(value) > limit:
            raise Missing(self.words("common.too_long", most=limit))
        return str(clean(value))

    @cached_property
    def args(self) -> Mapping[str, str]:
        """What stands behind the question mark of the address, of each name the first."""
        return {name: str(clean(values[0])) for name, values in self.request.args.items()}

    def fields(self, name: str) -> list[str]:
        """All values of a field that may be sent several times."""
        form = self.request.form
        return [str(clean(value)) for value in form.getlist(name, [])][:100] if form else []

    def ask(self) -> Ask:
        """The JSON object that a script sent."""
        return Ask.of(self.request.body)

    def page(self, template: str, status: int = 200, **context: Any) -> HTTPResponse:
        """A page of `templates/`. In it: `w` (words), `agent`, `csrf`, `nav`, `here` (the path), `said` (a toast)."""
        said = f"said.{self.args.get('said', '')}"
        agent = self.who
        base = {
            "w": self.words,
            "agent": agent,
            "csrf": self.csrf,
            "here": self.request.path,
            "said": self.words(said) if agent and self.words.has(said) else "",
            "nav": [(key, path) for key, path, may in NAVIGATION if agent and (may is None or agent.may(may))],
        }
        return response.html(render(template, **{**base, **context}), status=status)

    def json(self, data: Any, status: int = 200) -> HTTPResponse:
        return response.json(data, status=status)

    def to(self, path: str, said: str = "") -> HTTPResponse:
        """Go on to a page; there a toast says the sentence `said.<said>`."""
        return response.redirect(f"{path}?said={said}" if said else path, status=303)

    def problem(self, sentence: str, status: int) -> HTTPResponse:
        """What went wrong: as a page, or for a script as JSON."""
        if self._by_script:
            return self.json({"error": sentence}, status)
        title = f"problem.{status}"
        return self.page(
            "problem.html",
            status,
            title=self.words(title if self.words.has(title) else "problem.other"),
            sentence=sentence,
        )

    @property
    def _by_script(self) -> bool:
        headers = self.request.headers
        accepts = headers.get("accept", "")
        return "x-csrf-token" in headers or accepts.startswith(("application/json", "text/event-stream"))

    @property
    def changes(self) -> bool:
        return self.request.method not in ("GET", "HEAD")

    @property
    def ours(self) -> bool:
        """Whether a page of ours sent this request."""
        return own(headers_of(self.request), self.conductor.settings.public_url)


@dataclass(frozen=True)
class Visit(Guest):
    """A request of somebody who is signed in."""

    session: Session

    @cached_property
    def words(self) -> Words:
        return Words(self.agent.language)

    @property
    def agent(self) -> Agent:
        return self.session.agent

    @property
    def who(self) -> Agent | None:
        return self.agent

    @property
    def csrf(self) -> str:
        return self.session.csrf

    @property
    def has_token(self) -> bool:
        sent = self.request.headers.get("x-csrf-token") or (self.request.form or {}).get("csrf") or ""
        return same(sent, self.session.csrf)


def sessions_changed(visit: Visit) -> None:
    """Somebody's sessions may be over: live connections look whether theirs is (`bot/console/cases/stream.py`)."""
    visit.conductor.events.publish(0, SESSIONS, {})


def signed_in(may: May | None = None, *, live: bool = False) -> Callable[[Handler], Handler]:
    """See above."""

    def wrap(handler: Handler) -> Handler:
        @wraps(handler)
        async def guarded(request: Request, **arguments: Any) -> Any:
            conductor = getattr(request.app.ctx, "conductor", None)
            if conductor is None:
                return _starting(request)
            session = await conductor.sign_in.session(cookie(request, SESSION))
            if session is None:
                return _to_sign_in(Guest(request, conductor))
            visit = Visit(request, conductor, session)
            return _refusal(visit, may, live) or await answered(visit, handler, arguments)

        return guarded

    return wrap


def open_to_all(handler: Handler) -> Handler:
    """For the few pages that need nobody to be signed in. A form must come from a page of ours all the same: nobody is
    signed in as somebody else by a foreign page."""

    @wraps(handler)
    async def guarded(request: Request, **arguments: Any) -> Any:
        conductor = getattr(request.app.ctx, "conductor", None)
        if conductor is None:
            return _starting(request)
        guest = Guest(request, conductor)
        if guest.changes and not guest.ours:
            return _private(guest.problem(guest.words("problem.foreign"), 403))
        return await answered(guest, handler, arguments)

    return guarded


async def answered(guest: Guest, handler: Handler, arguments: dict[str, Any]) -> Any:
    """What the handler answers; its errors as sentences."""
    if any(isinstance(one, int) and abs(one) > _LARGEST_ID for one in arguments.values()):
        return _private(guest.problem(guest.words("problem.nowhere"), 404))
    try:
        return _private(await handler(guest, **arguments))
    except Missing as missing:
        return _private(guest.problem(str(missing), 400))
    except ConductorError as error:
        return _private(guest.problem(in_words(guest, error), 422))
    except Exception:
        log.exception("The console's page %s failed.", guest.request.uri_template)
        return _private(guest.problem(guest.words("problem.ours"), 500))


def _refusal(visit: Visit, may: May | None, live: bool) -> HTTPResponse | None:
    sentence = ""
    if (visit.changes or live) and not visit.ours:
        sentence = visit.words("problem.foreign")
    elif visit.changes and not visit.has_token:
        sentence = visit.words("problem.forged")
    elif may is not None and not visit.agent.may(may):
        sentence = visit.words("problem.not_allowed", role=visit.words(f"roles.{visit.agent.role.value}"))
    return _private(visit.problem(sentence, 403)) if sentence else None


def _to_sign_in(guest: Guest) -> HTTPResponse:
    if guest._by_script:
        return guest.json({"error": guest.words("problem.signed_out")}, 401)
    path = guest.request.path + (f"?{guest.request.query_string}" if guest.request.query_string else "")
    onward = "" if guest.changes else f"?next={quote(path, safe='/')}"
    return _private(guest.to(f"/console/sign-in{onward}"))


def _starting(request: Request) -> HTTPResponse:
    words = Words(preferred(request.headers.get("accept-language", "")))
    return response.text(words("problem.starting") + "\n", status=503, headers={"Retry-After": "2"})


def _private(answer: Any) -> Any:
    if isinstance(answer, HTTPResponse):
        answer.headers.setdefault("Cache-Control", PRIVATE)
    return answer
