"""Read model: what happens at this moment: who answers a survey, which cases wait, which agents are there."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.recovery.case_states import OPEN
from bot.storage.borders import visible
from bot.storage.case_list import risk_at
from bot.storage.catalogue import SqlCatalogue
from bot.storage.engine import Database
from bot.storage.tables import agents, cases, contacts, conversations, presence, responses
from survey_flows import engine, piping, serialise
from survey_flows.model import Question, Survey
from survey_flows.questions.base import words

MOST = 100
"""Rows shown of those who answer a survey; how many there are is counted."""


@dataclass(frozen=True)
class Answering:
    """Somebody in the middle of a survey. `question`: its words, without what it says of the customer; `since`: when it
    began. `with_person`: the survey waits, a person has the conversation; `agent`: who that is ("": nobody has taken it
    yet, or the survey is anonymous, and who talks to them would tell who they are)."""

    contact: int | None
    name: str
    channel: str
    survey: str
    title: str
    question: str
    status: str
    since: str
    with_person: bool = False
    agent: str = ""
    address: str = ""
    """Where they are met; "" where the name may not be seen either."""


@dataclass(frozen=True)
class TeamLoad:
    team: str
    open: int
    unassigned: int
    at_risk: int
    late: int


@dataclass(frozen=True)
class AgentLoad:
    """`here`: a page of theirs is open now."""

    name: str
    here: bool
    open: int
    waiting: int


@dataclass(frozen=True)
class Now:
    answering: Sequence[Answering]
    in_surveys: int
    teams: Sequence[TeamLoad]
    agents: Sequence[AgentLoad]


class LiveView:
    def __init__(self, database: Database, catalogue: SqlCatalogue) -> None:
        self._database = database
        self._catalogue = catalogue

    async def now(self, agent: str, teams: tuple[str, ...] | None, now: str, alive_since: str, language: str) -> Now:
        """`alive_since`: a page that was heard of later is open. Who has teams reads names of customers who have a case
        in them, and of colleagues who share one; how many answer a survey is everybody's. Who talks to a person
        meanwhile is shown and not counted."""
        async with self._database.read() as connection:
            count = sa.select(sa.func.count()).select_from(_WHERE).where(*_open(now), ~_WITH_PERSON)
            in_surveys = int((await connection.execute(count)).scalar() or 0)
            rows = (await connection.execute(_answering(now, agent, teams))).mappings().all()
            loads = await _teams(connection, agent, teams, now)
            staff = await _agents(connection, alive_since, agent, teams)
        surveys = {f: await self._catalogue.version(f) for f in {row["fingerprint"] for row in rows}}
        shown = [_shown(row, surveys[row["fingerprint"]], language) for row in rows]
        return Now(shown, in_surveys, loads, staff)

    async def colleagues(self, team: str) -> list[str]:
        """Names of those who work on the team's cases."""
        query = sa.select(agents.c.name, agents.c.teams).where(*_AT_WORK).order_by(agents.c.name)
        async with self._database.read() as connection:
            rows = (await connection.execute(query)).all()
        return [name for name, teams in rows if team in (json.loads(teams) or [team])]


_AT_WORK = (agents.c.removed_at.is_(None), agents.c.role.in_(("admin", "manager", "agent")))


_WHERE = responses.outerjoin(conversations, conversations.c.id == responses.c.conversation_id)
_WITH_PERSON = sa.func.coalesce(conversations.c.owner, "survey") == "human"


def _open(now: str) -> tuple[sa.ColumnElement[bool], ...]:
    return responses.c.status == "active", responses.c.expires_at > now


def _answering(now: str, agent: str, teams: tuple[str, ...] | None) -> sa.Select:
    known = sa.exists().where(cases.c.contact_id == contacts.c.id, visible(agent, teams))
    named = {"name": contacts.c.name, "agent": conversations.c.agent, "address": conversations.c.address}
    if teams is not None:
        named = {label: sa.case((known, column), else_=None) for label, column in named.items()}
    return (
        sa.select(responses, _WITH_PERSON.label("with_person"), *(c.label(label) for label, c in named.items()))
        .select_from(_WHERE)
        .outerjoin(contacts, contacts.c.id == responses.c.contact_id)
        .where(*_open(now))
        .order_by(responses.c.id.desc())
        .limit(MOST)
    )


def _shown(row: Mapping[str, Any], survey: Survey, language: str) -> Answering:
    session = serialise.loads(row["session"])
    node = None if session.over else engine.current(survey, session)
    title = survey.title.get(language) or survey.title[survey.language]
    return Answering(
        contact=row["contact_id"],
        name=row["name"] or "",
        channel=row["channel"],
        survey=row["survey_key"],
        title=title,
        question=_asked(node.question, survey, language) if node else "",
        status=row["status"],
        since=row["started_at"],
        with_person=bool(row["with_person"]),
        agent=row["agent"] or "" if row["contact_id"] is not None else "",
        address=row["address"] or "" if row["contact_id"] is not None else "",
    )


def _asked(question: Question, survey: Survey, language: str) -> str:
    return piping.outline(words(question.text, language, survey.language))


async def _teams(connection: AsyncConnection, agent: str, teams: tuple[str, ...] | None, now: str) -> list[TeamLoad]:
    open_ = sa.select(cases.c.team, cases.c.agent, risk_at(now).label("risk"))
    open_ = open_.where(cases.c.status.in_(OPEN), visible(agent, teams))
    found = open_.subquery()

    def many(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
        return sa.func.sum(sa.case((condition, 1), else_=0))

    query = sa.select(
        found.c.team,
        sa.func.count(),
        many(found.c.agent.is_(None)),
        many(found.c.risk == "at_risk"),
        many(found.c.risk == "late"),
    ).group_by(found.c.team)
    rows = (await connection.execute(query.order_by(found.c.team))).all()
    return [TeamLoad(*row) for row in rows]


async def _agents(
    connection: AsyncConnection, alive_since: str, agent: str, teams: tuple[str, ...] | None
) -> list[AgentLoad]:
    here = sa.exists().where(presence.c.agent_id == agents.c.id, presence.c.seen_at > alive_since)
    mine = sa.and_(cases.c.agent == agents.c.name, cases.c.status.in_(OPEN))
    waiting = sa.and_(cases.c.agent == agents.c.name, cases.c.status == "waiting_for_us")

    def many(condition: sa.ColumnElement[bool]) -> Any:
        return sa.select(sa.func.count()).select_from(cases).where(condition).correlate(agents).scalar_subquery()

    loads = (many(mine).label("open"), many(waiting).label("waiting"))
    query = sa.select(agents.c.name, agents.c.teams, here.label("here"), *loads).where(*_AT_WORK)
    rows = (await connection.execute(query.order_by(agents.c.name))).mappings()
    return [
        AgentLoad(row["name"], bool(row["here"]), row["open"], row["waiting"])
        for row in rows
        if row["name"] == agent or _share(teams, json.loads(row["teams"]))
    ]


def _share(mine: Sequence[str] | None, theirs: Sequence[str]) -> bool:
    """Whether two agents work on some team's cases both. None, and an empty list: on all."""
    return not mine or not theirs or not set(mine).isdisjoint(theirs)
