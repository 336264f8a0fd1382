"""A campaign that workers plan: killed in the middle of their parts, every contact is invited exactly once."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

from bot.outreach.campaign import Outcome
from bot.outreach.invite import Invitee
from bot.storage.campaigns import SqlCampaigns
from bot.storage.catalogue import SqlCatalogue
from bot.storage.engine import Database
from tests.backends import Backend, in_a_loop
from tests.doubles import NOON
from tests.faults.many import Provider, rows
from tests.faults.test_workers import never, worker

PARTS, EACH = 30, 20
SURVEY = Path(__file__).resolve().parents[2] / "survey_flows" / "definitions" / "delivery_nps.yml"


def campaign(backend: Backend) -> None:
    """Somebody called `conductor invite --detach`."""

    async def write() -> None:
        database = Database(backend.database_url)
        await SqlCatalogue(database).publish(SURVEY.read_text(), NOON, str(SURVEY))
        kept = SqlCampaigns(database)
        made = await kept.begin("delivery_nps", "sms", "customers.csv", None, NOON)
        for part in range(PARTS):
            lines = [(part * EACH + n, person(part * EACH + n)) for n in range(EACH)]
            await kept.add(made, lines)
        await kept.stored(made, PARTS * EACH, Outcome(), "")
        await database.close()

    in_a_loop(write())


def person(number: int) -> Invitee:
    return Invitee("sms", f"+1415{2000000 + number}", f"N{number}", "en", {}, "web")


def test_every_contact_is_invited_once_whichever_workers_die(grown: Backend, tmp_path: Path) -> None:
    provider = Provider(tmp_path / "provider.txt")
    campaign(grown)
    assert worker(grown, provider, never, fault="planned").end() == -signal.SIGKILL
    assert rows(grown, "select 1 from invitations") == [], "it died in the middle of its first part"

    async def half() -> bool:
        return await asyncio.to_thread(lambda: planned(grown) >= PARTS // 3)

    async def done() -> bool:
        return await asyncio.to_thread(lambda: rows(grown, "select status from campaigns") == [("done",)])

    async def is_killed() -> bool:
        if await half():
            os.kill(os.getpid(), signal.SIGKILL)
        return False

    killed, other = worker(grown, provider, is_killed), worker(grown, provider, done)
    assert killed.end() == -signal.SIGKILL
    assert other.end() == 0

    asked = rows(grown, "select address, count(*) from invitations join conversations on conversations.id = "
                        "conversation_id group by address")  # fmt: skip
    assert sorted(asked) == [(person(number).address, 1) for number in range(PARTS * EACH)]
    assert rows(grown, "select count(*) from inbox where kind = 'invite'") == [(PARTS * EACH,)]


def planned(backend: Backend) -> int:
    [(count,)] = rows(backend, "select count(*) from campaign_parts where status = 'done'")
    return int(count)
