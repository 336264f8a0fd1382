"""`kill -9` of servers, workers, Redis and PostgreSQL at random moments, while many customers answer a survey at once.

Counted in the end, from the provider's side and from the database: what was acknowledged is stored once, every answer
is stored once, every reply is delivered, and a customer gets a message twice only where nobody could know.

In CI a few customers; by hand `make faults` (FAULTS_CUSTOMERS, FAULTS_KILLS, FAULTS_SEED).
"""

from __future__ import annotations

import asyncio
import os
import random
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.bootstrap import Conductor
from bot.conversation import delivery
from bot.coordination import locks
from bot.storage import letters
from bot.storage.migrate import migrate
from tests.backends import Backend, empty_database, mortal_postgres
from tests.faults.installation import Installation
from tests.faults.many import rows
from tests.faults.provider import Manners, Provider
from tests.faults.test_server_killed import rows as rows_of_file

CUSTOMERS = int(os.environ.get("FAULTS_CUSTOMERS", "20"))
KILLS = int(os.environ.get("FAULTS_KILLS", "0"))
"""0: one of each kind."""
SEED = int(os.environ.get("FAULTS_SEED", "7"))
QUESTIONS = 4
SECONDS = 100 + CUSTOMERS * (QUESTIONS + 1) * 0.5 + KILLS * 10

MANNERS = {
    "knows our keys": Manners(remembers=True, busy=0.03, broken=0.02, slow=0.03),
    "reports": Manners(reports=True, busy=0.03, broken=0.02, slow=0.03),
    "does neither": Manners(busy=0.03, broken=0.02, slow=0.03),
}
IN_CI = [("embedded", "does neither"), ("grown", "does neither")]
BY_HAND = [("embedded", "knows our keys"), ("grown", "knows our keys"), ("grown", "reports")]


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is lost with a process is found after seconds instead of minutes; forks inherit it."""
    monkeypatch.setattr(delivery, "LEASE_SECONDS", 4.0)
    monkeypatch.setattr(letters, "LEASE_SECONDS", 4.0)
    monkeypatch.setattr(delivery, "SEND_SECONDS", 2.0)
    monkeypatch.setattr(delivery, "SETTLE_SECONDS", 5.0)
    monkeypatch.setattr(delivery, "BACK_OFF_SECONDS", (0.2, 0.5, 1, 2, 4))
    monkeypatch.setattr(locks, "RENEW_SECONDS", 1.0)
    monkeypatch.setattr(locks.RedisLocks.__init__, "__defaults__", (3.0,))


@pytest.fixture
def surveys(tmp_path: Path) -> Path:
    questions = [{"id": f"q{n}", "type": "number", "text": {"en": f"Number {n}?"}} for n in range(QUESTIONS)]
    survey = {"format": 1, "key": "counting", "title": {"en": "Counting"}, "touchpoint": "test", "languages": ["en"]}
    survey |= {"questions": questions, "endings": {"done": {"text": {"en": "Counted."}}}}
    folder = tmp_path / "surveys"
    folder.mkdir()
    (folder / "counting.yml").write_text(yaml.safe_dump(survey, sort_keys=False))
    return folder


@contextmanager
def installed(name: str, manners: Manners, agent: Any, surveys: Path, request: Any) -> Iterator[Installation]:
    folder = surveys.parent
    provider = Provider(folder, manners, random.Random(SEED))
    if name == "embedded":
        yield Installation(request.getfixturevalue("embedded"), None, agent, provider, surveys)
        return
    redis = request.getfixturevalue("redis_here")
    with mortal_postgres() as postgres:
        url = empty_database(postgres.socket)
        migrate(url)
        yield Installation(Backend("grown", url, redis.url, redis), postgres, agent, provider, surveys)


def customer(number: int) -> str:
    return f"customer-{number}"


def answer(number: int, question: str) -> str:
    return str(number * 10 + int(question[1:]))


class Customers(threading.Thread):
    """All of them with their provider, in a loop of their own: forks have nothing of it."""

    def __init__(self, provider: Provider) -> None:
        super().__init__(daemon=True)
        self.provider, self.ready, self.over = provider, threading.Event(), threading.Event()
        self.failed: BaseException | None = None

    def run(self) -> None:
        try:
            asyncio.run(self._all())
        except BaseException as error:
            self.failed = error

    async def _all(self) -> None:
        await self.provider.open()
        self.ready.set()
        await asyncio.wait_for(asyncio.gather(*(self._one(n) for n in range(CUSTOMERS))), SECONDS)
        while not self.over.is_set():  # noqa: ASYNC110  (letters may come still; another thread says when not)
            await asyncio.sleep(0.05)
        await self.provider.close()

    async def _one(self, number: int) -> None:
        """Answers each question once: a question that comes twice is not answered twice."""
        open_questions = {f"q{n}" for n in range(QUESTIONS)}
        while open_questions:
            asked = await self.provider.mail[customer(number)].get()
            if asked in open_questions:
                open_questions.discard(asked)
                await self.provider.say(f"{customer(number)}-{asked}", customer(number), answer(number, asked))


def stored(here: Installation, query: str) -> list[tuple[Any, ...]]:
    if here.backend.name == "grown":
        return rows(here.backend, query)
    return rows_of_file(Path(here.backend.database_url.removeprefix("sqlite+aiosqlite:///")), query)


def settled(here: Installation) -> bool:
    """Everything is handled, and everything that was to be sent is sent or in doubt for good."""
    left = "select count(*) from inbox where status = 'new'"
    unsent = "select count(*) from outbox where status in ('queued', 'sending')"
    doubted = "select count(*) from outbox where status = 'unknown' and again_at is null and role <> 'question'"
    return [stored(here, query) for query in (left, unsent, doubted)] == [[(0,)]] * 3


async def invite(here: Conductor) -> None:
    await here.prepare()
    for number in range(CUSTOMERS):
        address = {"provider": "web", "channel": "web", "address": customer(number), "language": "en"}
        await here.start_survey("counting", **address)


@pytest.mark.timeout(int(SECONDS * 2 + 120))
@pytest.mark.parametrize(("name", "manners"), [*IN_CI, *(BY_HAND if CUSTOMERS > 20 else [])])
def test_nothing_is_lost_and_nothing_happens_twice(
    name: str,
    manners: str,
    surveys: Path,
    rasa_agent: Any,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if MANNERS[manners].reports:  # it delivers its reports when a server is there, which may take a while
        monkeypatch.setattr(delivery, "SETTLE_SECONDS", 30.0)
    chance = random.Random(SEED)
    with installed(name, MANNERS[manners], rasa_agent, surveys, request) as here:
        provider = here.provider
        crowd = Customers(provider)
        crowd.start()
        assert crowd.ready.wait(10)
        here.once(invite)
        here.start_all()
        killed: Counter[str] = Counter()
        try:
            total, kills = CUSTOMERS * QUESTIONS, KILLS or (3 if name == "embedded" else 4)
            for number, at in enumerate(sorted(chance.uniform(0.05, 0.9) for _ in range(kills))):
                assert here.wait(
                    lambda at=at: len(provider.acknowledged) >= at * total or not crowd.is_alive(), SECONDS
                )  # type: ignore[misc]
                assert crowd.is_alive(), crowd.failed
                kind = here.mortal[number % len(here.mortal)]
                here.kill(kind, chance)
                killed[kind] += 1
            assert here.wait(lambda: len(provider.acknowledged) == total, SECONDS), (
                f"{len(provider.acknowledged)} of {total} answers were taken in"
            )
            assert here.wait(lambda: settled(here), 90), stored(here, "select status, count(*) from outbox group by 1")
        finally:
            crowd.over.set()
            here.close()
        crowd.join(10)
        account = count(here)
        print(f"\n{name}, provider {manners}: killed {dict(killed)}; {account}")


def count(here: Installation) -> str:
    """What both sides have in the end. Returns it in words."""
    provider, total = here.provider, CUSTOMERS * QUESTIONS
    said = stored(here, "select message_id, text, status, attempts from inbox where kind = 'message'")
    assert sorted((m, text) for m, text, _, _ in said) == sorted((m, t) for m, (_, t) in provider.acknowledged.items())
    assert {status for _, _, status, _ in said} == {"done"}

    query = """select c.address, a.question, a.value, a.state from answers a join responses r on r.id = a.response_id
        join conversations c on c.contact_id = r.contact_id"""
    expected = [
        (customer(n), f"q{q}", answer(n, f"q{q}"), "current") for n in range(CUSTOMERS) for q in range(QUESTIONS)
    ]
    assert sorted(stored(here, query)) == sorted(expected), "every answer is stored once"
    assert stored(here, "select status, count(*) from responses group by status") == [("completed", CUSTOMERS)]

    written = dict(stored(here, "select 'out-' || id, again_at from outbox"))
    replied = "select count(distinct inbox_id), count(*) from outbox"
    assert stored(here, replied) == [(total + CUSTOMERS,) * 2], "one reply to each answer and each invitation"
    times = Counter(letter.key for letter in provider.taken)
    assert set(times) == set(written), "every reply is delivered"
    twice = [key for key, number in times.items() if number > 1]
    first = {letter.key: letter for letter in reversed(provider.taken)}
    in_hand = [key for key in twice if first[key].sender in here.killed]
    slow = [key for key in twice if key not in in_hand and (first[key].slow or key in provider.unheard)]
    assert set(twice) == set(slow) | set(in_hand), "twice without a reason"
    assert not (provider.manners.reports and twice), "its report has settled what its answer did not"
    assert all(written[key] and times[key] == 2 for key in twice)
    return (
        f"{total} answers stored once, {provider.delivered_again} webhooks came again, "
        f"{len(written)} replies delivered, {len(twice)} of them twice ({len(slow)} it took and did not say so "
        f"in time, {len(in_hand)} were in the hands of a killed sender), turned away {dict(provider.turned_away)}, "
        f"most attempts of a message {max(attempts for *_, attempts in said)}"
    )
