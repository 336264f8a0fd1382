"""The WhatsApp webhooks on a real server: what is tapped comes back as an answer, and nothing unsigned counts."""

from __future__ import annotations

import pytest

from channels.errors import NotConfigured
from channels.twilio_whatsapp.connector import TwilioWhatsappInput
from channels.twilio_whatsapp.settings import from_environment
from tests.channels.twilio_whatsapp.conftest import CUSTOMER, WEBHOOK, Chat
from tests.channels.twilio_whatsapp.test_render import LIST, YES_NO

SID = "SM" + "1" * 32
ACCOUNT = {
    "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
    "TWILIO_AUTH_TOKEN": "secret",
    "CONDUCTOR_PUBLIC_URL": "https://surveys.example.com",
}


async def test_a_message_is_handed_over_with_number_and_name(chat: Chat) -> None:
    assert await chat.says("a solid 3") == 200
    assert [(m.address, m.text, m.name, m.picked) for m in chat.recorder.messages] == [
        (CUSTOMER, "a solid 3", "Ada", None)
    ]


@pytest.mark.parametrize(("question", "label", "value"), [(YES_NO, "No", 1), (LIST, "4", 3)])
async def test_what_is_tapped_comes_back_as_the_answer(chat: Chat, question: object, label: str, value: int) -> None:
    await chat.client.send("whatsapp", CUSTOMER, question, "out-1")  # type: ignore[arg-type]

    assert await chat.says("", **chat.twilio.tapped(chat.twilio.sent[0], label)) == 200
    assert [(m.text, m.picked) for m in chat.recorder.messages] == [(label, {"question": "q", "value": value})]


async def test_a_replayed_message_is_acknowledged_and_kept_once(chat: Chat) -> None:
    assert [await chat.says("9", MessageSid=SID), await chat.says("9", MessageSid=SID)] == [200, 200]
    assert len(chat.recorder.messages) == 1


@pytest.mark.parametrize("signature", ["", "AAAA"])
async def test_a_forged_message_changes_nothing(chat: Chat, signature: str) -> None:
    fields = {"MessageSid": SID, "From": f"whatsapp:{CUSTOMER}", "Body": "9"}

    assert await chat.twilio.call(WEBHOOK, fields, signature) == 403
    assert not chat.recorder.messages


@pytest.mark.parametrize(("fields", "status"), [({"Body": "x" * 1_000_000}, 413), ({"From": CUSTOMER}, 400)])
async def test_what_is_no_whatsapp_message_is_turned_away(chat: Chat, fields: dict[str, str], status: int) -> None:
    assert await chat.says("", **fields) == status
    assert not chat.recorder.messages


async def test_what_could_not_be_stored_is_not_acknowledged(chat: Chat) -> None:
    chat.recorder.broken = True

    assert await chat.says("9") == 503


async def test_reports_come_back_with_our_key_also_that_the_window_is_over(chat: Chat) -> None:
    await chat.client.send("whatsapp", CUSTOMER, YES_NO, "out-7")

    for status, code in (("read", ""), ("delivered", ""), ("undelivered", "63016")):
        assert await chat.twilio.report(chat.twilio.sent[0], status, code) == 200
    assert [(s.status, s.error_code, s.key) for s in chat.recorder.statuses] == [
        ("read", "", "out-7"),
        ("delivered", "", "out-7"),
        ("undelivered", "63016", "out-7"),
    ]


@pytest.mark.parametrize("sender", ["+14155238886", "whatsapp:+14155238886", "MG" + "0f" * 16])
def test_a_sender_is_a_number_or_a_service(sender: str) -> None:
    settings = from_environment({**ACCOUNT, "TWILIO_WHATSAPP_FROM": sender})

    assert settings is not None
    assert settings.sender == sender.removeprefix("whatsapp:")


@pytest.mark.parametrize("sender", ["Hazelmoor", "72975", "0151 123"])
def test_a_sender_that_is_none_is_named(sender: str) -> None:
    with pytest.raises(NotConfigured, match="TWILIO_WHATSAPP_FROM"):
        from_environment({**ACCOUNT, "TWILIO_WHATSAPP_FROM": sender})


def test_without_its_variables_the_channel_refuses_to_start() -> None:
    assert from_environment(ACCOUNT) is None
    with pytest.raises(NotConfigured, match="TWILIO_WHATSAPP_FROM is not set"):
        TwilioWhatsappInput.from_credentials({})
