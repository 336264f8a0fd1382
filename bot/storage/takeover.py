"""Takeover in the database. Implements `bot.recovery.takeover.TakeoverStore`."""

from __future__ import annotations

import json
from collections.abc import Callable

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.conversation.obstacles import TAKEN_OVER, asks
from bot.conversation.ports import Assignment
from bot.conversation.waiting_word import ROLE
from bot.recovery import clocks
from bot.recovery.borders import Standing
from bot.recovery.case_states import OPEN
from bot.recovery.takeover import Held, Times
from bot.storage import borders, case_clocks, letters
from bot.storage.case_events import log
from bot.storage.case_lock import lock_owned
from bot.storage.engine import Database
from bot.storage.fence import changed
from bot.storage.tables import cases, contacts, conversations, inbox, outbox
from bot.storage.waiting import release
from channels.contract import Outbound

WITHDRAWN = "Taken back by the agent before it was sent."


class SqlTakeoverStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def held(self, conversation: int) -> Held | None:
        query = sa.select(conversations, contacts.c.opted_out_at).where(conversations.c.id == conversation)
        query = query.join(contacts, contacts.c.id == conversations.c.contact_id)
        async with self._database.read() as connection:
            row = (await connection.execute(query)).mappings().first()
        if row is None:
            return None
        shown = ("owner", "agent", "language", "provider", "channel", "opted_out_at")
        return Held(
            **{name: row[name] for name in shown},
            open_survey=row["response_id"] is not None,
            heard_at=row["last_inbound_at"],
        )

    async def claim(self, conversation: int, agent: str, given: Assignment, now: str, case: int | None = None) -> bool:
        free = sa.or_(conversations.c.agent.is_(None), conversations.c.agent == agent)
        async with self._database.write() as connection:
            claimed = await connection.execute(
                sa.update(conversations)
                .where(conversations.c.id == conversation, free)
                .values(**changed(owner="human", agent=agent, handed_over=None))
            )
            if claimed.rowcount:
                await _withhold_questions(connection, conversation)
                taken = await _move_cases(connection, conversation, agent, "assigned", now, _claimed(case))
                for one in taken:
                    await case_clocks.stop(connection, one, clocks.UNTIL_TAKEN)
                    await case_clocks.start(connection, one, {clocks.AGENT_IDLE: given.clocks[clocks.AGENT_IDLE]})
                if not taken:
                    await _open_one(connection, conversation, agent, given, now)
        return bool(claimed.rowcount)

    async def send(self, conversation: int, message: Outbound, times: Times, now: str) -> int | None:
        async with self._database.write() as connection:
            if not await lock_owned(connection, conversation, message.sender):
                return None
            letter = await letters.put_one(connection, conversation, message, times.leave_at, now)
            for case in await _move_cases(connection, conversation, message.sender, "waiting_for_customer", now):
                await case_clocks.start(connection, case, {clocks.CUSTOMER_IDLE: times.idle_at})
        return letter

    async def withdraw(self, conversation: int, agent: str, letter: int, idle_at: str, now: str) -> str | None:
        mine = sa.and_(
            outbox.c.id == letter,
            outbox.c.conversation_id == conversation,
            outbox.c.sender == agent,
            outbox.c.role == "agent",
            outbox.c.status == "queued",
            outbox.c.next_attempt_at > now,
        )
        async with self._database.write() as connection:
            row = (await connection.execute(sa.select(outbox).where(mine))).mappings().first()
            if row is None:
                return None
            values = {"status": "withheld", "error": WITHDRAWN}
            if not (await connection.execute(sa.update(outbox).where(mine).values(**values))).rowcount:
                return None  # it left in this moment
            for case in await _move_cases(connection, conversation, agent, "waiting_for_us", now):
                await case_clocks.start(connection, case, {clocks.AGENT_IDLE: idle_at})
        return letters.message_from(row["payload"]).text

    async def hand_back(
        self, conversation: int, agent: str, notice: Outbound | None, resume: bool, now: str, idle: int | None = None
    ) -> bool:
        owner = sa.case((conversations.c.response_id.is_(None), "bot"), else_="survey")
        here = conversations.c.id == conversation
        async with self._database.write() as connection:
            if not await lock_owned(connection, conversation, agent):
                return False
            if idle is not None and not await _silent(connection, conversation, idle):
                return False
            await connection.execute(
                sa.update(conversations).where(here).values(**changed(owner=owner, agent=None, handed_over=None))
            )
            await letters.put(connection, conversation, None, [notice] if notice else [], now, True)
            for case, _, _, _ in await _open(connection, conversation):
                await case_clocks.stop(connection, case, clocks.OF_A_TAKEOVER)
                await log(connection, case, now, agent, "handed_back", {"resumed": resume})
            await release(connection, conversation)
            if resume:
                await _ask_again(connection, conversation, now)
        return True


async def _silent(connection: AsyncConnection, conversation: int, case: int) -> bool:
    """Whether a case still waits for the customer: also what has come in and is not handled yet counts."""
    waits = sa.select(cases.c.id).where(cases.c.id == case, cases.c.status == "waiting_for_customer")
    fresh = sa.and_(inbox.c.conversation_id == conversation, inbox.c.kind == "message", inbox.c.status == "new")
    query = waits.where(~sa.exists().where(fresh))
    return (await connection.execute(query)).first() is not None


async def _open(connection: AsyncConnection, conversation: int) -> list[tuple[int, str, str | None, str]]:
    """The conversation's open cases: id, state, agent, team."""
    mine = sa.and_(cases.c.conversation_id == conversation, cases.c.status.in_(OPEN))
    rows = await connection.execute(sa.select(cases.c.id, cases.c.status, cases.c.agent, cases.c.team).where(mine))
    return [(int(case), str(status), agent, str(team)) for case, status, agent, team in rows]


Follows = Callable[[int, Standing, "str | None", str], bool]
"""Whether a case follows what somebody does in its chat: its id, who does it, who has it, its team."""


def _theirs(_case: int, who: Standing, holder: str | None, team: str) -> bool:
    """What the agent has, and what nobody has in their teams. Cases of others in the same chat stay theirs."""
    return holder == who.name or (holder is None and who.works_in(team))


def _claimed(wanted: int | None) -> Follows:
    def follows(case: int, who: Standing, holder: str | None, team: str) -> bool:
        if wanted is None:
            return who.sees(team, holder)
        return case == wanted or _theirs(case, who, holder, team)

    return follows


async def _move_cases(
    connection: AsyncConnection, conversation: int, agent: str, status: str, now: str, follows: Follows = _theirs
) -> list[int]:
    """The agent's open cases of the conversation follow what they do, each change with its audit event. Returns
    them."""
    who = await borders.standing(connection, agent)
    found = [one for one in await _open(connection, conversation) if follows(one[0], who, one[2], one[3])]
    for case, before, whose, _ in found:
        if (before, whose) == (status, agent) or (status == "assigned" and whose == agent):
            continue
        values = {"status": status, "agent": agent, "snoozed_until": None}
        await connection.execute(sa.update(cases).where(cases.c.id == case).values(**values))
        await case_clocks.stop(connection, case, clocks.OF_A_TAKEOVER)
        await log(connection, case, now, agent, "status", {"from": before, "to": status})
    return [case for case, _, _, _ in found]


async def _open_one(connection: AsyncConnection, conversation: int, agent: str, given: Assignment, now: str) -> None:
    """A take-over that nobody asked for is a case as well: it has an owner, clocks and an end."""
    query = sa.select(conversations.c.contact_id, conversations.c.channel).where(conversations.c.id == conversation)
    here = (await connection.execute(query)).mappings().one()
    made = await connection.execute(
        sa.insert(cases).values(
            conversation_id=conversation,
            contact_id=here["contact_id"],
            channel=here["channel"],
            reason="taken_over",
            team=given.team,
            agent=agent,
            priority=given.priority,
            status="assigned",
            transcript="[]",
            opened_at=now,
            due_at=given.due_at,
            resolve_by=given.resolve_by,
        )
    )
    case = int(made.inserted_primary_key[0])
    times = {kind: at for kind, at in given.clocks.items() if kind != clocks.OPENED}
    await case_clocks.start(connection, case, times)
    await log(connection, case, now, agent, "opened", {"reason": "taken_over", "team": given.team})


async def _withhold_questions(connection: AsyncConnection, conversation: int) -> None:
    """The bot is silent from now on: what it asks, and its word that somebody will come, would come between the two."""
    waiting = sa.and_(outbox.c.conversation_id == conversation, outbox.c.status == "queued", outbox.c.sender == "bot")
    found = await connection.execute(sa.select(outbox.c.id, outbox.c.payload).where(waiting))
    for letter, payload in found.all():
        if any(asks(message) or message.role == ROLE for message in letters.readable([payload])):
            still = sa.and_(outbox.c.id == letter, outbox.c.status == "queued")
            await connection.execute(sa.update(outbox).where(still).values(status="withheld", error=TAKEN_OVER))


async def _ask_again(connection: AsyncConnection, conversation: int, now: str) -> None:
    """A row of our own in the inbox: the paused question is asked in its turn, like everything else."""
    query = sa.select(conversations.c.response_id).where(conversations.c.id == conversation)
    if (await connection.execute(query)).scalar() is None:
        return
    await connection.execute(
        sa.insert(inbox).values(
            conversation_id=conversation,
            provider="conductor",
            message_id=f"resume-{conversation}-{now}",
            kind="resume",
            payload=json.dumps({}),
            received_at=now,
        )
    )
