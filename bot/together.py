"""What an installation of several processes has on top: wired here, used by `bot/bootstrap/parts.py`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.conversation.pacing import gate_of
from bot.coordination.crew import Crew
from bot.coordination.events import PAGE, WAKE, SharedEvents
from bot.coordination.jobs import Jobs
from bot.coordination.limits import Limits
from bot.coordination.link import Link
from bot.coordination.locks import RedisLocks
from bot.settings import Settings
from channels.contract import Sender
from channels.web.client import WebClient


@dataclass(frozen=True)
class Together:
    """Redis, and what is done over it. `works`: this process is a worker, no server."""

    link: Link
    locks: RedisLocks
    events: SharedEvents
    crew: Crew
    jobs: Jobs
    works: bool

    @property
    def hands_over(self) -> bool:
        """Whether workers do what is to be sent and looked after. Else each process does it itself: Redis is gone, or
        no worker is alive."""
        return self.crew.at_work

    def wake_servers(self, conversation: int) -> None:
        """From a worker: a message of ours waits there (an invitation, a question to be asked again)."""
        self.events.tell(conversation, WAKE, {})

    def on_wake(self, woken: Callable[[int], None]) -> None:
        self.events.on(WAKE, lambda news: woken(int(news["conversation"])))

    def share_pages(self, web: WebClient) -> None:
        """A letter of the web channel is shown wherever the customer's page is open."""

        def tell(channel: str, address: str, key: str) -> None:
            self.events.tell(0, PAGE, {"channel": channel, "address": address, "key": key})

        web.told = tell
        self.events.on(PAGE, lambda news: web.show(**news["data"]))

    async def start(self) -> None:
        self.locks.start()
        self.events.start()
        await self.crew.start()

    async def stop(self) -> None:
        await self.crew.stop()
        await self.locks.stop()
        await self.events.stop()
        await self.jobs.stop()
        await self.link.close()


def together(settings: Settings, works: bool) -> Together | None:
    """None: there is one process."""
    url = settings.redis_url.get_secret_value()
    if not url:
        return None
    link = Link(url)
    return Together(link, RedisLocks(link), SharedEvents(link), Crew(link, works), Jobs(link), works)


def pace(senders: Mapping[str, Sender], overrides: Mapping[str, float], shared: Together | None) -> Limits:
    """The limits of the connected providers."""
    known: dict[str, Any] = {name: getattr(sender, "per_second", 0) for name, sender in senders.items()}
    limits = {**known, **{name: value for name, value in overrides.items() if name in known}}
    chats = {name: sender.per_chat for name, sender in senders.items() if hasattr(sender, "per_chat")}
    made = Limits(limits, per_chat=chats) if shared is None else Limits(limits, shared.link, shared.crew.share, chats)
    for name, sender in senders.items():
        if hasattr(sender, "gate"):
            sender.gate = gate_of(made, name)
    return made
