"""The ONE inbound seam: verify, parse, hand over (committed), and only then acknowledge. Every connector goes through
it.

It knows no web framework: a connector hands it a `Delivery` and turns the `Acknowledgement` into its provider's answer.
"""

from __future__ import annotations

import logging
import traceback
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any, TypeVar
from weakref import WeakValueDictionary

from channels.contract import DeliveryStatus, Inbound, Receiver
from channels.storable_text import storable_text

logger = logging.getLogger(__name__)

LIMIT = 256 * 1024
"""Bytes of a webhook's body. Providers send a few kB; a customer's 100 kB text still fits and gets a kind reply."""


_TURNED_AWAY = ("refused", "malformed", "too_large")


class Refused(Exception):
    """The delivery does not prove where it comes from (signature, origin). Nothing has changed. The text is a
    sentence; it is logged, so it quotes nothing of the delivery."""


class Malformed(Exception):
    """The delivery is not what this provider sends. The text says what is wrong and what is expected; it is logged, so
    it quotes nothing of the delivery."""


@dataclass(frozen=True)
class Delivery:
    """One HTTP request of a provider: header names in lower case, the raw body, the public URL it was sent to."""

    headers: Mapping[str, str]
    body: bytes
    url: str = ""


_IDS = frozenset({"message_id", "address", "reference", "provider_message_id"})
_LONGEST_ID = 255
"""Characters, as the columns of `bot/storage` have them. No provider's own are longer than 100."""
_DEEPEST = 32
"""Levels of lists and objects. What we put into a button has two."""

News = TypeVar("News", Inbound, DeliveryStatus)


def storable(news: News) -> News:
    """`news` as a database keeps it, with U+FFFD in place of what none takes. Raises Malformed where it can't be kept:
    an id that is none, or a value that is nested too deeply. Refused later, it would be sent again for ever."""
    kept = {}
    for one in fields(news):
        value = getattr(news, one.name)
        kept[one.name] = clean(value)
        if one.name in _IDS and isinstance(value, str) and (kept[one.name] != value or len(value) > _LONGEST_ID):
            raise Malformed(f"An id of this delivery has more than {_LONGEST_ID} characters, or some that no id has.")
    return replace(news, **kept)


def clean(value: Any, depth: int = 0) -> Any:
    """A text, or what JSON can hold, with U+FFFD in place of what no database takes. Raises Malformed."""
    if isinstance(value, str):
        return storable_text(value)
    if depth > _DEEPEST:
        raise Malformed("This is nested more deeply than any message is.")
    if isinstance(value, Mapping):
        return {clean(k): clean(v, depth + 1) for k, v in value.items()}
    return [clean(v, depth + 1) for v in value] if isinstance(value, list) else value


class Objection(Exception):
    """The house has a reason not to take a message in, and whoever sent it can mend that. The text says so to them."""


Verify = Callable[[Delivery], None]
"""Proves where a delivery comes from; raises Refused."""


@dataclass(frozen=True)
class Acknowledgement:
    """What to answer: an HTTP status, a sentence when something is wrong, and how many messages were new or known
    already."""

    status: int
    message: str = ""
    accepted: int = 0
    duplicates: int = 0


_Way = tuple[Callable[[Delivery], Sequence[News]], Callable[[News, Receiver], Awaitable[bool]]]
"""How news are read, and what they are handed to."""


Late = Callable[[], Awaitable[Receiver | None]]
"""Waits for the receiver (`arrival.Arrival.receiver`); None when it does not come in time."""
_Whom = tuple[Receiver | None, Late | None]
"""Whom news are handed to, and how that one is waited for."""


@dataclass
class Seam:
    """One provider's way in.

    `parse` returns the messages of a delivery (none for one that carries no message) or raises Malformed;
    `parse_status` does the same for what the provider says became of our messages, where it reports that at an address
    of its own.
    `counters` counts deliveries by outcome (refused, too_large, malformed, unavailable, ok, ignored: nothing in it for
    us; objected: the house said why not), messages (accepted, duplicate) and statuses (status, status_of_unknown: of no
    message that we know).
    """

    provider: str
    parse: Callable[[Delivery], Sequence[Inbound]]
    parse_status: Callable[[Delivery], Sequence[DeliveryStatus]] = lambda delivery: ()
    limit: int = LIMIT
    counters: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        _seams[id(self)] = self

    async def receive(
        self, delivery: Delivery, verify: Verify, receiver: Receiver | None, late: Late | None = None
    ) -> Acknowledgement:
        """Takes one delivery in. `verify` raises Refused before anything of the body is looked at. 200 is only said
        once every message in it is committed; a failure to commit is 503, so that the provider tries again; 400, 403
        and 413 are final. `late`: how the receiver is waited for where it is not there yet."""

        async def accept(message: Inbound, to: Receiver) -> bool:
            return await to.accept(message)

        kinds = ("accepted", "duplicate")
        return await self._counted(delivery, verify, (receiver, late), (self.parse, accept), kinds)

    async def receive_status(
        self, delivery: Delivery, verify: Verify, receiver: Receiver | None, late: Late | None = None
    ) -> Acknowledgement:
        """The same for what the provider says became of our messages."""

        async def store(status: DeliveryStatus, to: Receiver) -> bool:
            return await to.status(status)

        kinds = ("status", "status_of_unknown")
        return await self._counted(delivery, verify, (receiver, late), (self.parse_status, store), kinds)

    def too_large(self) -> Acknowledgement:
        """For a connector that stops reading a body before it is complete."""
        done = Acknowledgement(413, self._too_large())
        self.note("too_large", done.message)
        return done

    def note(self, outcome: str, sentence: str = "") -> None:
        """Count a delivery by what became of it; what is turned away for good leaves a line in the log, too."""
        self.counters[outcome] += 1
        if outcome in _TURNED_AWAY:
            logger.warning("%s: a delivery is turned away (%s). %s", self.provider, outcome, sentence)

    def _too_large(self) -> str:
        return f"This message is too large: at most {self.limit // 1024} kB are taken at a time."

    async def _counted(
        self,
        delivery: Delivery,
        verify: Verify,
        whom: _Whom,
        way: _Way[News],
        kinds: tuple[str, str],
    ) -> Acknowledgement:
        outcome, acknowledgement = await self._take(delivery, verify, whom, *way)
        self.note(outcome, acknowledgement.message)
        if acknowledgement.status == 200:
            self.counters[kinds[0]] += acknowledgement.accepted
            self.counters[kinds[1]] += acknowledgement.duplicates
        return acknowledgement

    async def _take(
        self,
        delivery: Delivery,
        verify: Verify,
        whom: _Whom,
        parse: Callable[[Delivery], Sequence[News]],
        hand_over: Callable[[News, Receiver], Awaitable[bool]],
    ) -> tuple[str, Acknowledgement]:
        if len(delivery.body) > self.limit:
            return "too_large", Acknowledgement(413, self._too_large())
        try:
            verify(delivery)
            news = [storable(one) for one in parse(delivery)]
        except Refused as refusal:
            return "refused", Acknowledgement(403, str(refusal))
        except Malformed as mistake:
            return "malformed", Acknowledgement(400, str(mistake))
        receiver, late = whom
        if receiver is None and late is not None:  # only now: what proves nothing waits for nobody
            receiver = await late()
        if receiver is None:
            return "unavailable", Acknowledgement(503, "The server is still starting. Please try again in a moment.")
        try:
            fresh = [await hand_over(one, receiver) for one in news]
        except Objection as objection:
            return "objected", Acknowledgement(200, str(objection))
        except Exception as error:
            # Whatever went wrong, the message is not committed: saying so makes the provider send it again.
            # The error's own words may quote the message, so only its kind and its way are logged.
            way = "".join(traceback.format_tb(error.__traceback__))
            logger.error("A message from %s could not be stored: %s\n%s", self.provider, type(error).__name__, way)
            sentence = "Your message could not be stored just now. Please try again in a moment."
            return "unavailable", Acknowledgement(503, sentence)
        accepted = sum(fresh)
        done = Acknowledgement(200, accepted=accepted, duplicates=len(fresh) - accepted)
        return ("ok" if news else "ignored"), done


_seams: WeakValueDictionary[int, Seam] = WeakValueDictionary()


def seams() -> list[Seam]:
    """The ways in of this process: for whoever reads their counters."""
    return list(_seams.values())
