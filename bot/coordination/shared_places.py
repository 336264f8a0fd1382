"""Places at a provider that all processes share: `places.Places` in Redis, with Redis' clock. See there for why it is
never above the limit."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from bot.coordination.link import PREFIX, Link
from bot.coordination.places import DENSER, LATELY_SECONDS, LIFE_SECONDS, SEEN, SPARED, Answer, Window
from bot.coordination.redis_clock import RedisClock

# Keys: the provider's facts, then one sorted set a window: request → when its place is free, in microseconds. A
# request's name begins with "-" from its answer on; until then that is only the latest time. Arguments: now (0: Redis'
# clock), the request, its life, whether the first window is the whole provider's, …; then for each window: most,
# microseconds.
_NOW = """
local now = tonumber(ARGV[1])
if now == 0 then
  local time = redis.call('TIME')
  now = time[1] * 1000000 + time[2]
end
local facts, request, life, whole = KEYS[1], ARGV[2], tonumber(ARGV[3]), ARGV[4] == '1'
local function known(name) return tonumber(redis.call('HGET', facts, name) or 0) end
local function exact(number) return string.format('%.0f', number) end
"""
TAKE = f"""{_NOW}
local patience, apart = tonumber(ARGV[5]), tonumber(ARGV[6])
local at, said, over = now, 0, {{}}
if whole then
  if redis.call('HSETNX', facts, 'spaced', '0') == 1 then  -- an empty Redis: nobody knows what was sent just now
    redis.call('HSET', facts, 'spaced', exact(now + tonumber(ARGV[8])))
  end
  at = math.max(now, known('spaced'))
end
for number = 2, #KEYS do
  local most, span = tonumber(ARGV[2 * number + 3]), tonumber(ARGV[2 * number + 4])
  redis.call('ZREMRANGEBYSCORE', KEYS[number], '-inf', exact(now))
  local beyond = redis.call('ZCARD', KEYS[number]) - most
  if beyond >= 0 then
    local last = redis.call('ZRANGE', KEYS[number], beyond, beyond, 'WITHSCORES')
    local free = tonumber(last[2])
    if string.sub(last[1], 1, 1) ~= '-' then
      return {{0, math.ceil(math.min(free - now, span)), number - 2, exact(now)}}
    end
    if free > at then at, said = free, number - 2 end
    over[number] = beyond
  end
end
if at - now > patience then return {{0, math.ceil(at - now), said, exact(now)}} end
for number, beyond in pairs(over) do redis.call('ZREMRANGEBYRANK', KEYS[number], 0, beyond) end
for number = 2, #KEYS do
  redis.call('ZADD', KEYS[number], exact(at + life), request)
  redis.call('PEXPIRE', KEYS[number], exact((at - now + life) / 1000 + 1000))
end
if whole then redis.call('HSET', facts, 'spaced', exact(at + apart)) end
return {{1, math.ceil(at - now), said, exact(now)}}
"""
ANSWERED = f"""{_NOW}
local taken, measured, told = ARGV[5] == '1', tonumber(ARGV[6]), now
now = math.min(now, tonumber(ARGV[#ARGV]))  -- when the answer came
local function learn(trip)
  local since = known('since')
  if now - since > {LATELY_SECONDS * 1e6:.0f} then
    local recent = now - since <= {LATELY_SECONDS * 2e6:.0f}
    redis.call('HSET', facts, 'fastest_before', recent and exact(known('fastest')) or '0',
      'seen_before', recent and exact(known('seen')) or '0', 'since', exact(now), 'fastest', exact(trip), 'seen', '0')
  end
  redis.call('HSET', facts, 'fastest', exact(math.min(known('fastest'), trip)), 'seen', exact(known('seen') + 1))
end
local function spared(trip)
  if known('seen') + known('seen_before') < {SEEN} then return 0 end
  local lately = known('fastest')
  if known('seen_before') > 0 then lately = math.min(lately, known('fastest_before')) end
  return math.floor({SPARED} * math.min(lately, trip))
end
for number = 2, #KEYS do
  local latest = redis.call('ZSCORE', KEYS[number], request)
  if latest then
    local off = 0
    if number == 2 and whole then
      local trip = math.min(measured, now - (tonumber(latest) - life))
      if taken then learn(trip) end
      off = spared(trip)
    end
    local span = tonumber(ARGV[2 * number + 4])
    redis.call('ZREM', KEYS[number], request)
    redis.call('ZADD', KEYS[number], exact(now + span - off), '-' .. request)
  end
end
return exact(told)
"""


class SharedPlaces:
    """`None` from `take`: Redis is gone. `clock`, `mine`: Redis' in microseconds and ours in seconds, for tests; 0 is
    Redis' own.

    What the ways to Redis take, and the busy moments of this process, are not lost: a place is free a window after its
    answer *came*, and who is granted a moment goes at that moment, not so long after Redis' answer.
    """

    def __init__(self, link: Link) -> None:
        self._link = link
        self._take = link.redis.register_script(TAKE)
        self._answered = link.redis.register_script(ANSWERED)
        self._redis_clock = RedisClock()
        self.clock, self.mine = 0, time.monotonic

    async def take(self, token: str, windows: Sequence[Window], patience: float) -> Answer | None:
        apart = DENSER * windows[0].seconds / windows[0].most if windows[0].whole else 0.0
        spans = [number for window in windows for number in (window.most, _micro(window.seconds))]
        args = [*self._about(token, windows), _micro(patience), _micro(apart), *spans]
        left = self.mine()
        found = await self._link.ask(lambda _: self._take(keys=_keys(windows), args=args), None)
        if found is None:
            return None
        said = int(found[3]) / 1e6
        self._redis_clock.saw(left, said, now := self.mine())
        at = self._redis_clock.ours_at_latest(said + found[1] / 1e6, now)
        return Answer(bool(found[0]), max(0.0, at - now), found[2])

    async def answered(self, token: str, windows: Sequence[Window], taken: bool, seconds: float, came: float) -> None:
        """The answer to a request came at `came`, by our clock."""
        spans = [number for window in windows for number in (window.most, _micro(window.seconds))]
        left = self.mine()
        latest = self._redis_clock.theirs_at_latest(came, left)
        args = [*self._about(token, windows), int(taken), _micro(seconds), *spans, _micro(latest)]
        said = await self._link.ask(lambda _: self._answered(keys=_keys(windows), args=args), None)
        if said is not None:
            self._redis_clock.saw(left, int(said) / 1e6, self.mine())

    def _about(self, token: str, windows: Sequence[Window]) -> list[Any]:
        return [self.clock, token, _micro(LIFE_SECONDS), int(windows[0].whole)]


def _keys(windows: Sequence[Window]) -> list[Any]:
    """With one hash tag: on a Redis cluster a script's keys lie together."""
    tag = f"{PREFIX}{{{windows[0].name}}}:"
    return [f"{tag}facts", *(f"{tag}{window.name}" for window in windows)]


def _micro(seconds: float) -> int:
    return round(seconds * 1e6)
