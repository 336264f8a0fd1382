"""The life of an installation: prepare, start, stop."""

from __future__ import annotations

import asyncio
import logging

from bot.bootstrap.door import Door
from bot.bootstrap.publishing import publish_folder
from bot.storage.migrate import migrate
from channels.contract import Connected
from channels.web.client import WebClient

log = logging.getLogger(__name__)

STOP_SECONDS = 15.0
"""So long a process that is told to stop finishes what it has in hand. Longer than a provider or Slack takes on a good
day; supervisors wait 30."""


class Conductor(Door):
    """One process of a running installation: storage, the Rasa agent, the worker and the delivery."""

    async def prepare(self) -> None:
        """Migrate the database; on a new one publish the surveys of the folder."""
        await asyncio.to_thread(migrate, self.settings.database_url)
        await publish_folder(self.catalogue, self.settings.surveys, self.clock.now())

    async def start(self) -> None:
        """Finish what an earlier process left, then take up the work. The first text warms the NLU up: nobody's message
        should pay for it."""
        self.spooling.try_out()
        await self.handler.agent.understand("hello", self.settings.default_language)
        await self.delivery.recover(alone=self.database.sqlite)
        await self.start_together()
        self.worker.start()
        self.replaying.start()
        self.start_looking()

    async def start_together(self) -> None:
        """Meet the other processes, if there are any."""
        if self.together is None:
            return
        self.together.link.on_change(lambda _up: self.delivery.wake())
        if not self.together.works:
            self.together.on_wake(self.worker.wake)
        web = self.senders.get("web")
        if isinstance(web, WebClient):
            self.together.share_pages(web)
        await self.together.start()

    def start_looking(self) -> None:
        """Send, and look after things, as far as that is this process's work."""
        self.delivery.start()
        self.chores.start()
        self.campaigning.start()
        self.errands.start()

    async def stop(self, within: float = STOP_SECONDS) -> None:
        """`finish`, and `close`."""
        try:
            await self.finish(within)
        finally:
            await self.close()

    async def close(self) -> None:
        """Nothing comes in any more."""
        await self.database.close()

    async def finish(self, within: float = STOP_SECONDS) -> None:
        """Finish what is in hand, begin no more. What takes longer is left to the next process, as after a crash. What
        comes in is still committed, until `close`."""
        try:
            await asyncio.wait_for(self._finish(), within)
        except asyncio.TimeoutError:
            log.warning("After %s s something was still in hand: whoever goes on takes it up.", within)
        finally:
            for sender in self.senders.values():
                if isinstance(sender, Connected):
                    await sender.close_connections()
            if self.together is not None:
                await self.together.stop()  # its locks are free at once

    async def _finish(self) -> None:
        await self.replaying.stop()
        await asyncio.gather(*(part.stop() for part in (self.chores, self.campaigning, self.errands, self.worker)))
        await self.delivery.stop()

    async def settle(self) -> None:
        """Handle and send everything that is waiting now; for tests and commands that have no server."""
        await self.replaying.look()
        await self.errands.working.look()
        await self.chores.look()
        await self.campaigning.look()
        await self.worker.look()
        await self.worker.idle()
        await self.delivery.drain()
        await self.errands.telling.look()
