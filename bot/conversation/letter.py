"""One message of ours on its way out, and where such are kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from channels.contract import Outbound

LEASE_SECONDS = 45.0
"""A letter that is "sending" for longer was left by a process that died: no sending takes so long."""


@dataclass(frozen=True)
class Letter:
    """One outbox row that is due."""

    id: int
    conversation: int
    provider: str
    channel: str
    address: str
    message: Outbound
    attempts: int
    written_at: str = ""
    """When it was put into the outbox (ISO 8601)."""
    heard_at: str | None = None
    """When the customer last wrote (ISO 8601)."""
    opted_out_at: str | None = None
    """When the contact said STOP (ISO 8601)."""
    owner: str = "bot"
    """Who has the conversation: survey, bot, human."""
    followed: bool = True
    """Whether another letter of the conversation waited for it when it was read."""
    awaited: bool = False
    """Whether the customer has just written, and looks at the screen."""


class Outbox(Protocol):
    """Where letters are kept (`bot/storage/outbox.py`)."""

    async def due(
        self,
        now: str,
        limit: int,
        collected: Sequence[str] = (),
        without: Sequence[str] = (),
        conversation: int | None = None,
    ) -> Sequence[Letter]:
        """The first unsent letter of each conversation whose time has come. Of `collected` providers only calls, of
        the providers in `without` none. `conversation`: only of this one."""

    async def withhold_unheard(self, collected: Sequence[str], now: str) -> int:
        """Letters of `collected` providers to customers who are in no call are withheld. Returns how many."""

    async def may_ask(self, letter: Letter) -> str:
        """Why the customer must not be rung up or invited after all; "" when they may."""

    async def withhold(self, letter: Letter, reason: str, now: str, in_hand: bool = True) -> None:
        """It can't be sent; the reason is seen beside it, and beside the invitation that a call or a template carries.
        Later letters go on. `in_hand`: by `sending`; else nothing changes where somebody has it in hand by now."""

    async def sending(self, letter: Letter, until: str) -> bool:
        """Mark it as being sent, until then. False when it is not waiting any more: somebody else sends it, or it was
        withheld."""

    async def sent(self, letter: Letter, provider_message_id: str, now: str) -> None: ...
    async def again(self, letter: Letter, at: str, error: str) -> None: ...
    async def wait(self, letter: Letter, at: str, why: str) -> None:
        """One that was being sent waits for its channel, as if it had not been tried."""

    async def put_off(self, letter: Letter, at: str, why: str) -> None:
        """One that nobody has in hand waits for its channel."""

    async def failed(self, letter: Letter, error: str, now: str) -> None: ...
    async def unknown(self, letter: Letter, error: str, again_at: str) -> None:
        """Nobody knows whether its provider has it. `again_at`: when it is sent once more."""

    async def send_once_more(self, now: str) -> int:
        """Letters that nothing has settled by now become due again, once. Returns how many. What nothing has settled
        for a day has failed."""

    async def refused_by_customer(self, letter: Letter, error: str, now: str) -> None:
        """It failed because the customer wants nothing from us: consent is withdrawn with it."""

    async def recover(self, remembering: Sequence[str], again_at: str, now: str = "") -> int:
        """Rows that a process which is no more was sending become due again for `remembering` providers, *unknown* for
        others (see `unknown`). `now`: only those whose time was over by then; "": all, because nobody else sends."""

    async def answers(self, letter: Letter) -> str | None:
        """When the customer wrote what the letter answers (ISO 8601); "": it answers something of our own; None:
        nothing at all, as what a person writes."""

    async def next_due(self, collected: Sequence[str] = ()) -> str | None:
        """When the next letter is due (ISO 8601), or None. Of `collected` providers only calls."""
