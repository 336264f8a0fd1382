"""Templates between our client and a strict local Twilio: created, submitted, followed, sent."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from channels.contract import Outbound, SendError
from channels.twilio.local_provider import ACCOUNT_SID, AUTH_TOKEN
from channels.twilio.settings import Account
from channels.twilio_whatsapp.approvals import Approvals
from channels.twilio_whatsapp.template import Approval, Template, template
from survey_flows.opening import Opening, Pipe
from survey_flows.prompt import Choice, Prompt
from tests.channels.twilio_whatsapp.conftest import CUSTOMER, PUBLIC_URL, Chat

CONTRACTS = Path(__file__).parents[4] / "shared/contracts"
GREETING = ("Hello ", Pipe("{contact.name}", "Ada"), ", one question.")
SCALE = Prompt("q", "scale", "How easy?", "en", tuple(Choice(n, str(n)) for n in range(1, 6)))
TEMPLATE = template("ease", "en", Opening(GREETING, SCALE))
"""Five buttons: they need an approval, also within the 24 hours."""


@pytest.fixture
def approvals(chat: Chat) -> Approvals:
    return Approvals(Account(ACCOUNT_SID, AUTH_TOKEN, PUBLIC_URL, chat.twilio.url))


async def pushed(approvals: Approvals, made: Template = TEMPLATE) -> str:
    sid = await approvals.create(made.definition)
    await approvals.submit(sid, made.name, "UTILITY")
    return sid


async def test_a_template_is_followed_until_meta_has_decided(chat: Chat, approvals: Approvals) -> None:
    assert await approvals.known() == {}
    sid = await approvals.create(TEMPLATE.definition)
    assert await approvals.known() == {TEMPLATE.name: Approval(sid)}
    assert await approvals.submit(sid, TEMPLATE.name, "UTILITY") == Approval(sid, "pending", "UTILITY")
    chat.twilio.decide("rejected", "TAG_CONTENT_MISMATCH")
    assert await approvals.of(sid) == Approval(sid, "rejected", "UTILITY", "TAG_CONTENT_MISMATCH")
    assert await approvals.known() == {TEMPLATE.name: await approvals.of(sid)}


def sent_to(sid: str) -> Outbound:
    return Outbound("Hello …", role="template", data={"content_sid": sid, "variables": {"1": "Ada"}})


@pytest.mark.parametrize("status", ["pending", "rejected", "paused"])
async def test_outside_the_window_only_an_approved_template_goes(chat: Chat, approvals: Approvals, status: str) -> None:
    sid = await pushed(approvals)
    now = chat.twilio.now() + timedelta(hours=24)
    chat.twilio.now = lambda: now
    chat.twilio.decide(status)
    for message in (Outbound("Hello"), sent_to(sid)):
        with pytest.raises(SendError) as caught:
            await chat.client.send("whatsapp", CUSTOMER, message, "out-1")
        assert caught.value.retry == ("withhold" if message.role == "notice" else "never")
    chat.twilio.decide("approved")
    await chat.client.send("whatsapp", CUSTOMER, sent_to(sid), "out-2")

    assert chat.seen == ["Hello Ada, one question.\n\nHow easy?\n1 – 5\n[1]\n[2]\n[3]\n[4]\n[5]"]


async def test_the_customers_tap_opens_the_window_and_names_survey_and_answer(chat: Chat, approvals: Approvals) -> None:
    chat.twilio.decides = "approved"
    sid = await pushed(approvals)
    chat.twilio.heard.clear()
    await chat.client.send("whatsapp", CUSTOMER, sent_to(sid), "out-1")
    await chat.says("", **chat.twilio.tapped(chat.twilio.sent[0], "5"))
    await chat.client.send("whatsapp", CUSTOMER, Outbound("Thank you"), "out-2")

    assert [m.picked for m in chat.recorder.messages] == [{"survey": "ease", "question": "q", "value": 5}]
    assert len(chat.seen) == 2


async def test_a_template_that_is_gone_is_not_sent_as_text(chat: Chat) -> None:
    with pytest.raises(SendError) as caught:
        await chat.client.send("whatsapp", CUSTOMER, sent_to("HX" + "9" * 32), "out-1")
    assert (caught.value.retry, chat.seen) == ("never", [])


async def test_more_than_three_buttons_need_an_approval_also_inside_the_window(
    chat: Chat, approvals: Approvals
) -> None:
    sid = await pushed(approvals)
    with pytest.raises(SendError):
        await chat.client.send("whatsapp", CUSTOMER, sent_to(sid), "out-1")
    chat.twilio.decide("approved")
    await chat.client.send("whatsapp", CUSTOMER, sent_to(sid), "out-2")
    assert len(chat.seen) == 1


async def test_what_meta_would_reject_is_rejected_here(chat: Chat, approvals: Approvals) -> None:
    chat.twilio.decides = "approved"
    bad = {**TEMPLATE.definition, "types": {"twilio/quick-reply": {**_kind(TEMPLATE), "body": "{{1}}, one question."}}}
    sid = await approvals.create(bad)
    decided = await approvals.submit(sid, TEMPLATE.name, "UTILITY")
    assert (decided.status, "beginning" in decided.reason) == ("rejected", True)


async def test_wrong_credentials_are_an_error_with_a_sentence(chat: Chat, approvals: Approvals) -> None:
    chat.twilio.auth_token = "another"
    with pytest.raises(SendError, match="TWILIO_AUTH_TOKEN"):
        await approvals.known()


@pytest.mark.parametrize(("name", "category"), [("With Capitals", "UTILITY"), ("fine", "SURVEY")])
async def test_a_submission_that_whatsapp_does_not_know(approvals: Approvals, name: str, category: str) -> None:
    sid = await approvals.create(TEMPLATE.definition)
    with pytest.raises(SendError):
        await approvals.submit(sid, name, category)


def _kind(made: Template) -> dict[str, Any]:
    kind: dict[str, Any] = made.definition["types"]["twilio/quick-reply"]
    return kind


@pytest.mark.parametrize("contract", [None, *CONTRACTS.glob("twilio_content_v1.json")])
def test_templates_keep_the_contract(contract: Path | None) -> None:
    """Our own rules always, and Twilio's OpenAPI file where it is at hand."""
    content: dict[str, Any] = {"required": ["language", "types"]}
    approval: dict[str, Any] = {"required": ["name", "category"]}
    if contract is not None:
        api = json.loads(contract.read_text())
        more = {"components": api["components"], "additionalProperties": False}
        schemas = api["components"]["schemas"]
        content, approval = ({**schemas[name], **more} for name in ("ContentCreateRequest", "ContentApprovalRequest"))
        assert "/v1/ContentAndApprovals" in api["paths"]
        assert "post" in api["paths"]["/v1/Content/{ContentSid}/ApprovalRequests/whatsapp"]
        assert "get" in api["paths"]["/v1/Content/{Sid}/ApprovalRequests"]
    jsonschema.validate(TEMPLATE.definition, content)
    jsonschema.validate({"name": TEMPLATE.name, "category": "UTILITY"}, approval)
