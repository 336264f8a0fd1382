"""The inbox over HTTP: what each role sees and may do; the rest is tried in a browser."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import aiohttp
import pytest
import sqlalchemy as sa

from bot.identity.roles import Role
from bot.storage.agent_tools import Canned, SqlCanned
from bot.storage.tables import answers, cases, conversations, outbox, presence
from channels.contract import Outbound, SendError
from tests.console.desk.client import Desk
from tests.storage.inbox_house import NOW, SURVEY, House

INBOX = "/console/inbox"


@pytest.fixture
def house(desk: Desk) -> House:
    return House(desk.conductor.database)


async def row(desk: Desk, table: sa.Table, number: int) -> Any:
    async with desk.conductor.database.read() as connection:
        return (await connection.execute(sa.select(table).where(table.c.id == number))).mappings().one()


async def test_the_page_has_the_list_and_the_case(desk: Desk, house: House) -> None:
    customer = await house.customer("sms", "Ada Lovelace")
    await house.said(customer[1], "It came broken", "11:00")
    case = await house.case(customer=customer, metric="nps", score=2.0, band="detractor")
    kim = await desk.signed_in()
    page = await kim.get(f"{INBOX}?view=all&case={case}")
    assert page.status == 200
    for words in ("Ada Lovelace", "It came broken", "detractor", "Claim", "The bot has this chat"):
        assert words in page.text, words
    assert "style=" not in page.text
    assert "onclick" not in page.text


async def test_a_customer_who_waits_for_a_person_is_not_with_the_bot(desk: Desk, house: House) -> None:
    customer = await house.customer("sms", "Ada Lovelace")
    case = await house.case(customer=customer)
    async with desk.conductor.database.write() as connection:
        here = conversations.c.id == customer[1]
        await connection.execute(sa.update(conversations).where(here).values(owner="human"))
    page = await (await desk.signed_in()).get(f"{INBOX}?view=all&case={case}")
    assert "nobody has taken over yet" in page.text
    assert "The bot has this chat" not in page.text


@pytest.mark.parametrize(
    ("owner", "answer", "unanswered"),
    [
        ("human", {}, "yes"),
        ("human", {"role": "agent"}, "no"),
        ("human", {"role": "agent", "status": "withheld"}, "yes"),
        ("human", {"role": "notice"}, "yes"),
        ("survey", {}, "no"),
    ],
)
async def test_resolving_warns_of_a_last_message_without_an_answer(
    desk: Desk, house: House, owner: str, answer: dict[str, Any], unanswered: str
) -> None:
    customer = await house.customer("sms", "Ada Lovelace")
    case = await house.case(customer=customer)
    async with desk.conductor.database.write() as connection:
        here = conversations.c.id == customer[1]
        await connection.execute(sa.update(conversations).where(here).values(owner=owner))
    await house.said(customer[1], "What are your opening hours?", "11:00")
    if answer:
        await house.sent(customer[1], "At nine.", "11:05", **answer)
    page = await (await desk.signed_in()).get(f"{INBOX}?view=all&case={case}")
    assert f'data-unanswered="{unanswered}" data-may=' in page.text
    assert "has no answer yet" in page.words


async def test_german_is_german(desk: Desk, house: House) -> None:
    case = await house.case()
    page = await (await desk.signed_in(language="de")).get(f"{INBOX}?view=all&case={case}")
    assert "Übernehmen" in page.words
    assert "Claim" not in page.words


async def test_markup_of_a_customer_stays_text(desk: Desk, house: House) -> None:
    customer = await house.customer("sms", "<img src=x>")
    await house.said(customer[1], "<script>alert(1)</script>", "11:00")
    case = await house.case(customer=customer)
    page = await (await desk.signed_in()).get(f"{INBOX}?view=all&case={case}")
    assert "<img src=x>" not in page.text
    assert "<script>alert" not in page.text


async def test_two_agents_race_and_the_loser_is_told_who(desk: Desk, house: House) -> None:
    case = await house.case()
    kim, lee = await desk.signed_in(), await desk.signed_in(login="lee@example.com")
    answers = await asyncio.gather(*(b.send(f"{INBOX}/cases/{case}/claim", {}) for b in (kim, lee)))
    assert sorted(answer.status for answer in answers) == [200, 422]
    winner = (await row(desk, cases, case))["agent"]
    [lost] = [answer for answer in answers if answer.status == 422]
    assert f"{winner} has this conversation already" in lost.text


async def test_from_the_claim_to_the_end(desk: Desk, house: House) -> None:
    case = await house.case()
    here = (await row(desk, cases, case))["conversation_id"]
    kim = await desk.signed_in()

    async def act(deed: str, **data: Any) -> dict[str, Any]:
        answer = await kim.send(f"{INBOX}/cases/{case}/{deed}", data)
        assert answer.status == 200, answer.text
        return dict(json.loads(answer.text))

    await act("claim")
    await act("note", text="Ring her up.")
    sent = await act("reply", text="I am sorry.")
    assert (await act("undo", letter=str(sent["letter"])))["text"] == "I am sorry."
    sent = await act("reply", text="I am very sorry.")
    assert (await row(desk, outbox, sent["letter"]))["status"] == "queued"
    await act("snooze", until="in_1_hour")
    await act("resolve", cause="late", action="Sent a new one", resume=False)
    assert (await row(desk, cases, case))["status"] == "resolved"
    assert (await row(desk, conversations, here))["owner"] == "bot"
    await act("reopen")
    page = await kim.get(f"{INBOX}/cases/{case}")
    for words in ("Ring her up.", "I am very sorry.", "Taken back by the agent"):
        assert words in page.text, words


async def test_resolving_needs_a_cause_and_an_action(desk: Desk, house: House) -> None:
    case = await house.case()
    kim = await desk.signed_in()
    for data in ({}, {"cause": "late"}, {"cause": "late", "action": ""}, {"cause": "weather", "action": "x"}):
        assert (await kim.send(f"{INBOX}/cases/{case}/resolve", data)).status == 422, data
    assert (await row(desk, cases, case))["status"] == "new"


@pytest.mark.parametrize("deed", ["claim", "reply", "note", "transfer", "snooze", "resolve", "hand_back", "undo"])
async def test_a_case_of_another_team_is_out_of_reach(desk: Desk, house: House, deed: str) -> None:
    case = await house.case(team="press")
    kim = await desk.signed_in(teams=["care"])
    assert (await kim.get(f"{INBOX}/cases/{case}")).status == 422
    data = {"text": "x", "team": "care", "until": "tomorrow", "cause": "late", "action": "x", "letter": "1"}
    answer = await kim.send(f"{INBOX}/cases/{case}/{deed}", data)
    assert (answer.status, f"no case {case} for you" in answer.text) == (422, True)


@pytest.mark.parametrize("role", [Role.ANALYST, Role.AUDITOR])
async def test_who_only_reads_changes_nothing(desk: Desk, house: House, role: Role) -> None:
    case = await house.case()
    reader = await desk.signed_in(role)
    assert (await reader.get(f"{INBOX}/cases/{case}")).status == 200
    assert (await reader.send(f"{INBOX}/cases/{case}/claim", {})).status == 403
    assert (await row(desk, cases, case))["agent"] is None


@pytest.mark.parametrize(("role", "promised"), [(Role.AGENT, "Name, address"), (Role.ANALYST, "Case number")])
async def test_search_promises_what_it_finds(desk: Desk, role: Role, promised: str) -> None:
    page = await (await desk.signed_in(role)).get(INBOX)
    assert f'placeholder="{promised}' in page.text


async def test_an_analysts_pages_hold_no_personal_data(desk: Desk, house: House) -> None:
    customer = await house.customer("sms", "Ada Lovelace")
    await house.said(customer[1], "It came broken", "11:00")
    case = await house.case(customer=customer, score=2.0, band="detractor", metric="nps", verbatim="Ada is angry")
    analyst = await desk.signed_in(Role.ANALYST)
    for path in (f"{INBOX}?view=all&case={case}", f"{INBOX}/cases/{case}", f"{INBOX}/list?view=all", "/console/live"):
        page = await analyst.get(path)
        assert page.status == 200, path
        assert not [word for word in ("Ada", "broken", "angry", "+4930901") if word in page.text], path


async def test_a_forged_token_and_a_foreign_page_are_refused(desk: Desk, house: House) -> None:
    case = await house.case()
    kim = await desk.signed_in()
    path = f"{INBOX}/cases/{case}/claim"
    assert (await kim.send(path, {}, **{"X-CSRF-Token": "forged"})).status == 403
    assert (await kim.send(path, {}, Origin="https://evil.example")).status == 403
    assert (await row(desk, cases, case))["agent"] is None


async def test_live_news_go_to_our_own_pages_only(desk: Desk, house: House) -> None:
    kim = await desk.signed_in()
    path = f"{INBOX}/events"
    assert (await kim.get(path, Accept="text/event-stream")).status == 403
    foreign = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    assert (await kim.get(path, Accept="text/event-stream", **foreign)).status == 403
    assert (await desk.browser().get(path, Accept="text/event-stream")).status == 401

    ours = {"Cookie": "; ".join(f"{k}={v}" for k, v in kim.cookies.items()), "Sec-Fetch-Site": "same-origin"}
    async with desk.session.get(desk.url + path, headers=ours) as stream:
        assert stream.headers["Content-Type"].startswith("text/event-stream")
        assert b"hello" in await stream.content.readline()
        await stream.content.readline()
        desk.conductor.events.publish(7, "inbound", {"text": "a customer's words"})
        hint = (await stream.content.readline()).decode()
    assert json.loads(hint.removeprefix("data: ")) == {"kind": "inbound", "conversation": 7, "case": None}


async def test_others_see_who_looks_and_who_types(desk: Desk, house: House) -> None:
    case = await house.case()
    kim, lee = await desk.signed_in(), await desk.signed_in(login="lee@example.com")
    await kim.send(f"{INBOX}/here", {"page": "p1", "case": str(case), "typing": True})
    seen = json.loads((await lee.send(f"{INBOX}/here", {"page": "p2", "case": str(case)})).text)
    assert seen == {"others": [{"agent": "Kim", "typing": True}]}
    await kim.send(f"{INBOX}/gone", {"page": "p1"})
    seen = json.loads((await lee.send(f"{INBOX}/here", {"page": "p2", "case": str(case)})).text)
    assert seen == {"others": []}
    async with desk.conductor.database.read() as connection:
        assert (await connection.execute(sa.select(sa.func.count()).select_from(presence))).scalar() == 1


async def test_shortcuts_are_the_agents_own_and_stay(desk: Desk, house: House) -> None:
    kim = await desk.signed_in()
    assert (await kim.send(f"{INBOX}/shortcuts", {"claim": "j"})).status == 422
    kept = await kim.send(f"{INBOX}/shortcuts", {"claim": "a"})
    assert json.loads(kept.text)["keys"]["claim"] == "a"
    assert "&#34;claim&#34;: &#34;a&#34;" in (await kim.get(INBOX)).text
    lee = await desk.signed_in(login="lee@example.com")
    assert "&#34;claim&#34;: &#34;c&#34;" in (await lee.get(INBOX)).text


async def test_a_canned_reply_is_the_teams_in_the_customers_language(desk: Desk, house: House) -> None:
    canned = SqlCanned(desk.conductor.database)
    for team, language, name in [
        ("care", "en", "sorry"),
        ("", "en", "bye"),
        ("press", "en", "no"),
        ("care", "de", "leid"),
    ]:
        await canned.keep(Canned(0, team, language, name, "Dear {name}, {0.real} {agent}"), "Kim", NOW)
    case = await house.case(customer=await house.customer("sms", "Ada"))
    found = await (await desk.signed_in()).get(f"{INBOX}/cases/{case}/canned", Accept="application/json")
    assert json.loads(found.text)["canned"] == [
        {"name": name, "text": "Dear Ada, {0.real} Kim"} for name in ("bye", "sorry")
    ]


async def test_a_transfer_goes_to_somebody_who_works_there(desk: Desk, house: House) -> None:
    case = await house.case()
    kim = await desk.signed_in()
    await desk.add("lee@example.com", teams=["care_lead"])
    await desk.add("ana@example.com", Role.ANALYST)
    path = f"{INBOX}/cases/{case}/transfer"
    assert (await kim.send(path, {"team": "care", "agent": "Lee"})).status == 422
    assert (await kim.send(path, {"team": "care_lead", "agent": "Ana"})).status == 422
    assert (await kim.send(path, {"team": "care_lead", "agent": "Lee", "note": "Please"})).status == 200
    assert (await row(desk, cases, case))["agent"] == "Lee"


@pytest.mark.parametrize(
    "query", ["view=nonsense", "case=abc", "case=99999999999999999999", "after=x", "lines=-1&case=1"]
)
async def test_an_address_that_somebody_made_up_breaks_nothing(desk: Desk, house: House, query: str) -> None:
    await house.case()
    assert (await (await desk.signed_in()).get(f"{INBOX}?{query}")).status in (200, 422)


async def test_the_stream_ends_with_the_reader(desk: Desk) -> None:
    """Pages come and go; what they listened with must go, too."""
    kim = await desk.signed_in()
    ours = {"Cookie": "; ".join(f"{k}={v}" for k, v in kim.cookies.items()), "Sec-Fetch-Site": "same-origin"}
    async with aiohttp.ClientSession() as session, session.get(f"{desk.url}{INBOX}/events", headers=ours) as stream:
        await stream.content.readline()
    assert len(desk.conductor.events._queues.get(None, ())) <= 1


class Keeper:
    """A telephone company that has one recording, and gives out no other."""

    async def send(self, channel: str, address: str, message: Outbound, key: str) -> str:
        raise AssertionError("nothing is sent here")

    async def recording(self, recording: str) -> tuple[bytes, str]:
        if recording != "RE1":
            raise SendError("There is no such recording.", "never")
        return b"RIFF: it came late", "audio/wav"


async def spoken(desk: Desk, house: House, recording: str, **values: Any) -> tuple[int, str]:
    """A case in which somebody spoke: its number, and where the sound is."""
    desk.conductor.senders["twilio_voice"] = Keeper()
    customer = await house.customer("voice", "Ada Lovelace")
    facts = {"provider": "twilio_voice", "payload": json.dumps({"recording": recording})}
    said = await house.said(customer[1], "(spoken)", "11:00", **facts)
    case = await house.case(customer=customer, channel="voice", **values)
    return case, f"{INBOX}/cases/{case}/recordings/in-{said}"


async def test_what_a_caller_said_can_be_listened_to(desk: Desk, house: House) -> None:
    case, sound = await spoken(desk, house, "RE1")
    kim = await desk.signed_in()

    page = await kim.get(f"{INBOX}/cases/{case}")
    heard = await kim.get(sound)

    assert f'<audio controls preload="none" src="{sound}"' in page.text
    assert "media-src 'self'" in page.headers["Content-Security-Policy"]
    assert (heard.status, heard.text, heard.headers["Content-Type"]) == (200, "RIFF: it came late", "audio/wav")
    assert heard.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("language", "line", "answer", "row"),
    [
        ("en", "(pressed 1: Yes)", "<b>Yes</b>", "(pressed 1)"),
        ("de", "(Taste 1: Yes)", "<b>Yes</b>", "(Taste 1)"),  # the answer in the customer's language, as everywhere
    ],
)
async def test_a_pressed_key_is_told_with_what_it_meant(
    desk: Desk, house: House, language: str, line: str, answer: str, row: str
) -> None:
    customer = await house.customer("voice", "Ada Lovelace")
    said = await house.said(customer[1], "", "11:00", payload=json.dumps({"keys": "1"}))
    await answered(desk, house, customer, said, json.dumps(True), type="yes_no")
    case = await house.case(customer=customer, channel="voice")
    page = await (await desk.signed_in(language=language)).get(f"{INBOX}?view=all&case={case}")
    for words in (line, answer, f'<span class="said">{row}</span>'):
        assert words in page.text, words
    assert "True" not in page.words


@pytest.mark.parametrize(
    ("language", "status"), [("en", "(spoken, not written down)"), ("de", "(gesprochen, nicht aufgeschrieben)")]
)
async def test_what_is_not_written_down_is_no_skipped_question(
    desk: Desk, house: House, language: str, status: str
) -> None:
    customer = await house.customer("voice", "Ada Lovelace")
    said = await house.said(customer[1], "", "11:00", payload=json.dumps({"recording": "RE1"}))
    await answered(desk, house, customer, said, None, node="why", type="text")
    case = await house.case(customer=customer, channel="voice")
    page = await (await desk.signed_in(language=language)).get(f"{INBOX}/cases/{case}")
    assert page.text.count(status) == 2, "as what was said, and as the answer"
    assert "<blockquote>" not in page.text


async def answered(
    desk: Desk, house: House, customer: tuple[int, int], said: int, value: str | None, **values: Any
) -> None:
    """An answer in a survey, of the message `said`."""
    survey = (await desk.conductor.catalogue.publish(SURVEY, NOW)).survey
    response = await house.response(customer, fingerprint=survey.fingerprint)
    facts = {"response_id": response, "node": "score", "question": "score", "value": value, "inbox_id": said}
    await house.insert(answers, **{**facts, "answered_at": NOW, **values})


@pytest.mark.parametrize("recording", ["RE2", ""])
async def test_a_recording_that_is_gone_is_said_to_be_so(desk: Desk, house: House, recording: str) -> None:
    _, sound = await spoken(desk, house, recording)
    answer = await (await desk.signed_in()).get(sound)

    assert answer.status == 404
    assert "The recording is not there any more" in answer.words


async def test_nobody_hears_a_voice_who_may_not_read_the_words(desk: Desk, house: House) -> None:
    case, sound = await spoken(desk, house, "RE1", team="care")
    stranger = await desk.signed_in(login="lee@example.com", teams=("retention",))
    analyst = await desk.signed_in(Role.ANALYST, login="ann@example.com")

    assert "<audio" not in (await analyst.get(f"{INBOX}/cases/{case}")).text
    assert [(await browser.get(sound)).status for browser in (stranger, analyst)] == [422, 404]
    assert (await desk.browser().get(sound)).to.startswith("/console/sign-in")
