"""Inviting, on the database: one transaction, one contact per address, everybody asked at most once."""

from __future__ import annotations

import json
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa

from bot.outreach.invite import Invitee, invite, invite_all, preview
from bot.outreach.invitee import checked
from bot.storage.engine import Database
from bot.storage.invitations import SqlInvitations
from bot.storage.store import SqlStore
from bot.storage.tables import contacts, conversations, inbox, invitations
from channels.contract import Inbound
from tests.storage.seeding import Seed

NOW = "2026-11-22T12:00:00.000000+00:00"
LATER = "2026-12-25T12:00:00.000000+00:00"
POLICY = SimpleNamespace(default_region="DE", ask_again_after_days=30)
SURVEY: Any = SimpleNamespace(key="delivery_nps", languages=("en", "de"), language="en")
ANNA = Invitee("sms", "030 901820", "Anna", "de", {"tier": "gold"})


class Catalogue:
    async def live(self, key: str) -> Any:
        return SURVEY


class Clock:
    def __init__(self, time: str = NOW) -> None:
        self.time = time

    def now(self) -> str:
        return self.time


async def ask(database: Database, invitee: Invitee, now: str = NOW) -> Any:
    return await invite(SqlInvitations(database), Catalogue(), Clock(now), POLICY, "delivery_nps", invitee)


async def rows(database: Database, table: sa.Table) -> list[dict[str, Any]]:
    async with database.read() as connection:
        return [dict(row) for row in (await connection.execute(sa.select(table).order_by(table.c.id))).mappings()]


async def change(database: Database, table: sa.Table, **values: Any) -> None:
    async with database.write() as connection:
        await connection.execute(sa.update(table).values(**values))


async def test_an_invitation_is_a_row_and_a_message_for_the_server(database: Database) -> None:
    invited = await ask(database, ANNA)
    [contact], [conversation] = await rows(database, contacts), await rows(database, conversations)
    [invitation], [message] = await rows(database, invitations), await rows(database, inbox)
    assert (invited.reason, invited.language, invited.invitation) == ("", "de", invitation["id"])
    assert (contact["name"], contact["language"], json.loads(contact["attributes"])) == ("Anna", "de", {"tier": "gold"})
    assert (conversation["channel"], conversation["address"], conversation["provider"], conversation["owner"]) == (
        "sms",
        "+4930901820",
        "twilio_sms",
        "bot",
    )
    assert (invitation["status"], invitation["survey_key"], invitation["created_at"]) == ("queued", "delivery_nps", NOW)
    assert (message["provider"], message["message_id"], message["kind"], message["status"]) == (
        "conductor",
        f"invite-{invitation['id']}",
        "invite",
        "new",
    )
    assert json.loads(message["payload"]) == {
        "survey": "delivery_nps",
        "invitation": invitation["id"],
        "language": "de",
        "provider": "twilio_sms",
    }


async def test_twice_asks_once(database: Database) -> None:
    await ask(database, ANNA)
    again = await ask(database, ANNA)
    assert again.reason == "asked on 2026-11-22, within the last 30 days"
    assert len(await rows(database, inbox)) == 1


async def test_after_the_pause_the_same_contact_is_asked_again(database: Database) -> None:
    await ask(database, ANNA)
    assert (await ask(database, ANNA, LATER)).reason == ""
    assert len(await rows(database, contacts)) == len(await rows(database, conversations)) == 1
    assert len(await rows(database, invitations)) == 2


async def test_the_same_number_on_another_channel_is_the_same_contact(database: Database) -> None:
    await ask(database, ANNA)
    on_whatsapp = Invitee("whatsapp", "+4930901820")
    assert (await ask(database, on_whatsapp)).reason.startswith("asked on")
    assert (await ask(database, on_whatsapp, LATER)).reason == ""
    assert len(await rows(database, contacts)) == 1
    assert len(await rows(database, conversations)) == 2


async def test_who_was_skipped_by_the_server_may_be_asked_again(database: Database) -> None:
    await ask(database, ANNA)
    await change(database, invitations, status="skipped")
    assert (await ask(database, ANNA)).reason == ""


@pytest.mark.parametrize(
    ("table", "values", "reason"),
    [
        (contacts, {"opted_out_at": NOW}, "opted out"),
        (conversations, {"owner": "human"}, "a person has the conversation"),
    ],
    ids=["opted out", "human"],
)
async def test_the_database_knows_why_not(
    database: Database, table: sa.Table, values: dict[str, Any], reason: str
) -> None:
    await ask(database, ANNA)
    await change(database, table, **values)
    assert (await ask(database, ANNA, LATER)).reason == reason
    assert len(await rows(database, invitations)) == 1


@pytest.mark.parametrize(
    ("running", "reason", "waits"),
    [("delivery_nps", "this survey is running already in this conversation", False), ("effort_ces", "", True)],
)
async def test_while_a_survey_runs_another_may_be_invited_to(
    database: Database, running: str, reason: str, waits: bool
) -> None:
    contact_and_conversation = (1, (await ask(database, ANNA)).conversation)
    response = await Seed(database).response(contact_and_conversation, survey=running, status="active")
    await change(database, conversations, response_id=response, owner="survey", provider="web")
    again = await ask(database, ANNA, LATER)
    assert (again.reason, again.waits) == (reason, waits)
    [conversation] = await rows(database, conversations)
    assert conversation["provider"] == "web", "the survey that runs goes on where it is"


@pytest.mark.parametrize(("through", "carried_by"), [("", "twilio_sms"), ("web", "web")])
async def test_the_conversation_goes_to_the_provider_invited_through(
    database: Database, through: str, carried_by: str
) -> None:
    """Else the playground swallows what was meant for the customer."""
    await ask(database, replace(ANNA, provider="" if through else "web"))
    assert (await ask(database, replace(ANNA, provider=through), LATER)).reason == ""
    [conversation] = await rows(database, conversations)
    assert conversation["provider"] == carried_by


async def test_the_conversation_goes_to_the_provider_that_the_customer_last_wrote_through(database: Database) -> None:
    await ask(database, replace(ANNA, provider="web"))
    await SqlStore(database).accept(Inbound("twilio_sms", "sms", "SM1", "+4930901820", "Hello"), NOW)
    [conversation] = await rows(database, conversations)
    assert conversation["provider"] == "twilio_sms"


async def test_new_facts_about_a_contact_are_added(database: Database) -> None:
    await ask(database, ANNA)
    await ask(database, Invitee("sms", "+4930901820", attributes={"orders": "7"}), LATER)
    [contact] = await rows(database, contacts)
    assert (contact["name"], json.loads(contact["attributes"])) == ("Anna", {"tier": "gold", "orders": "7"})


async def test_a_batch_is_one_transaction(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    from bot.storage import invitations as module

    def fails_at_the_last_statement(*_: Any) -> Any:
        raise RuntimeError("power cut")

    monkeypatch.setattr(module, "_message", fails_at_the_last_statement)
    batch = [checked(Invitee("web", f"visitor {n}"), "DE") for n in range(3)]
    with pytest.raises(RuntimeError, match="power cut"):
        await invite_all(SqlInvitations(database), SURVEY, Clock(), POLICY, batch)
    for table in (contacts, conversations, invitations, inbox):
        assert await rows(database, table) == []


async def test_a_batch_of_known_and_new_people_keeps_its_order(database: Database) -> None:
    known = await ask(database, ANNA)
    wanted = [("web", "ben"), ("sms", "+4930901820"), ("whatsapp", "+4930901820"), ("web", "ben"), ("web", "carl")]
    batch = [checked(Invitee(channel, address), "DE") for channel, address in wanted]
    outcomes = await invite_all(SqlInvitations(database), SURVEY, Clock(LATER), POLICY, batch)
    assert [bool(outcome.reason) for outcome in outcomes] == [False, False, True, True, False]
    assert outcomes[1].conversation == known.conversation
    addresses = {row["id"]: row["address"] for row in await rows(database, conversations)}
    messages = {row["message_id"]: row["conversation_id"] for row in await rows(database, inbox)}
    for outcome, (_, address) in zip(outcomes, wanted, strict=True):
        if not outcome.reason:
            assert addresses[messages[f"invite-{outcome.invitation}"]] == address


async def test_a_batch_takes_few_statements(database: Database) -> None:
    statements: list[str] = []
    database.on_statement(lambda text, _values: statements.append(text))
    batch = [checked(Invitee("web", f"visitor {n}"), "DE") for n in range(200)]
    await invite_all(SqlInvitations(database), SURVEY, Clock(), POLICY, batch)
    assert len(await rows(database, inbox)) == 200
    assert len(statements) < 15


async def test_within_a_batch_nobody_is_asked_twice(database: Database) -> None:
    batch = [checked(Invitee("web", "anna"), "DE")] * 2
    outcomes = await invite_all(SqlInvitations(database), SURVEY, Clock(), POLICY, batch)
    assert [bool(outcome.reason) for outcome in outcomes] == [False, True]


async def test_a_preview_changes_nothing(database: Database) -> None:
    outcomes = await preview(SqlInvitations(database), SURVEY, Clock(), POLICY, [checked(ANNA, "DE")])
    assert [(o.reason, o.language, o.invitation) for o in outcomes] == [("", "de", None)]
    assert await rows(database, contacts) == []


KNOWN = replace(ANNA, external_id="C-1")


@pytest.mark.parametrize(
    ("second", "reason", "contacts_after"),
    [
        (replace(KNOWN, channel="telegram", address="4711"), "", ["C-1"]),
        (replace(KNOWN, external_id=None), "", ["C-1"]),
        (replace(KNOWN, external_id=" C-1 "), "", ["C-1"]),
        (replace(KNOWN, external_id="C-2"), "the address is that of a contact with another external id", ["C-1"]),
        (replace(KNOWN, channel="telegram", address="4711", external_id="C-2"), "", ["C-1", "C-2"]),
        (replace(KNOWN, channel="telegram", address="4711", external_id=None), "", ["C-1", None]),
    ],
)
async def test_an_external_id_names_the_contact(
    database: Database, second: Invitee, reason: str, contacts_after: list[str | None]
) -> None:
    await ask(database, KNOWN)
    await change(database, inbox, status="done")
    assert (await ask(database, second, LATER)).reason == reason
    assert [row["external_id"] for row in await rows(database, contacts)] == contacts_after


async def test_a_known_address_takes_the_external_id(database: Database) -> None:
    await ask(database, ANNA)
    assert (await ask(database, KNOWN, LATER)).reason == ""
    assert [row["external_id"] for row in await rows(database, contacts)] == ["C-1"]


async def test_an_invitation_never_makes_two_contacts_one(database: Database) -> None:
    stranger = Invitee("telegram", "4711")
    await ask(database, KNOWN)
    await ask(database, stranger)
    asked = await ask(database, replace(stranger, external_id="C-1"), LATER)
    assert asked.reason == "the external id is another contact's; a link code can make them one"
    assert len(await rows(database, contacts)) == 2


async def test_who_opted_out_elsewhere_is_known_by_the_external_id(database: Database) -> None:
    await ask(database, KNOWN)
    await change(database, contacts, opted_out_at=NOW)
    assert (await ask(database, Invitee("telegram", "4711", external_id="C-1"), LATER)).reason == "opted out"


async def test_one_external_id_twice_in_a_batch_is_one_contact(database: Database) -> None:
    both = [checked(KNOWN, "DE"), Invitee("telegram", "4711", provider="telegram", external_id="C-1")]
    outcomes = await invite_all(SqlInvitations(database), SURVEY, Clock(), POLICY, both)
    assert [outcome.reason[:8] for outcome in outcomes] == ["", "asked on"]
    assert len(await rows(database, contacts)) == 1
