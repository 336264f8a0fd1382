"""Never more at the provider than its limit within any window, whatever the requests' ways: a simulation with a clock
of its own, several processes, and latencies that Hypothesis picks. In memory and in a real Redis alike."""

from __future__ import annotations

import asyncio
import heapq
from bisect import bisect_right
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from itertools import count, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.coordination.link import Link
from bot.coordination.places import DENSER, LIFE_SECONDS, SEEN, SPARED, Answer, Places, Window
from bot.coordination.shared_places import SharedPlaces
from tests.backends import RedisServer

EPOCH = 1000.0
TINY = 1e-5


class InMemory:
    """Places of one process, asked like the shared ones."""

    def __init__(self) -> None:
        self.places = Places()

    async def take(self, now: float, token: str, windows: Sequence[Window], patience: float) -> Answer:
        return self.places.take(now, token, windows, patience)

    async def answered(self, now: float, token: str, windows: Sequence[Window], taken: bool = True) -> None:
        self.places.answered(now, token, windows, taken, 100.0)


class InRedis:
    """The same on Redis, with the test's clock."""

    def __init__(self, places: SharedPlaces) -> None:
        self.places = places

    async def take(self, now: float, token: str, windows: Sequence[Window], patience: float) -> Answer:
        self._now(now)
        found = await self.places.take(token, windows, patience)
        assert found is not None
        return found

    async def answered(self, now: float, token: str, windows: Sequence[Window], taken: bool = True) -> None:
        self._now(now)
        await self.places.answered(token, windows, taken, 100.0, now)

    def _now(self, now: float) -> None:
        self.places.clock, self.places.mine = round(now * 1e6), lambda: now


@dataclass
class Way:
    """Of one request: seconds until the provider has it, and until its answer is back. None: no answer ever comes."""

    out: float
    back: float | None


@dataclass
class Simulation:
    """Processes that send one request after the other, as soon as they may."""

    places: InMemory | InRedis
    window: Window
    ways: Sequence[Way]
    processes: int
    arrived: list[float] = field(default_factory=list)
    tried: int = 0

    async def run(self) -> list[float]:
        """When each request came to the provider."""
        events: list[tuple[float, int, Callable[[float], Awaitable[None]]]] = []
        numbers = count()

        def later(at: float, what: Callable[[float], Awaitable[None]]) -> None:
            heapq.heappush(events, (at, next(numbers), what))

        async def ask(now: float) -> None:
            if self.tried >= len(self.ways):
                return
            answer = await self.places.take(now, str(self.tried), [self.window], 5.0)
            if not answer.granted:
                later(now + answer.seconds + TINY, ask)
                return
            token, way = str(self.tried), self.ways[self.tried]
            self.tried += 1
            there = now + answer.seconds + way.out
            self.arrived.append(there)
            if way.back is None:
                later(now + answer.seconds + 1.0, ask)  # its process is another one now
                return

            async def answered(then: float) -> None:
                await self.places.answered(then, token, [self.window])
                await ask(then)

            later(there + way.back, answered)

        for process in range(self.processes):
            later(EPOCH + process * TINY, ask)
        while events:
            at, _, what = heapq.heappop(events)
            await what(at)
        return sorted(self.arrived)


def fullest(arrived: Sequence[float], seconds: float) -> int:
    return max(bisect_right(arrived, at + seconds - TINY) - first for first, at in enumerate(arrived))


ANY_WAY = st.builds(Way, st.floats(0.0, 3.0), st.none() | st.floats(0.0, 3.0))
"""What was never seen before: nothing may be taken off for it."""


def jittery(quickest_out: float, quickest_back: float) -> st.SearchStrategy[Way]:
    return st.builds(Way, st.floats(quickest_out, 1.0), st.floats(quickest_back, 1.0))


WHERE = pytest.mark.parametrize("where", ["memory", "redis"])


@WHERE
@given(data=st.data())
@settings(max_examples=30)
def test_never_above_with_any_ways_at_all(where: str, redis_process: RedisServer, data: st.DataObject) -> None:
    """Fewer than `SEEN` requests: nothing is taken off, nothing is assumed."""
    window = Window("sms", data.draw(st.integers(1, 5)), data.draw(st.sampled_from([0.5, 1.0, 4.0])))
    ways = data.draw(st.lists(ANY_WAY, min_size=1, max_size=25))
    processes = data.draw(st.integers(1, 12))
    arrived = run(where, redis_process, window, ways, processes)
    assert len(arrived) == len(ways)
    assert fullest(arrived, window.seconds) <= window.most


@WHERE
@given(data=st.data())
@settings(max_examples=3)
def test_never_above_while_the_fastest_answer_is_taken_off(
    where: str, redis_process: RedisServer, data: st.DataObject
) -> None:
    """After enough answers that were all as fast as the network allows: none is faster later."""
    out, back = data.draw(st.floats(0.0, 0.2)), data.draw(st.floats(0.0, 0.2))
    window = Window("sms", 20, 1.0)
    ways = [Way(out, back)] * SEEN + data.draw(st.lists(jittery(out, back), min_size=40, max_size=80))
    arrived = run(where, redis_process, window, ways, processes=40)
    assert fullest(arrived, window.seconds) <= window.most


@WHERE
def test_nearly_all_of_the_limit_is_used(where: str, redis_process: RedisServer) -> None:
    """With answers after 70 to 130 ms; how it is with real processes is measured by benchmarks/provider_limit.py."""
    ways = [Way(0.005, 0.065 + number * 37 % 61 / 1000) for number in range(SEEN + 1000)]
    arrived = run(where, redis_process, Window("sms", 80, 1.0), ways, processes=120)
    assert fullest(arrived, 1.0) == 80
    late = arrived[SEEN + 100 :]
    assert (len(late) - 1) / (late[-1] - late[0]) >= 0.95 * 80


@WHERE
def test_a_request_without_an_answer_holds_its_place_until_it_is_surely_over(
    where: str, redis_process: RedisServer
) -> None:
    """Its process died, or gave up waiting."""
    arrived = run(where, redis_process, Window("voice", 1, 1.0), [Way(0.0, None), Way(0.0, 0.1)], processes=2)
    assert LIFE_SECONDS <= arrived[1] - arrived[0] <= LIFE_SECONDS + 1.1


@WHERE
def test_grants_keep_a_distance(where: str, redis_process: RedisServer) -> None:
    arrived = run(where, redis_process, Window("sms", 10, 1.0), [Way(0.0, 0.01)] * 10, processes=10)
    gaps = [later - earlier for earlier, later in pairwise(arrived)]
    assert min(gaps) == pytest.approx(DENSER / 10, abs=1e-3)


@WHERE
def test_two_windows_at_once_and_the_one_that_is_full_is_named(where: str, redis_process: RedisServer) -> None:
    """A chat that was written to often does not take the places of others."""
    provider = Window("telegram", 30, 1.0)
    ada, bob = (Window(f"telegram:{who}", 2, 5.0, whole=False) for who in ("ada", "bob"))

    async def ask(places: InMemory | InRedis) -> None:
        now = await opened(places, provider)
        for token in ("1", "2"):
            now += 1.0
            assert (await places.take(now, token, [provider, ada], 0.5)).granted
            await places.answered(now + 0.1, token, [provider, ada])
        third = await places.take(now + 0.5, "3", [provider, ada], 0.5)
        assert (third.granted, third.window) == (False, 1)
        assert third.seconds == pytest.approx(5.0 + 0.1 - 1.5, abs=1e-3)
        assert (await places.take(now + 0.5, "4", [provider, bob], 0.5)) == Answer(True, 0.0, 0)

    with_places(where, redis_process, ask)


@WHERE
def test_a_refusal_is_no_measure_of_the_way(where: str, redis_process: RedisServer) -> None:
    """A provider that refuses does so faster than it takes anything: nothing is known from that."""
    window = Window("sms", 1, 0.1)

    async def ask(places: InMemory | InRedis) -> None:
        now = await opened(places, window)
        for number in range(SEEN + 10):
            now += (await places.take(now, f"{number}", [window], 5.0)).seconds
            refused = number == SEEN
            now += 0.001 if refused else 0.05
            await places.answered(now, f"{number}", [window], taken=not refused)
        answer = await places.take(now, "next", [window], 5.0)
        assert answer.seconds == pytest.approx(0.1 - SPARED * 0.05, abs=1e-3)

    with_places(where, redis_process, ask)


@WHERE
def test_a_lower_limit_holds_at_once(where: str, redis_process: RedisServer) -> None:
    many, few = Window("sms", 5, 1.0), Window("sms", 2, 1.0)

    async def ask(places: InMemory | InRedis) -> None:
        now = await opened(places, many)
        for number in range(5):
            now += 0.2
            assert (await places.take(now, f"{number}", [many], 0.1)).granted
            await places.answered(now, f"{number}", [many])
        answer = await places.take(now, "more", [few], 5.0)
        assert answer.seconds == pytest.approx(0.8, abs=1e-3)  # when only the last of the five still counts

    with_places(where, redis_process, ask)


def test_in_an_empty_redis_nothing_goes_for_a_window(redis_process: RedisServer) -> None:
    """It was restarted: nobody knows what went just before."""
    window = Window("sms", 5, 1.0)

    async def ask(places: InMemory | InRedis) -> None:
        assert await places.take(EPOCH, "1", [window], 0.5) == Answer(False, 1.0, 0)
        assert await places.take(EPOCH + 1.0, "2", [window], 0.5) == Answer(True, 0.0, 0)

    with_places("redis", redis_process, ask)


def test_what_the_ways_to_redis_take_is_not_lost(redis_process: RedisServer) -> None:
    """Its answer came 0.2 s late, and it heard 0.3 s late of the provider's: both moments count as they were."""
    window = Window("sms", 1, 1.0)

    async def ask(places: InMemory | InRedis) -> None:
        assert isinstance(places, InRedis)
        shared, now = places.places, await opened(places, window)
        assert (await places.take(now, "1", [window], 5.0)).granted
        shared.clock, shared.mine = round((now + 1.0) * 1e6), lambda: now + 1.0
        await shared.answered("1", [window], True, 100.0, came=now + 0.7)
        ours = iter([now + 1.0, now + 1.2])
        shared.mine = lambda: next(ours)
        answer = await shared.take("2", [window], 5.0)
        assert answer is not None
        assert answer.seconds == pytest.approx(now + 1.7 - (now + 1.2), abs=2e-3)

    with_places("redis", redis_process, ask)


async def opened(places: InMemory | InRedis, window: Window) -> float:
    """Somebody sent something long ago. Returns the time now."""
    await places.take(EPOCH - 100, "first", [window], 0.0)
    return EPOCH


def run(where: str, redis: RedisServer, window: Window, ways: Sequence[Way], processes: int) -> list[float]:
    found: list[float] = []

    async def simulate(places: InMemory | InRedis) -> None:
        found.extend(await Simulation(places, window, ways, processes).run())

    with_places(where, redis, simulate)
    return found


def with_places(where: str, redis: RedisServer, work: Callable[[InMemory | InRedis], Awaitable[None]]) -> None:
    """Places that are empty."""

    async def ask() -> None:
        if where == "memory":
            return await work(InMemory())
        redis.empty()
        link = Link(redis.url)
        try:
            await work(InRedis(SharedPlaces(link)))
        finally:
            await link.close()

    asyncio.run(ask())
