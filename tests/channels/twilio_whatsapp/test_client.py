"""Sending WhatsApp messages with the official SDK to a strict local Twilio, over HTTP."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from channels.contract import Outbound, SendError
from channels.testing import gated
from channels.twilio.local_provider import ACCOUNT_SID, AUTH_TOKEN, Trouble
from channels.twilio.settings import Account
from channels.twilio_whatsapp.client import TwilioWhatsappClient
from channels.twilio_whatsapp.settings import TwilioWhatsappSettings
from tests.channels.twilio_whatsapp.conftest import CUSTOMER, PUBLIC_URL, SENDER, Chat
from tests.channels.twilio_whatsapp.test_render import LIST, YES_NO

CONTRACTS = Path(__file__).parents[4] / "shared/contracts"
AS_TEXT = "Again?\n1. Yes\n2. No\nReply with a number"


async def send(chat: Chat, message: Outbound, key: str = "out-1") -> str:
    return await chat.client.send("whatsapp", CUSTOMER, message, key)


async def refused(chat: Chat, message: Outbound = Outbound("Hello")) -> SendError:  # noqa: B008 (frozen)
    with pytest.raises(SendError) as caught:
        await send(chat, message)
    return caught.value


async def test_a_notice_goes_as_text_to_the_whatsapp_address(chat: Chat) -> None:
    sid = await send(chat, Outbound("Hello"), "out-7")

    assert [(sent.sid, sent.form) for sent in chat.twilio.sent] == [
        (
            sid,
            {
                "To": [f"whatsapp:{CUSTOMER}"],
                "From": [f"whatsapp:{SENDER}"],
                "Body": ["Hello"],
                "StatusCallback": [f"{PUBLIC_URL}/webhooks/twilio_whatsapp/status?key=out-7"],
            },
        )
    ]


@pytest.mark.parametrize(
    ("message", "seen"),
    [
        (YES_NO, "Again?\n[Yes]\n[No]"),
        (LIST, "How easy?\nBe frank.\n1 (hard) – 5 (easy)\n[1]\n[2]\n[3]\n[4]\n[5]"),
    ],
)
async def test_a_question_can_be_tapped(chat: Chat, message: Outbound, seen: str) -> None:
    await send(chat, message)

    assert chat.seen == [seen]


async def test_a_question_is_defined_once_for_all_customers(chat: Chat) -> None:
    for number in range(3):
        await send(chat, YES_NO, f"out-{number}")

    assert (len(chat.twilio.sent), len(chat.twilio.contents)) == (3, 1)


@pytest.mark.parametrize(
    "trouble", [Trouble(400, 20001), Trouble(403), Trouble(429, 20429), Trouble(500), Trouble(504)]
)
async def test_without_a_content_the_question_goes_as_text(chat: Chat, trouble: Trouble) -> None:
    chat.twilio.content_troubles.append(trouble)

    await send(chat, YES_NO, "out-1")
    await send(chat, YES_NO, "out-2")

    assert chat.seen == [AS_TEXT, "Again?\n[Yes]\n[No]"]


async def test_a_content_that_was_deleted_is_made_anew(chat: Chat) -> None:
    await send(chat, YES_NO, "out-1")
    first = chat.twilio.sent.pop()
    chat.twilio.contents.pop(first.form.text("ContentSid"))

    await send(chat, YES_NO, "out-2")
    await send(chat, YES_NO, "out-3")

    assert chat.seen == [AS_TEXT, "Again?\n[Yes]\n[No]"]


@pytest.mark.parametrize(
    ("status", "code", "header", "retry", "wait", "opted_out"),
    [
        (429, 20429, "7", "later", 7.0, False),
        (503, 0, "2", "later", 2.0, False),
        (400, 63016, "", "withhold", None, False),
        (400, 63015, "", "never", None, False),
        (400, 21610, "", "never", None, True),
        (400, 63007, "", "channel_dead", None, False),
    ],
)
@pytest.mark.parametrize("message", [Outbound("Hello"), YES_NO], ids=["text", "buttons"])
async def test_twilios_errors_say_whether_to_try_again(
    chat: Chat, message: Outbound, status: int, code: int, header: str, retry: str, wait: float | None, opted_out: bool
) -> None:
    chat.twilio.fail_next(status, code, header)

    error = await refused(chat, message)

    assert (error.retry, error.retry_after, error.opted_out) == (retry, wait, opted_out)
    assert not chat.twilio.sent


async def test_after_24_hours_the_reason_is_named(chat: Chat) -> None:
    chat.twilio.fail_next(400, 63016)

    assert "24 hours" in str(await refused(chat))


async def test_wrong_credentials_stop_the_channel(chat: Chat) -> None:
    chat.twilio.auth_token = "another"

    assert (await refused(chat, YES_NO)).retry == "channel_dead"


@pytest.mark.parametrize("message", [Outbound("Hello"), YES_NO], ids=["text", "buttons"])
async def test_an_answer_that_does_not_come_leaves_the_message_unknown(chat: Chat, message: Outbound) -> None:
    chat.twilio.hang_next(0.6)

    with pytest.raises(TimeoutError):
        await send(chat, message)
    assert len(chat.twilio.sent) == 1


async def test_a_long_text_arrives_whole_also_after_a_failure(chat: Chat) -> None:
    long = Outbound("This is a sentence. " * 200)
    chat.twilio.succeed_next()
    chat.twilio.fail_next(429, 20429)
    assert (await refused(chat, long)).retry == "later"

    await send(chat, long)

    assert " ".join(chat.seen) == long.text.strip()


async def test_a_messaging_service_picks_the_sender(chat: Chat) -> None:
    service = "MG" + "5" * 32
    settings = TwilioWhatsappSettings(Account(ACCOUNT_SID, AUTH_TOKEN, PUBLIC_URL, chat.twilio.url), service)

    client = TwilioWhatsappClient(settings)
    await client.send("whatsapp", CUSTOMER, Outbound("Hello"), "out-1")
    await client.close_connections()

    assert chat.twilio.sent[0].form.text("MessagingServiceSid") == service
    assert "From" not in chat.twilio.sent[0].form


async def test_neither_numbers_nor_texts_nor_secrets_are_logged(chat: Chat, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    chat.twilio.content_troubles.append(Trouble(400, 20001))
    await send(chat, YES_NO)

    assert "its content was not created" in caplog.text
    for private in (CUSTOMER[1:], "Again", AUTH_TOKEN):
        assert private not in caplog.text


@pytest.mark.parametrize("contract", [None, *CONTRACTS.glob("twilio_content_v1.json")])
async def test_contents_keep_the_contract(chat: Chat, contract: Path | None) -> None:
    """Our own rules always (the local Twilio's), and Twilio's OpenAPI file where it is at hand."""
    schema = {"required": ["language", "types"]} if contract is None else request_of(contract)
    for message in (YES_NO, LIST):
        await send(chat, message)

    assert len(chat.twilio.contents) == 2
    for definition in chat.twilio.contents.values():
        jsonschema.validate(definition, schema)


def request_of(contract: Path) -> dict[str, Any]:
    """The JSON schema of a content. Nothing beside its properties is allowed."""
    api = json.loads(contract.read_text())
    request = api["components"]["schemas"]["ContentCreateRequest"]
    return {**request, "components": api["components"], "additionalProperties": False}


async def test_only_messages_go_through_the_gate(chat: Chat) -> None:
    """Not the making of what they show."""
    passed = gated(chat.client)
    await send(chat, YES_NO)
    assert passed == [f"whatsapp:{CUSTOMER}"]
