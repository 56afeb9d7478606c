"""The rates that the whole fleet keeps together: one call to Redis says who of a batch may go, and who when.

A rate is two times, kept in Redis as microseconds and compared with Redis' own clock. `next` says how much of it is
used up (GCRA): a mail may go while `next` lies no more than a burst ahead, and moves it on by an interval. `tail` is
the first turn that nobody was promised. Who comes for the first time queues behind the promised ones; who comes back
at its turn only needs room. So nothing that went can pass the rate, and nobody is overtaken for ever.

Where Redis knows nothing of a rate, it was new or Redis was emptied: it begins used up. Where Redis is away, what has
a rate waits; what has none goes.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta

import redis

from workers.domain.rates import SECOND, Rate
from workers.postbox.addresses import domain_of
from workers.postbox.parcels import Parcel

logger = logging.getLogger(__name__)

AWAY = timedelta(seconds=10)
"""After so long a mail asks again while Redis is away."""

HORIZON = timedelta(hours=1)
"""No turn is promised further ahead; whoever finds none asks again then."""

_KEPT = timedelta(days=30)

_TURNS = """
-- KEYS: the rates. ARGV: the time or "" for Redis' own, the horizon, how long a rate is kept (ms);
-- for each rate its interval and burst; for each mail: 1 if it has waited, and the numbers of its rates, 0 for none.
local now = tonumber(ARGV[1])
if not now then
  local time = redis.call('TIME')
  now = time[1] * 1000000 + time[2]
end
local horizon = tonumber(ARGV[2])
local rates = {}
for i, key in ipairs(KEYS) do
  local interval, burst = tonumber(ARGV[2 + 2 * i]), tonumber(ARGV[3 + 2 * i])
  local kept = redis.call('HMGET', key, 'next', 'tail')
  local used_up = now + burst * interval
  rates[i] = {
    interval = interval,
    slack = (burst - 1) * interval,
    next = math.min(tonumber(kept[1] or '') or used_up, used_up),
    tail = math.min(tonumber(kept[2] or '') or now, now + horizon + interval),
  }
end

local function may_go(rate, has_waited)
  if rate.next <= now then
    rate.tail = math.min(rate.tail, now) -- it had a rest: those who were promised a turn do not come any more
  end
  return rate.next - rate.slack <= now and (has_waited or rate.tail <= now)
end

local function turn(rate)
  local at = math.max(rate.next - rate.slack, rate.tail, now)
  if at - now > horizon then
    return horizon
  end
  rate.tail = at + rate.interval
  return at - now
end

local waits = {}
for first = 4 + 2 * #KEYS, #ARGV, 3 do
  local wait, mine = 0, {}
  for place = first + 1, first + 2 do
    mine[#mine + 1] = rates[tonumber(ARGV[place])]
  end
  local refusing = {}
  for _, rate in ipairs(mine) do
    if not may_go(rate, ARGV[first] == '1') then
      refusing[#refusing + 1] = rate
    end
  end
  for _, rate in ipairs(refusing) do
    wait = math.max(wait, turn(rate), 1)
  end
  if wait == 0 then
    for _, rate in ipairs(mine) do
      rate.next = math.max(rate.next, now) + rate.interval
    end
  end
  waits[#waits + 1] = math.ceil(wait)
end

for i, key in ipairs(KEYS) do
  redis.call('HSET', key, 'next', string.format('%.0f', rates[i].next), 'tail', string.format('%.0f', rates[i].tail))
  redis.call('PEXPIRE', key, ARGV[3])
end
return waits
"""


class Rates:
    """What routes and recipients' domains (lower case, ASCII) may be sent, by all processes that share `client`.

    `clock` (microseconds) replaces that of Redis in tests.
    """

    def __init__(
        self,
        client: redis.Redis,
        routes: Mapping[str, Rate],
        domains: Mapping[str, Rate],
        clock: Callable[[], int] | None = None,
    ) -> None:
        self._routes = routes
        self._domains = domains
        self._clock = clock
        self._turns = client.register_script(_TURNS)

    def waits(self, route: str, parcels: Sequence[Parcel]) -> dict[str, timedelta]:
        """By delivery id, how long those must wait that may not go now; all others count as gone.

        A parcel on a detour was counted for its domain already.
        """
        asked = {parcel.delivery_id: self._keys(route, parcel) for parcel in parcels}
        asked = {id: keys for id, keys in asked.items() if keys}
        if not asked:
            return {}
        has_waited = {parcel.delivery_id: parcel.has_waited for parcel in parcels}
        try:
            waits = self._ask(asked, has_waited)
        except redis.RedisError as error:
            logger.warning("Redis is away, mails with a rate wait: %s", type(error).__name__)
            return dict.fromkeys(asked, AWAY)
        return {id: timedelta(microseconds=wait) for id, wait in zip(asked, waits, strict=True) if wait}

    def _keys(self, route: str, parcel: Parcel) -> dict[str, Rate]:
        domain = None if parcel.is_detour else domain_of(parcel.recipient)
        found = {f"rappel:rate:route:{route}": self._routes.get(route)}
        found[f"rappel:rate:domain:{domain}"] = self._domains.get(domain or "")
        return {key: rate for key, rate in found.items() if rate}

    def _ask(self, asked: Mapping[str, Mapping[str, Rate]], has_waited: Mapping[str, bool]) -> Sequence[int]:
        rates = {key: rate for keys in asked.values() for key, rate in keys.items()}
        number = {key: place for place, key in enumerate(rates, start=1)}
        horizon, kept = int(HORIZON.total_seconds() * SECOND), int(_KEPT.total_seconds() * 1000)
        said: list[str | int] = [self._clock() if self._clock else "", horizon, kept]
        for rate in rates.values():
            said += [rate.interval, rate.burst]
        for id, keys in asked.items():
            numbers = [number[key] for key in keys]
            said += [int(has_waited[id]), *numbers, *[0] * (2 - len(numbers))]
        waits: list[int] = self._turns(keys=list(rates), args=said)
        return waits
