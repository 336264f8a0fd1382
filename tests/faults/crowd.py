"""Many customers who answer a survey at once while something fails, and what is counted in the end: from the provider's
side and from the database."""

from __future__ import annotations

import asyncio
import os
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.bootstrap import Conductor
from bot.conversation import delivery, retrying
from bot.coordination import locks
from bot.storage import outbox
from bot.storage.migrate import migrate
from tests.backends import Backend, empty_database, mortal_postgres
from tests.faults.installation import Installation
from tests.faults.many import rows
from tests.faults.provider import Manners, Provider

CUSTOMERS = int(os.environ.get("FAULTS_CUSTOMERS", "20"))
SEED = int(os.environ.get("FAULTS_SEED", "7"))
AGAIN = f"FAULTS_SEED={SEED} FAULTS_CUSTOMERS={CUSTOMERS} make faults"
"""Takes the same moments and the same whims of the provider; how fast the machine is in between is not in the seed."""

QUESTIONS = 4
TOTAL = CUSTOMERS * QUESTIONS
SECONDS = 100 + CUSTOMERS * (QUESTIONS + 1) * 0.5
"""The longest that the customers may take, on a busy machine."""


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is lost with a process is found after seconds instead of minutes; forks inherit it."""
    monkeypatch.setattr(delivery, "LEASE_SECONDS", 4.0)
    monkeypatch.setattr(outbox, "LEASE_SECONDS", 4.0)
    monkeypatch.setattr(delivery, "SEND_SECONDS", 2.0)
    monkeypatch.setattr(delivery, "SETTLE_SECONDS", 5.0)
    monkeypatch.setattr(retrying, "BACK_OFF_SECONDS", (0.2, 0.5, 1, 2, *[4] * 6))
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


def started(here: Installation) -> Customers:
    """Everybody is invited, and everything runs."""
    crowd = Customers(here.provider)
    crowd.start()
    assert crowd.ready.wait(10)
    here.once(invite)
    here.start_all()
    return crowd


def reach(here: Installation, crowd: Customers, share: float) -> None:
    """Wait until so much of all answers was taken in."""

    def there() -> bool:
        return len(here.provider.acknowledged) >= share * TOTAL or not crowd.is_alive()

    assert here.wait(there, SECONDS), f"{len(here.provider.acknowledged)} of {TOTAL} answers were taken in"
    assert crowd.is_alive(), crowd.failed


def finish(here: Installation, crowd: Customers) -> str:
    """Wait until all is said, handled and sent, and count. Returns the account."""
    reach(here, crowd, 1)
    assert here.wait(lambda: settled(here), 90), stored(here, "select status, count(*) from outbox group by 1")
    crowd.over.set()
    here.close()
    crowd.join(10)
    took = time.monotonic() - crowd.begun
    return f"{count(here)}, {took:.0f} s, seed {SEED}, processes that ended by themselves {here.ended}"


@contextmanager
def installed(name: str, manners: Manners, agent: Any, surveys: Path, request: Any) -> Iterator[Installation]:
    """One of the two set-ups, and its end."""
    provider = Provider(surveys.parent, manners, random.Random(SEED))
    with ExitStack() as stack:
        if name == "embedded":
            here = Installation(request.getfixturevalue("embedded"), None, agent, provider, surveys)
        else:
            redis, postgres = request.getfixturevalue("redis_here"), stack.enter_context(mortal_postgres())
            url = empty_database(postgres.socket)
            migrate(url)
            here = Installation(Backend("grown", url, redis.url, redis), postgres, agent, provider, surveys)
        stack.callback(here.close)
        yield here


def customer(number: int) -> str:
    return f"customer-{number}"


def answer(number: int, question: str) -> str:
    return str(number * 10 + int(question[1:]))


class Customers(threading.Thread):
    """All of them with their provider, in a loop of their own: forks have nothing of it."""

    def __init__(self, provider: Provider) -> None:
        super().__init__(daemon=True)
        self.provider, self.ready, self.over = provider, threading.Event(), threading.Event()
        self.speaking = threading.Event()
        """While it is not set nobody answers, however much they are asked."""
        self.speaking.set()
        self.asked = self.saying = 0
        """How many would answer now, and how many answers are on their way."""
        self.failed: BaseException | None = None
        self.begun = time.monotonic()

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
                await self._may_speak()
                self.saying += 1
                await self.provider.say(f"{customer(number)}-{asked}", customer(number), answer(number, asked))
                self.saying -= 1

    async def _may_speak(self) -> None:
        self.asked += 1
        while not self.speaking.is_set():  # noqa: ASYNC110  (another thread says when)
            await asyncio.sleep(0.01)
        self.asked -= 1


def stored(here: Installation, query: str) -> list[tuple[Any, ...]]:
    return rows(here.backend, query) if here.backend.grown else here.backend.rows(query)


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


def count(here: Installation) -> str:
    """What both sides have in the end. Returns it in words."""
    provider, total = here.provider, TOTAL
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
    if provider.manners.reports:
        last = {letter.key: letter for letter in provider.taken}
        settled_in_vain = {key: (first[key].at, provider.reported[key], last[key].at) for key in twice}
        settled_in_vain = {key: t for key, t in settled_in_vain.items() if t[1] < t[2]}
        assert not settled_in_vain, "its report has settled what its answer did not"
    assert all(written[key] and times[key] == 2 for key in twice)
    return (
        f"{total} answers stored once, {provider.delivered_again} webhooks came again, "
        f"{len(written)} replies delivered, {len(twice)} of them twice ({len(slow)} it took and did not say so "
        f"in time, {len(in_hand)} were in the hands of a killed sender), turned away {dict(provider.turned_away)}, "
        f"most attempts of a message {max(attempts for *_, attempts in said)}"
    )
