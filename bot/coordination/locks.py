"""A conversation's lock across processes, in Redis. Implements `bot.conversation.locks.SharedLock`.

Who finds it taken leaves a mark and goes away; who gives it back finds the mark and looks once more. So nobody polls,
and no message waits for a second look. A takeover waits for its turn instead, and says so: then no turn goes before it.
"""

from __future__ import annotations

import asyncio
import logging
import random
import uuid
from collections.abc import Callable, Mapping

from bot.coordination.link import PREFIX, Link

log = logging.getLogger(__name__)

LIFE_SECONDS = 10.0
"""A lock whose holder died is free after that, and so long its customer waits; a living holder renews it. One who stood
still for longer finds at the fence that somebody else was there."""
RENEW_SECONDS = 3.0
WAIT_SECONDS = 10.0
"""So long a takeover waits for a turn to end. Then it goes on: the fence makes the turn begin anew."""
RETRY_SECONDS = (0.005, 0.02)
"""Between two attempts of who waits: at random, so that two who wait don't meet again and again."""

LOST = -1
"""What a script answers while Redis is gone."""

# Keys: the lock, "somebody asked meanwhile", "somebody waits for it". Arguments: the holder's token, life in ms.
TRY = """
if redis.call('GET', KEYS[1]) == ARGV[1] then return 1 end
if redis.call('EXISTS', KEYS[3]) == 0 and redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then return 1 end
redis.call('SET', KEYS[2], 1, 'PX', ARGV[2])
return 0
"""
WAIT = """
if redis.call('GET', KEYS[1]) == ARGV[1] or redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then
  redis.call('DEL', KEYS[3])
  return 1
end
redis.call('SET', KEYS[3], 1, 'PX', 1000)
return 0
"""
GIVE_BACK = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('DEL', KEYS[1])
return redis.call('DEL', KEYS[2])
"""
RENEW = """
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return 0
"""


class RedisLocks:
    """While Redis is gone every lock is had at once: inside the process `bot.conversation.locks` goes before it."""

    def __init__(self, link: Link, life_seconds: float = LIFE_SECONDS) -> None:
        self._link = link
        self._life = int(life_seconds * 1000)
        scripts = {"try": TRY, "wait": WAIT, "give": GIVE_BACK, "renew": RENEW}
        self._scripts = {name: link.redis.register_script(text) for name, text in scripts.items()}
        self._held: dict[int, str] = {}
        self._renewing: asyncio.Task[None] | None = None
        self.owed: dict[int, str] = {}
        """What could not be given back because Redis was out of reach. It may be there still, with our token."""
        self.woken: Callable[[int], None] = lambda conversation: None
        """Told of a conversation that somebody asked for while it was owed: there may be something to do."""
        self._paying: asyncio.Task[None] | None = None
        link.on_change(self._redis_changed)

    async def try_take(self, conversation: int) -> bool:
        token = self._token()
        if not await self._run("try", conversation, token, otherwise=1):
            return False
        self._held[conversation] = token
        return True

    async def take(self, conversation: int) -> None:
        token, waited = self._token(), 0.0
        while not await self._run("wait", conversation, token, otherwise=1):
            if waited >= WAIT_SECONDS:
                log.warning("Conversation %s is held by another process for long; going on.", conversation)
                break
            pause = random.uniform(*RETRY_SECONDS)
            waited += pause
            await asyncio.sleep(pause)
        self._held[conversation] = token

    def _token(self) -> str:
        """ "": Redis is gone, and knows nothing of the lock."""
        return uuid.uuid4().hex if self._link.up else ""

    async def give_back(self, conversation: int) -> bool:
        token = self._held.pop(conversation, "")
        if not token:
            return False
        given = await self._run("give", conversation, token, otherwise=LOST)
        if given == LOST:
            self.owed[conversation] = token
        return given == 1

    def _redis_changed(self, up: bool) -> None:
        if up and self.owed and self._paying is None:
            self._paying = asyncio.create_task(self._pay())

    async def _pay(self) -> None:
        """Else who comes next would wait until the lock dies, and so would the customer."""
        try:
            while self.owed and self._link.up:
                conversation, token = next(iter(self.owed.items()))
                given = await self._run("give", conversation, token, otherwise=LOST)
                if given != LOST:
                    del self.owed[conversation]
                if given == 1:
                    self.woken(conversation)
        finally:
            self._paying = None

    async def _run(self, name: str, conversation: int, token: str, otherwise: int) -> int:
        keys = [f"{PREFIX}{{{conversation}}}:{part}" for part in ("lock", "again", "wanted")]
        script = self._scripts[name]
        return int(await self._link.ask(lambda _: script(keys=keys, args=[token, self._life]), otherwise))

    @property
    def held(self) -> Mapping[int, str]:
        return self._held

    def start(self) -> None:
        self._renewing = asyncio.create_task(self._renew())

    async def _renew(self) -> None:
        """One task for all that is held: a turn takes milliseconds, so there is hardly ever one to renew."""
        while True:
            before = dict(self._held)
            await asyncio.sleep(RENEW_SECONDS)
            for conversation, token in before.items():
                if self._held.get(conversation) == token:
                    await self._run("renew", conversation, token, otherwise=0)

    async def stop(self) -> None:
        """Nothing is held any more when the process ends: others need not wait until its locks die."""
        if self._renewing is not None:
            self._renewing.cancel()
            await asyncio.gather(self._renewing, return_exceptions=True)
        if self._paying is not None:
            await asyncio.gather(self._paying, return_exceptions=True)
        for conversation in list(self._held):
            await self.give_back(conversation)
