"""The inbox and the live page. Handlers only translate: reading and acting do the work."""

from __future__ import annotations

import logging
from functools import partial
from typing import Any

from sanic import Blueprint, response
from sanic.response import HTTPResponse

from bot.console.cases import showing
from bot.console.cases.acting import DEEDS, Acting, reading
from bot.console.cases.stream import hints
from bot.console.desk.seam import Visit, signed_in
from bot.console.playground.asking import Missing
from bot.console.playground.stream import Closing
from bot.identity.roles import May
from bot.recovery.shortcuts import DEFAULTS, chosen, must_fit
from bot.recovery.snoozing import CHOICES
from bot.storage.agent_tools import SqlCanned, SqlShortcuts
from bot.storage.case_list import VIEWS, Counts
from bot.storage.case_thread import LINES, Thread
from bot.storage.presence import SqlPresence
from channels.contract import Recorder, SendError

log = logging.getLogger(__name__)

HERE = "/console/inbox"
MOST_LINES = 2000


def mount(blueprint: Blueprint) -> None:
    _pages(blueprint)
    _one_case(blueprint)
    _here(blueprint)
    _live(blueprint)


def _pages(blueprint: Blueprint) -> None:
    @blueprint.get(HERE)
    @signed_in(May.SEE_CASES)
    async def inbox(visit: Visit) -> HTTPResponse:
        number = _number(visit.args.get("case", ""))
        opened = {} if number is None else await _case(visit, number)
        own = await SqlShortcuts(visit.conductor.database).own(visit.agent.id)
        shown = {**await _list(visit, number if "view" in visit.args else None), **_dialogs(visit), **opened}
        return visit.page("cases/inbox.html", **shown, keys=chosen(own))

    @blueprint.get(f"{HERE}/list")
    @signed_in(May.SEE_CASES)
    async def rows(visit: Visit) -> HTTPResponse:
        return visit.page("cases/list.html", **await _list(visit, _number(visit.args.get("keep", ""))))

    @blueprint.post(f"{HERE}/shortcuts")
    @signed_in(May.SEE_CASES)
    async def shortcuts(visit: Visit) -> HTTPResponse:
        ask = visit.ask()
        own = must_fit({deed: ask.text(deed, 16) for deed in DEFAULTS if ask.data.get(deed)})
        await SqlShortcuts(visit.conductor.database).keep(visit.agent.id, own)
        return visit.json({"keys": chosen(own)})


async def _list(visit: Visit, keep: int | None) -> dict[str, Any]:
    """`keep`: the case that is open; its row stays while it is, also where it left the view."""
    asked, eyes = visit.args, reading(visit)
    counts = await eyes.counts()
    view = asked.get("view") or _first_view(visit, counts)
    view = view if view in VIEWS else "all"
    search, snoozed = asked.get("q", "")[:100].strip(), asked.get("snoozed") == "1"
    page = await eyes.page(view, search, asked.get("after", "")[:80], snoozed=snoozed, keep=keep)
    return {
        "page": page,
        "counts": counts,
        "view": view,
        "views": VIEWS,
        "search": search,
        "private": eyes.private,
        "snoozed": snoozed,
        "case_id": asked.get("case", ""),
        **_helpers(visit),
    }


def _number(text: str) -> int | None:
    """A case's number out of an address; None where none stands there."""
    return int(text) if text.isdecimal() and len(text) < 19 else None


def _first_view(visit: Visit, counts: Counts) -> str:
    """Where the inbox opens: at the agent's own cases; without any, at those that nobody has."""
    if not visit.agent.may(May.WORK_CASES):
        return "all"
    return "unassigned" if counts.unassigned and not counts.mine else "mine"


def _helpers(visit: Visit) -> dict[str, Any]:
    desk, words = visit.conductor.casework.desk, visit.words
    return {
        "chip": showing.chip,
        "coded": lambda group, code: showing.coded(words, group, code),
        "team_name": lambda team: desk.team(team).name(words.language),
        "called": partial(showing.customer_name, words),
    }


def _dialogs(visit: Visit) -> dict[str, Any]:
    desk = visit.conductor.casework.desk
    return {
        "teams": {key: team.name(visit.words.language) for key, team in desk.teams.items()},
        "causes": desk.root_causes,
        "snoozes": CHOICES,
        "may_work": visit.agent.may(May.WORK_CASES),
        "thread": None,
        "customer": None,
        "script_words": visit.words.part("inbox.script"),
    }


async def _case(visit: Visit, case: int) -> dict[str, Any]:
    asked = visit.args.get("lines", "")
    lines = min(int(asked), MOST_LINES) if asked.isdecimal() and len(asked) < 6 else LINES
    thread = await reading(visit).thread(case, lines)
    works = visit.agent.may(May.WORK_CASES)
    desk = visit.conductor.casework.desk
    return {
        "thread": thread,
        "customer": await reading(visit).customer(thread),
        "drawn": showing.grouped(thread.items),
        "event_line": lambda event: showing.event_line(visit.words, event, desk, visit.agent.name),
        "actor": lambda event: showing.actor(visit.words, event, visit.agent.name),
        "by_somebody": showing.by_somebody,
        "quotes": showing.quotes(thread.case["verbatim"] or ""),
        "now": visit.conductor.clock.now(),
        "told": lambda line: showing.told(visit.words, line),
        "why": lambda reason: showing.why(visit.words, reason),
        "obstacle": showing.obstacle(visit.words, thread, visit.agent.name, works),
        "unanswered": showing.unanswered(thread),
        "most": showing.most(thread.case["channel"]),
        "more_lines": min(lines + LINES, MOST_LINES),
        "may_work": works,
    }


def _one_case(blueprint: Blueprint) -> None:
    @blueprint.get(f"{HERE}/cases/<case:int>")
    @signed_in(May.SEE_CASES)
    async def one(visit: Visit, case: int) -> HTTPResponse:
        """Thread and customer, as the page puts them in place."""
        return visit.page("cases/case.html", **await _case(visit, case), **_helpers(visit))

    @blueprint.get(f"{HERE}/cases/<case:int>/canned")
    @signed_in(May.WORK_CASES)
    async def canned(visit: Visit, case: int) -> HTTPResponse:
        thread = await reading(visit).thread(case)
        found = await SqlCanned(visit.conductor.database).for_case(thread.case["team"], thread.language)
        texts = [{"name": one.name, "text": _filled(one.text, thread, visit.agent.name)} for one in found]
        return visit.json({"canned": texts})

    @blueprint.get(f"{HERE}/cases/<case:int>/colleagues")
    @signed_in(May.WORK_CASES)
    async def colleagues(visit: Visit, case: int) -> HTTPResponse:
        return visit.json({"agents": await reading(visit).colleagues(visit.args.get("team", ""))})

    @blueprint.get(f"{HERE}/cases/<case:int>/recordings/<line:str>")
    @signed_in(May.SEE_CASES)
    async def recording(visit: Visit, case: int, line: str) -> HTTPResponse:
        """What a caller said there. Nothing is kept here: the provider has it, and gives it to nobody else."""
        found = await reading(visit).spoken(case, line, MOST_LINES)
        keeper = visit.conductor.senders.get(found.provider) if found else None
        if found is None or not isinstance(keeper, Recorder):
            return visit.problem(visit.words("inbox.no_recording"), 404)
        try:
            sound, kind = await keeper.recording(found.recording)
        except (SendError, TimeoutError) as error:
            log.warning("A recording of case %d could not be had: %s", case, error)
            return visit.problem(visit.words("inbox.no_recording"), 404)
        return response.raw(sound, content_type=kind)

    @blueprint.post(f"{HERE}/cases/<case:int>/<deed:str>")
    @signed_in(May.WORK_CASES)
    async def act(visit: Visit, case: int, deed: str) -> HTTPResponse:
        if deed not in DEEDS:
            raise Missing(visit.words("problem.nowhere"))
        return visit.json(await getattr(Acting(visit), deed)(case, visit.ask()))


def _filled(text: str, thread: Thread, agent: str) -> str:
    """What is in braces, and nothing else: the text is a person's, not a format."""
    return text.replace("{name}", thread.name).replace("{agent}", agent)


def _here(blueprint: Blueprint) -> None:
    closing = Closing()

    @blueprint.listener("before_server_stop")
    async def close(app: Any, loop: Any) -> None:
        closing.now.set()

    @blueprint.get(f"{HERE}/events")
    @signed_in(May.SEE_CASES, live=True)
    async def events(visit: Visit) -> None:
        """Nothing is returned: what `respond` made has been sent, and Sanic complains of what it gets a second time."""
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        stream = await visit.request.respond(content_type="text/event-stream", headers=headers)
        async for part in hints(visit.conductor, visit.session, closing):
            await stream.send(part)
        await stream.eof()

    @blueprint.post(f"{HERE}/here")
    @signed_in(May.SEE_CASES)
    async def here(visit: Visit) -> HTTPResponse:
        """A page is open on a case, and somebody types in it (or not)."""
        ask = visit.ask()
        page, number = ask.text("page", 64), ask.optional("case", 18)
        presence, now = SqlPresence(visit.conductor.database), visit.conductor.clock.now()
        case = int(number) if number and number.isdecimal() else None
        if case is not None:
            await reading(visit).conversation(case)
        if await presence.beat(visit.agent.id, page, case, bool(ask.data.get("typing")), now):
            visit.conductor.events.publish(0, "presence", {"case": case})
        others = await presence.looking(case, visit.agent.id, now) if case is not None else []
        return visit.json({"others": [{"agent": other.agent, "typing": other.typing} for other in others]})

    @blueprint.post(f"{HERE}/gone")
    @signed_in(May.SEE_CASES)
    async def gone(visit: Visit) -> HTTPResponse:
        await SqlPresence(visit.conductor.database).gone(visit.agent.id, visit.ask().text("page", 64))
        visit.conductor.events.publish(0, "presence", {})
        return visit.json({})


def _live(blueprint: Blueprint) -> None:
    @blueprint.get("/console/live")
    @signed_in(May.SEE_CASES)
    async def live(visit: Visit) -> HTTPResponse:
        return visit.page("cases/live.html", now=await reading(visit).now(), **_helpers(visit))

    @blueprint.get("/console/live/now")
    @signed_in(May.SEE_CASES)
    async def now(visit: Visit) -> HTTPResponse:
        return visit.page("cases/live_now.html", now=await reading(visit).now(), **_helpers(visit))
