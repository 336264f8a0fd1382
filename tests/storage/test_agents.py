"""Signing in, on both databases: who comes in, who does not, and what ends a session."""

from __future__ import annotations

import asyncio

import pyotp
import pytest
import sqlalchemy as sa

from bot.errors import ConductorError
from bot.identity.account import Account
from bot.identity.agent import Agent
from bot.identity.errors import Told
from bot.identity.roles import Role
from bot.identity.sign_in import Refused, Session, SignIn
from bot.identity.staff import Staff
from bot.storage.agents import SqlAgents
from bot.storage.engine import Database
from bot.storage.tables import agent_links, agent_sessions, agents
from tests.doubles import FrozenClock

PASSWORD = "correct horse battery"
HERE, THERE = "192.0.2.1", "192.0.2.2"


class Door:
    def __init__(self, database: Database) -> None:
        self.database, self.clock = database, FrozenClock("2026-11-23T12:00:00.000000+00:00")
        store = SqlAgents(database)
        self.staff, self.sign_in = Staff(store, self.clock), SignIn(store, self.clock)

    async def kim(self, role: Role = Role.AGENT) -> Agent:
        """An agent with a password."""
        agent = await self.staff.add(Role.ADMIN, "kim@example.com", "Kim", role)
        await self.sign_in.accept_invitation(await self.sign_in.invite(agent.id), PASSWORD, HERE)
        return agent

    async def knock(self, password: str = PASSWORD, code: str = "", address: str = HERE) -> Session:
        return await self.sign_in.with_password("Kim@Example.com ", password, code, address)

    async def fail(self, times: int, address: str = HERE) -> None:
        for _ in range(times):
            with pytest.raises(Refused):
                await self.knock("wrong", address=address)


@pytest.fixture
def door(database: Database) -> Door:
    return Door(database)


async def test_the_right_password_opens_a_session(door: Door) -> None:
    agent = await door.kim()
    session = await door.knock()
    found = await door.sign_in.session(session.token)
    assert found is not None
    assert (found.agent.id, found.csrf) == (agent.id, session.csrf)


async def test_nothing_that_is_stored_opens_a_door(door: Door) -> None:
    await door.kim()
    session = await door.knock()
    async with door.database.read() as connection:
        stored = [str(row) for table in (agents, agent_sessions) for row in await connection.execute(sa.select(table))]
    assert not any(secret in row for row in stored for secret in (PASSWORD, session.token))


@pytest.mark.parametrize("login", ["kim@example.com", "nobody@example.com"])
async def test_every_refusal_reads_the_same(door: Door, login: str) -> None:
    await door.kim()
    with pytest.raises(Refused) as refused:
        await door.sign_in.with_password(login, "wrong", "", HERE)
    assert str(refused.value) == "Login, password or code is wrong."


async def test_after_five_failures_the_account_waits_and_the_right_password_too(door: Door) -> None:
    await door.kim()
    await door.fail(5)
    with pytest.raises(Refused, match="Too many attempts"):
        await door.knock(address=THERE)
    door.clock.forward(5.1)
    assert (await door.knock()).agent.name == "Kim"


async def test_an_address_that_tries_many_accounts_waits(door: Door) -> None:
    await door.kim()
    for number in range(5):
        with pytest.raises(Refused):
            await door.sign_in.with_password(f"nobody{number}", "wrong", "", HERE)
    with pytest.raises(Refused, match="Too many attempts"):
        await door.knock()
    assert (await door.knock(address=THERE)).agent.name == "Kim"


async def test_ten_slow_failures_are_too_many_as_well(door: Door) -> None:
    await door.kim()
    for _ in range(10):
        await door.fail(1)
        door.clock.forward(1.3)
    with pytest.raises(Refused, match="Too many attempts"):
        await door.knock()


async def test_a_session_ends_when_unused_and_after_a_day_of_work(door: Door) -> None:
    await door.kim()
    session = await door.knock()
    for _ in range(4):
        door.clock.forward(170)
        assert await door.sign_in.session(session.token)
    door.clock.forward(170)
    assert await door.sign_in.session(session.token) is None, "twelve hours are over"
    fresh = await door.knock()
    door.clock.forward(241)
    assert await door.sign_in.session(fresh.token) is None, "four hours unused"


async def test_a_new_password_ends_every_session(door: Door) -> None:
    await door.kim()
    here, there = await door.knock(), await door.knock(address=THERE)
    with pytest.raises(ConductorError, match="old password is wrong"):
        await door.sign_in.change_password(here, "wrong", "another horse battery")
    await door.sign_in.change_password(here, PASSWORD, "another horse battery")
    assert [await door.sign_in.session(s.token) for s in (here, there)] == [None, None]
    assert (await door.knock("another horse battery")).agent.name == "Kim"


@pytest.mark.parametrize("weak", ["short", "aaaaaaaaaaaaaa", "kim@example.com1", "x" * 201])
async def test_a_weak_password_is_refused_and_the_link_still_works(door: Door, weak: str) -> None:
    agent = await door.staff.add(Role.ADMIN, "kim@example.com", "Kim", Role.AGENT)
    token = await door.sign_in.invite(agent.id)
    with pytest.raises(ConductorError):
        await door.sign_in.accept_invitation(token, weak, HERE)
    assert await door.sign_in.invited(token) == agent


async def test_a_link_works_once_and_not_for_ever(door: Door) -> None:
    agent = await door.staff.add(Role.ADMIN, "kim@example.com", "Kim", Role.AGENT)
    token = await door.sign_in.invite(agent.id)
    tries = [door.sign_in.accept_invitation(token, PASSWORD, HERE) for _ in range(2)]
    outcomes = await asyncio.gather(*tries, return_exceptions=True)
    assert sorted(type(o).__name__ for o in outcomes) == ["Refused", "Session"]
    late = await door.sign_in.invite(agent.id)
    door.clock.forward(48 * 60 + 1)
    assert await door.sign_in.invited(late) is None


async def test_a_second_link_ends_the_first(door: Door) -> None:
    agent = await door.staff.add(Role.ADMIN, "kim@example.com", "Kim", Role.AGENT)
    first, second = await door.sign_in.invite(agent.id), await door.sign_in.invite(agent.id)
    assert await door.sign_in.invited(first) is None
    assert await door.sign_in.invited(second) == agent
    async with door.database.read() as connection:
        assert len((await connection.execute(sa.select(agent_links))).all()) == 1


async def test_a_code_is_asked_for_and_taken_once(door: Door) -> None:
    await door.kim()
    secret, address = door.sign_in.new_totp(await door.knock())
    assert address.startswith("otpauth://totp/Survey%20Conductor:kim%40example.com")
    app = pyotp.TOTP(secret)
    now = app.at(1795435200)  # 2026-11-23T12:00:00Z
    with pytest.raises(ConductorError, match="code is wrong"):
        await door.sign_in.confirm_totp(await door.knock(), secret, "000000" if now != "000000" else "111111", PASSWORD)
    with pytest.raises(Told, match="password"):
        await door.sign_in.confirm_totp(await door.knock(), secret, now, "somebody else's")
    await door.sign_in.confirm_totp(await door.knock(), secret, now, PASSWORD)
    with pytest.raises(Refused) as missing:
        await door.knock()
    assert missing.value.code_needed
    assert (await door.knock(code=now[:3] + " " + now[3:])).agent.has_totp
    with pytest.raises(Refused):
        await door.knock(code=now)


async def test_the_companys_provider_vouches_for_a_known_address(door: Door) -> None:
    agent = await door.kim()
    with pytest.raises(Refused, match="Ask an admin"):
        await door.sign_in.with_subject("https://id.example 17", "lee@example.com", HERE)
    first = await door.sign_in.with_subject("https://id.example 17", "KIM@example.com", HERE)
    renamed = await door.sign_in.with_subject("https://id.example 17", "kim.new@example.com", HERE)
    assert (first.agent.id, renamed.agent.id) == (agent.id, agent.id)


async def test_who_is_removed_is_out_at_once(door: Door) -> None:
    agent = await door.kim()
    session = await door.knock()
    await door.staff.remove(Role.ADMIN, agent.id)
    assert await door.sign_in.session(session.token) is None
    with pytest.raises(Refused):
        await door.knock()
    assert (await door.staff.add(Role.ADMIN, "kim@example.com", "Kim the second", Role.AGENT)).id != agent.id


async def test_a_login_and_a_name_are_there_once(door: Door) -> None:
    await door.kim()
    for login, name in (("kim@example.com", "Other"), ("other@example.com", "Kim")):
        with pytest.raises(ConductorError, match="already"):
            await door.staff.add(Role.ADMIN, login, name, Role.AGENT)


async def test_a_name_of_the_past_is_its_owners_alone(door: Door) -> None:
    """A case's history says "Kim" of Kim, whatever they are called now and wherever they are."""
    account = Account(SqlAgents(door.database), door.clock)
    await door.kim()
    for name in ("Kim Öztürk", "Kim Yılmaz", "Kim"):  # back to the first: it was theirs
        await account.change(await door.knock(), name, "en")
    await account.change(await door.knock(), "Kim Yılmaz", "en")
    await door.staff.remove(Role.ADMIN, (await door.staff.add(Role.ADMIN, "max", "Max", Role.AGENT)).id)

    for name in ("Kim", "kim ozturk", "Kim Yılmaz", "Max."):
        with pytest.raises(Told) as told:
            await door.staff.add(Role.ADMIN, "other", name, Role.AGENT)
        assert told.value.reason == ("taken" if name == "Kim Yılmaz" else "given_up")
    assert (await door.staff.add(Role.ADMIN, "other", "Kim Ö.", Role.AGENT)).name == "Kim Ö."


async def test_the_last_admin_stays(door: Door) -> None:
    boss = await door.kim(Role.ADMIN)
    for change in (door.staff.remove(Role.ADMIN, boss.id), door.staff.change(Role.ADMIN, boss.id, Role.AGENT, ())):
        with pytest.raises(ConductorError, match="last admin"):
            await change
