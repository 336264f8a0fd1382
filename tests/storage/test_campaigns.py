"""Campaigns on the database: stored in parts, each planned once, whoever dies or hurries."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
import sqlalchemy as sa

from bot.conversation.state import Outcome as Turn
from bot.errors import ConductorError
from bot.outreach.campaign import AT_A_LOOK, Campaign, Outcome, Planning
from bot.outreach.invite import Invitee
from bot.storage import campaigns as module
from bot.storage.campaigns import SqlCampaigns
from bot.storage.engine import Database
from bot.storage.store import SqlStore
from bot.storage.tables import campaign_parts, contacts, invitations
from channels.contract import Inbound
from tests.storage.test_invitations import LATER, NOW, POLICY, SURVEY, Catalogue, Clock

TOMORROW = "2026-11-23T12:00:01.000000+00:00"
SOON, AFTER_LONG = "2026-11-22T12:00:10.000000+00:00", "2026-11-22T12:00:31.000000+00:00"


class NoSurvey:
    async def live(self, key: str) -> Any:
        raise ConductorError("There is no survey delivery_nps.")


def planning(database: Database, now: str = NOW, catalogue: Any = None) -> Planning:
    return Planning(SqlCampaigns(database), catalogue or Catalogue(), Clock(now), POLICY)


async def stored(database: Database, parts: int = 3, each: int = 2, touched_at: str = "") -> Campaign:
    kept = SqlCampaigns(database)
    campaign = await kept.begin("delivery_nps", "sms", "customers.csv", None, NOW)
    for part in range(parts):
        lines = [(2 + part * each + n, person(part * each + n)) for n in range(each)]
        await kept.add(campaign, lines)
    await kept.stored(campaign, parts * each + 1, Outcome(bad=[99]), touched_at)
    return campaign


def person(number: int) -> Invitee:
    return Invitee("sms", f"+493090182{number:02}", f"N{number}", "de", {"tier": "gold"}, "twilio_sms")


async def count(database: Database, what: Any) -> int:
    async with database.read() as connection:
        return int((await connection.execute(sa.select(sa.func.count()).select_from(what))).scalar())


async def outcome_of(database: Database, campaign: Campaign) -> Outcome:
    whole = Outcome()
    async for one in SqlCampaigns(database).outcomes(campaign.id):
        whole.add(one)
    return whole


async def test_it_is_planned_part_by_part_and_then_done(database: Database) -> None:
    campaign, kept = await stored(database), SqlCampaigns(database)
    for left in (2, 1, 0):
        assert (await planning(database).step()) == Outcome(invited=2)
        now = await kept.of(campaign.id)
        assert now is not None
        assert (now.parts, now.left, now.status) == (3, left, "stored" if left else "done")
    assert await planning(database).step() is None
    assert await count(database, invitations) == 6
    assert await outcome_of(database, campaign) == Outcome(invited=6)
    assert now.found == Outcome(bad=[99])


async def test_what_was_planned_holds_no_contact_any_more(database: Database) -> None:
    await stored(database, parts=1)
    await planning(database).step()
    async with database.read() as connection:
        assert (await connection.execute(sa.select(campaign_parts.c.invitees))).scalar() == "[]"


async def test_while_the_file_is_read_nobody_is_invited(database: Database) -> None:
    """Whoever interrupts the command then has done nothing."""
    kept = SqlCampaigns(database)
    campaign = await kept.begin("delivery_nps", "sms", "customers.csv", None, NOW)
    await kept.add(campaign, [(2, person(1))])
    assert await planning(database).step() is None
    assert await planning(database).look() == 0
    assert await count(database, contacts) == 0


async def test_what_was_broken_off_is_forgotten_a_day_later(database: Database) -> None:
    kept = SqlCampaigns(database)
    await kept.add(await kept.begin("delivery_nps", "sms", "old.csv", None, NOW), [(2, person(1))])
    await kept.begin("delivery_nps", "sms", "new.csv", None, SOON)
    assert await count(database, campaign_parts) == 1
    await kept.begin("delivery_nps", "sms", "newer.csv", None, TOMORROW)
    assert await count(database, campaign_parts) == 0
    assert [one.file for one in await kept.known(9)] == ["newer.csv", "new.csv"]


async def test_a_file_with_nobody_to_be_asked_is_done_at_once(database: Database) -> None:
    campaign = await stored(database, parts=0)
    now = await SqlCampaigns(database).of(campaign.id)
    assert now is not None
    assert now.status == "done"


@pytest.mark.parametrize(("named", "kept"), [("mia", "mia"), ("", ""), ("x" * 300, "x" * 120)])
async def test_who_began_it_is_kept(database: Database, named: str, kept: str) -> None:
    campaigns = SqlCampaigns(database)
    begun = await campaigns.begin("delivery_nps", "sms", "customers.csv", ["en"], NOW, named)
    known = await campaigns.of(begun.id)
    assert known is not None
    assert (begun.begun_by, known.begun_by, known.templates) == (kept, kept, ["en"])


async def test_who_dies_in_a_part_leaves_it_as_it_was(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    campaign = await stored(database, parts=1)

    def dies(_: str) -> None:
        raise RuntimeError

    with monkeypatch.context() as patched:
        patched.setattr(module, "fault", dies)
        with pytest.raises(RuntimeError):
            await planning(database).step()
    assert await count(database, invitations) == 0
    await planning(database).step()
    assert await count(database, invitations) == 2
    assert await outcome_of(database, campaign) == Outcome(invited=2)


async def test_many_at_once_plan_each_part_once(database: Database) -> None:
    campaign = await stored(database, parts=6)

    async def plan() -> None:
        while await planning(database).step() is not None:
            pass

    await asyncio.gather(*(plan() for _ in range(4)))
    while await planning(database).step() is not None:
        pass
    assert await count(database, invitations) == 12
    assert await outcome_of(database, campaign) == Outcome(invited=12)


async def test_reasons_come_back_with_their_lines(database: Database) -> None:
    await stored(database, parts=2)
    while await planning(database).step() is not None:
        pass
    again = await stored(database, parts=2)
    while await planning(database, SOON).step() is not None:
        pass
    reason = "asked on 2026-11-22, within the last 30 days"
    assert await outcome_of(database, again) == Outcome(skipped={reason: [2, 3, 4, 5]})


async def test_a_survey_that_was_taken_back_stops_it(database: Database) -> None:
    campaign, kept = await stored(database), SqlCampaigns(database)
    assert await planning(database, catalogue=NoSurvey()).step() is None
    now = await kept.of(campaign.id)
    assert now is not None
    assert (now.status, now.reason, now.left) == ("stopped", "There is no survey delivery_nps.", 0)
    assert await planning(database).step() is None
    async with database.read() as connection:
        assert set((await connection.execute(sa.select(campaign_parts.c.invitees))).scalars()) == {"[]"}


async def test_a_server_leaves_to_others_what_they_are_planning(database: Database) -> None:
    await stored(database, touched_at=NOW)
    assert await planning(database, SOON).look() == 0


@pytest.mark.parametrize(("touched_at", "now"), [("", NOW), (NOW, AFTER_LONG)])
async def test_a_server_goes_on_with_what_was_left_until_it_is_done(
    database: Database, touched_at: str, now: str
) -> None:
    await stored(database, parts=AT_A_LOOK + 1, touched_at=touched_at)
    server, woken = planning(database, now), list[bool]()
    looks = [await server.look(lambda: woken.append(True)) for _ in range(3)]
    assert looks == [AT_A_LOOK, 1, 0]
    assert len(woken) == 2


async def test_the_newest_is_listed_first(database: Database) -> None:
    first, second = await stored(database), await stored(database)
    await planning(database, LATER).step(second.id)
    known = await SqlCampaigns(database).known(9)
    assert [(one.id, one.left) for one in known] == [(second.id, 2), (first.id, 3)]
    assert SURVEY.key == known[0].survey_key


async def deletes_their_data(database: Database, channel: str, address: str, external_id: str | None = None) -> None:
    store = SqlStore(database)
    here = (await store.accept(Inbound("web", channel, "m1", address, "delete my data"), NOW)).conversation
    if external_id:
        async with database.write() as connection:
            await connection.execute(sa.update(contacts).values(external_id=external_id))
    outcome = Turn(*(await store.next_message(here) or pytest.fail("no message")), NOW)
    outcome.forget_contact = outcome.opted_out = True
    await store.commit(outcome)


@pytest.mark.parametrize(
    ("channel", "address", "external_id"),
    [
        ("sms", "+49309018203", None),
        ("whatsapp", "+49309018203", None),  # the same number
        ("telegram", "77", 'C-"3"_%'),  # who the company knows by its own number, at an address that is new
    ],
)
async def test_who_had_their_data_deleted_stands_in_no_part_that_waits(
    database: Database, channel: str, address: str, external_id: str | None
) -> None:
    kept = SqlCampaigns(database)
    campaign = await kept.begin("delivery_nps", "sms", "customers.csv", None, NOW)
    three = Invitee("sms", "+49309018203", "Ada", "de", {"tier": "gold"}, "twilio_sms", 'C-"3"_%')
    await kept.add(campaign, [(2, person(1)), (3, three)])
    await kept.add(campaign, [(4, three)])
    await kept.add(campaign, [(5, Invitee("telegram", "09018203", provider="telegram", external_id="C-3"))])
    await kept.stored(campaign, 4, Outcome(), "")

    await deletes_their_data(database, channel, address, external_id)

    async with database.read() as connection:
        held = str((await connection.execute(sa.select(campaign_parts))).all())
    assert ("Ada" in held, "+49309018203" in held, 'C-\\"3' in held) == (False, False, False)
    while await planning(database).step() is not None:
        pass
    assert await count(database, invitations) == 2
    assert await outcome_of(database, campaign) == Outcome(invited=2, skipped={"opted out": [3, 4]})
    now = await kept.of(campaign.id)
    assert now is not None
    assert now.status == "done"


async def test_who_only_has_the_same_digits_elsewhere_stays_in_their_part(database: Database) -> None:
    await stored(database, parts=1)
    await deletes_their_data(database, "slack", person(0).address)
    assert await planning(database).step() == Outcome(invited=2)


async def test_a_campaign_that_is_stopped_plans_no_further_part_and_holds_nobody(database: Database) -> None:
    campaign, kept = await stored(database), SqlCampaigns(database)
    await planning(database).step()
    assert await kept.waiting("sms", "twilio_sms") == 2
    assert await kept.stop(campaign, "by hand", LATER)
    assert await planning(database).step() is None
    assert await count(database, invitations) == 2
    now = await kept.of(campaign.id)
    assert now is not None
    assert (now.status, now.reason, now.finished_at, now.left) == ("stopped", "by hand", LATER, 0)
    async with database.read() as connection:
        assert set((await connection.execute(sa.select(campaign_parts.c.invitees))).scalars()) == {"[]"}
    assert not await kept.stop(campaign, "again", LATER)


async def test_while_the_file_is_read_it_is_not_stopped(database: Database) -> None:
    """Whoever reads it would go on adding parts."""
    kept = SqlCampaigns(database)
    assert not await kept.stop(await kept.begin("delivery_nps", "sms", "customers.csv", None, NOW), "by hand", NOW)
