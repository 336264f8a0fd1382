"""The WhatsApp webhooks on a real server: what is tapped comes back as an answer, and nothing unsigned counts."""

from __future__ import annotations

import pytest

from channels.errors import NotConfigured
from channels.twilio_whatsapp.settings import from_environment
from tests.channels.twilio_whatsapp.conftest import CUSTOMER, Chat
from tests.channels.twilio_whatsapp.test_render import LIST, YES_NO

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


async def test_reports_come_back_with_our_key_also_that_the_window_is_over(chat: Chat) -> None:
    await chat.client.send("whatsapp", CUSTOMER, YES_NO, "out-7")

    for status, code in (("read", ""), ("delivered", ""), ("undelivered", "63016")):
        assert await chat.twilio.report(chat.twilio.sent[0], status, code) == 200
    *others, last = chat.recorder.statuses
    assert [(s.status, s.error_code, s.key) for s in others] == [("read", "", "out-7"), ("delivered", "", "out-7")]
    assert (last.status, last.key) == ("withheld", "out-7"), "nothing is broken: the channel's rules forbade it"
    assert "More than 24 hours" in last.error_code


@pytest.mark.parametrize("sender", ["+14155238886", "whatsapp:+14155238886", "MG" + "0f" * 16])
def test_a_sender_is_a_number_or_a_service(sender: str) -> None:
    settings = from_environment({**ACCOUNT, "TWILIO_WHATSAPP_FROM": sender})

    assert settings is not None
    assert settings.sender == sender.removeprefix("whatsapp:")


@pytest.mark.parametrize("sender", ["Hazelmoor", "72975", "0151 123"])
def test_a_sender_that_is_none_is_named(sender: str) -> None:
    with pytest.raises(NotConfigured, match="TWILIO_WHATSAPP_FROM"):
        from_environment({**ACCOUNT, "TWILIO_WHATSAPP_FROM": sender})


@pytest.mark.parametrize("advanced", [False, True])
async def test_without_advanced_opt_out_twilio_leaves_stop_on_whatsapp_to_us(chat: Chat, advanced: bool) -> None:
    chat.twilio.advanced = advanced

    await chat.says("STOP")

    assert bool(chat.twilio.opted_out) == advanced
    assert [own.to for own in chat.twilio.own] == [f"whatsapp:{CUSTOMER}"] * advanced
    assert chat.recorder.messages[-1].text == "STOP"
