"""Twilio is told where the server is: numbers, short codes and Messaging Services, over the official SDK."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from channels.contract import SendError
from channels.twilio.local_numbers import CODE_FIELDS, NUMBER_FIELDS, SERVICE_FIELDS, LocalNumbers
from channels.twilio.local_provider import ACCOUNT_SID, AUTH_TOKEN, LocalTwilio
from channels.twilio.settings import Account
from channels.twilio_sms import set_up as sms
from channels.twilio_sms.settings import TwilioSmsSettings
from channels.twilio_voice import set_up as voice
from channels.twilio_voice.settings import TwilioVoiceSettings
from channels.twilio_whatsapp import set_up as whatsapp
from channels.twilio_whatsapp.settings import TwilioWhatsappSettings

PUBLIC, NUMBER, CODE = "https://surveys.example", "+15005550006", "72975"
CONTRACTS = Path(__file__).parents[4] / "shared/contracts"


@dataclass
class Office:
    """An account with a number, a short code and a Messaging Service."""

    local: LocalNumbers
    account: Account
    number: dict[str, Any]
    code: dict[str, Any]
    service: dict[str, Any]

    def sms(self, sender: str) -> TwilioSmsSettings:
        return TwilioSmsSettings(self.account, sender)

    def whatsapp(self, sender: str) -> TwilioWhatsappSettings:
        return TwilioWhatsappSettings(self.account, sender)

    def voice(self, sender: str) -> TwilioVoiceSettings:
        return TwilioVoiceSettings(self.account, sender)


@pytest.fixture
async def office() -> AsyncIterator[Office]:
    twilio = LocalTwilio(public_url=PUBLIC)
    local = LocalNumbers(twilio)
    async with twilio:
        account = Account(ACCOUNT_SID, AUTH_TOKEN, PUBLIC, twilio.url)
        yield Office(local, account, local.own_number(NUMBER), local.own_code(CODE), local.own_service())


async def test_a_number_gets_the_addresses_of_text_messages_and_calls(office: Office) -> None:
    told = [await sms.set_up(office.sms(NUMBER), PUBLIC), await voice.set_up(office.voice(NUMBER), PUBLIC)]

    assert office.number["sms_url"] == f"{PUBLIC}/webhooks/twilio_sms/webhook"
    assert office.number["voice_url"] == f"{PUBLIC}/webhooks/twilio_voice/webhook"
    assert office.number["status_callback"] == f"{PUBLIC}/webhooks/twilio_voice/status"
    assert (office.number["sms_method"], office.number["voice_method"]) == ("POST", "POST")
    assert [line.endswith(".") for lines in told for line in lines] == [True, True, True]


async def test_a_short_code_and_a_service_too(office: Office) -> None:
    await sms.set_up(office.sms(CODE), PUBLIC)
    await sms.set_up(office.sms(office.service["sid"]), PUBLIC)

    assert office.code["sms_url"] == f"{PUBLIC}/webhooks/twilio_sms/webhook"
    assert office.service["inbound_request_url"] == f"{PUBLIC}/webhooks/twilio_sms/webhook"
    assert office.service["use_inbound_webhook_on_number"] is False


async def test_again_changes_nothing_and_says_so(office: Office) -> None:
    for _ in range(2):
        lines = await sms.set_up(office.sms(NUMBER), PUBLIC)
        lines += await sms.set_up(office.sms(office.service["sid"]), PUBLIC)
        lines += await voice.set_up(office.voice(NUMBER), PUBLIC)

    assert office.local.updates == 3
    assert all("did so before" in line for line in lines)


async def test_a_whatsapp_sender_is_set_by_hand_and_its_service_from_here(office: Office) -> None:
    [line] = await whatsapp.set_up(office.whatsapp("+14155238886"), PUBLIC)
    assert line.startswith("Nothing was set")
    assert f"{PUBLIC}/webhooks/twilio_whatsapp/webhook" in line

    await whatsapp.set_up(office.whatsapp(office.service["sid"]), PUBLIC)
    assert office.service["inbound_request_url"] == f"{PUBLIC}/webhooks/twilio_whatsapp/webhook"


async def test_one_service_for_two_channels_is_refused(office: Office) -> None:
    await sms.set_up(office.sms(office.service["sid"]), PUBLIC)

    with pytest.raises(SendError, match="a service each"):
        await whatsapp.set_up(office.whatsapp(office.service["sid"]), PUBLIC)
    assert office.service["inbound_request_url"].endswith("/twilio_sms/webhook")


@pytest.mark.parametrize(
    ("sender", "public", "trouble", "says"),
    [
        ("+15005550009", PUBLIC, None, "has no number"),
        ("MG" + "9" * 32, PUBLIC, None, "20404"),
        (NUMBER, "http://127.0.0.1:5005", None, "21502"),
        (NUMBER, PUBLIC, (401, 20003), "TWILIO_AUTH_TOKEN"),
        (NUMBER, PUBLIC, (503, 0), "503"),
    ],
)
async def test_what_does_not_work_says_why(
    office: Office, sender: str, public: str, trouble: tuple[int, int] | None, says: str
) -> None:
    if trouble:
        office.local.twilio.fail_next(*trouble)
    with pytest.raises(SendError, match=says):
        await sms.set_up(office.sms(sender), public)
    assert office.local.updates == 0


async def test_an_app_that_goes_before_the_numbers_addresses_is_named(office: Office) -> None:
    office.number["voice_application_sid"] = "AP" + "1" * 32
    await sms.set_up(office.sms(NUMBER), PUBLIC)
    with pytest.raises(SendError, match="TwiML App"):
        await voice.set_up(office.voice(NUMBER), PUBLIC)


@pytest.mark.parametrize("folder", [None, *(CONTRACTS for _ in [0] if CONTRACTS.exists())])
def test_the_local_twilio_knows_twilios_parameters(folder: Path | None) -> None:
    """Our own rules always, and Twilio's OpenAPI files where they are at hand."""
    for file, path, known in (
        ("twilio_api_v2010", "/2010-04-01/Accounts/{AccountSid}/IncomingPhoneNumbers/{Sid}.json", NUMBER_FIELDS),
        ("twilio_api_v2010", "/2010-04-01/Accounts/{AccountSid}/SMS/ShortCodes/{Sid}.json", CODE_FIELDS),
        ("twilio_messaging_v1", "/v1/Services/{Sid}", SERVICE_FIELDS),
    ):
        allowed = set(known)
        if folder is not None:
            update = json.loads((folder / f"{file}.json").read_text())["paths"][path]["post"]
            body = update["requestBody"]["content"]["application/x-www-form-urlencoded"]
            allowed = set(body["schema"]["properties"])
        assert set(known) <= allowed, path
