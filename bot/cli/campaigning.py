"""`conductor invite --contacts`: the file is stored, then planned: by the workers, or here where there are none."""

from __future__ import annotations

import asyncio
from collections.abc import Collection

from rich.progress import Progress

from bot.cli.invite_account import Account
from bot.cli.invite_reading import Reading
from bot.cli.opened import Opened
from bot.errors import ConductorError
from bot.outreach.campaign import Campaign, Planning
from bot.storage.campaigns import SqlCampaigns

LOOK_SECONDS = 0.3
"""How often it is asked how far the workers are."""
PATIENCE = 30
"""After so many looks at which they were no farther it is asked whether there still are any."""


class Campaigning:
    """One file on its way. `detach`: nobody waits for its planning here."""

    def __init__(self, house: Opened, progress: Progress, detach: bool) -> None:
        self._house, self._progress, self._detach = house, progress, detach
        self._campaigns = SqlCampaigns(house.database)
        self.number = 0

    async def store(
        self,
        survey: str,
        channel: str,
        file: str,
        reading: Reading,
        templates: Collection[str] | None,
        begun_by: str,
    ) -> None:
        """All of the file, or nothing that counts: it is not planned before it is complete. Raises ConductorError for a
        file without a row that can be used; of that nothing is stored."""
        clock, campaign = self._house.clock, None
        for lines in reading.batches("Reading"):
            campaign = campaign or await self._campaigns.begin(survey, channel, file, templates, clock.now(), begun_by)
            await self._campaigns.add(campaign, lines)
        assert campaign is not None  # or `batches` had raised
        touched_at = "" if self._detach else clock.now()
        await self._campaigns.stored(campaign, reading.file.rows, reading.account.so_far(), touched_at)
        self.number = campaign.id

    async def plan(self, account: Account) -> None:
        """Wait until it is planned, and plan it where no worker does. Raises ConductorError when it was stopped."""
        planning = Planning(self._campaigns, self._house.catalogue, self._house.clock, self._house.settings)
        bar = self._progress.add_task("Inviting", total=None)
        workers, before, unchanged = await self._workers(), -1, 0
        while (now := await self._now()).status == "stored":
            self._progress.update(bar, total=now.parts, completed=now.parts - now.left)
            if not workers and await planning.step(self.number) is not None:
                continue
            await asyncio.sleep(LOOK_SECONDS)
            unchanged = unchanged + 1 if now.left == before else 0
            before = now.left
            if unchanged >= PATIENCE:
                workers, unchanged = await self._workers(), 0
        if now.status == "stopped":
            raise ConductorError(f"The campaign was stopped: {now.reason}")
        async for outcome in self._campaigns.outcomes(self.number):
            account.add(outcome)

    async def _now(self) -> Campaign:
        found = await self._campaigns.of(self.number)
        assert found is not None
        return found

    async def _workers(self) -> bool:
        """Whether somebody else plans it."""
        settings = self._house.settings
        if not settings.grown:
            return False
        from bot.coordination.look import look

        known = await look(settings.redis_url.get_secret_value())
        return known is not None and known["workers"] > 0
