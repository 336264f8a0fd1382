"""Sending SMS with the official SDK to a strict local Twilio, over HTTP."""

from __future__ import annotations

import asyncio
import json
import logging
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from channels.contract import Outbound, SendError
from channels.testing import gated
from channels.twilio.local_provider import ACCOUNT_SID, LocalTwilio
from channels.twilio.local_rules import PARAMETERS
from channels.twilio.settings import Account
from channels.twilio_sms.client import TwilioSmsClient
from channels.twilio_sms.settings import TwilioSmsSettings
from tests.channels.twilio_sms.conftest import CUSTOMER, PUBLIC_URL, SENDER, Line
from tests.channels.twilio_sms.test_render import GOLDEN

CONTRACTS = Path(__file__).parents[4] / "shared/contracts"
LONG = Outbound("This is a sentence. " * 200)


async def send(line: Line, message: Outbound, key: str = "out-1", to: str = CUSTOMER) -> str:
    return await line.client.send("sms", to, message, key)


async def refused(line: Line, to: str = CUSTOMER) -> SendError:
    with pytest.raises(SendError) as caught:
        await send(line, Outbound("Hello"), to=to)
    return caught.value


async def test_a_message_is_sent_with_an_address_for_reports(line: Line) -> None:
    theirs = await send(line, Outbound("How was it?"), "out-17")

    assert [(sent.sid, sent.form) for sent in line.twilio.sent] == [
        (
            theirs,
            {
                "To": [CUSTOMER],
                "From": [SENDER],
                "Body": ["How was it?"],
                "StatusCallback": [f"{PUBLIC_URL}/webhooks/twilio_sms/status?key=out-17"],
            },
        )
    ]


async def test_what_became_of_it_comes_back_with_our_key(line: Line) -> None:
    line.recorder.ours = (await send(line, Outbound("How was it?"), "out-17"),)

    assert await line.twilio.report(line.twilio.sent[0], "delivered") == 200
    assert [(s.provider_message_id, s.status, s.key) for s in line.recorder.statuses] == [
        (line.twilio.sent[0].sid, "delivered", "out-17")
    ]


async def test_a_messaging_service_picks_the_sender(line: Line) -> None:
    service = "MG" + "5" * 32
    account = Account(ACCOUNT_SID, line.twilio.auth_token, PUBLIC_URL, line.twilio.url)

    client = TwilioSmsClient(TwilioSmsSettings(account, service))
    await client.send("sms", CUSTOMER, Outbound("Hello"), "out-1")
    await client.close_connections()

    assert line.twilio.sent[0].form.text("MessagingServiceSid") == service
    assert "From" not in line.twilio.sent[0].form


@pytest.mark.parametrize(
    ("status", "code", "header", "retry", "wait", "opted_out"),
    [
        (429, 20429, "7", "later", 7.0, False),
        (429, 14107, "", "later", 1.0, False),
        (500, 20500, "", "later", None, False),
        (503, 0, "2", "later", 2.0, False),
        (400, 21610, "", "never", None, True),
        (400, 21614, "", "never", None, False),
        (400, 21408, "9", "never", None, False),
        (401, 20003, "", "channel_dead", None, False),
        (403, 30002, "", "channel_dead", None, False),
        (400, 99999, "", "never", None, False),
    ],
)
async def test_twilios_errors_say_whether_to_try_again(
    line: Line, status: int, code: int, header: str, retry: str, wait: float | None, opted_out: bool
) -> None:
    line.twilio.fail_next(status, code, header)

    error = await refused(line)

    assert (error.retry, error.retry_after, error.opted_out) == (retry, wait, opted_out)
    assert str(code or status) in str(error)


async def test_a_number_that_is_none_is_never_tried_again(line: Line) -> None:
    assert (await refused(line, "+4")).retry == "never"


async def test_who_has_written_stop_is_opted_out_until_start(line: Line) -> None:
    await line.says("STOP")
    assert (await refused(line)).opted_out

    await line.says("START")
    assert await send(line, Outbound("Welcome back"))


async def test_wrong_credentials_stop_the_channel(line: Line) -> None:
    line.twilio.auth_token = "another"

    error = await refused(line)

    assert error.retry == "channel_dead"
    assert "TWILIO_AUTH_TOKEN" in str(error)


async def test_an_answer_that_does_not_come_leaves_the_message_unknown(line: Line) -> None:
    line.twilio.hang_next(0.6)

    with pytest.raises(TimeoutError):
        await send(line, Outbound("Hello"))
    assert len(line.twilio.sent) == 1


async def test_a_gateway_that_gives_up_leaves_the_message_unknown(line: Line) -> None:
    line.twilio.fail_next(504)

    with pytest.raises(TimeoutError):
        await send(line, Outbound("Hello"))


async def test_where_nobody_listens_nothing_has_left() -> None:
    async with LocalTwilio() as gone:
        account = Account(ACCOUNT_SID, gone.auth_token, PUBLIC_URL, gone.url)

    with pytest.raises(SendError) as caught:
        await TwilioSmsClient(TwilioSmsSettings(account, SENDER)).send("sms", CUSTOMER, Outbound("Hello"), "out-1")
    assert caught.value.retry == "later"


async def test_a_long_text_arrives_whole_and_in_order(line: Line) -> None:
    last = await send(line, LONG)

    assert [sent.sid for sent in line.twilio.sent][-1] == last
    assert " ".join(sent.body for sent in line.twilio.sent) == LONG.text.strip()


async def test_another_attempt_goes_on_behind_the_parts_that_were_sent(line: Line) -> None:
    line.twilio.succeed_next()
    line.twilio.fail_next(429, 20429)
    with pytest.raises(SendError):
        await send(line, LONG)

    await send(line, LONG)

    assert " ".join(sent.body for sent in line.twilio.sent) == LONG.text.strip()


async def test_a_blank_message_is_never_sent(line: Line) -> None:
    with pytest.raises(SendError, match="no text"):
        await send(line, Outbound(" "))


async def test_many_messages_go_at_once_and_the_event_loop_is_free(line: Line) -> None:
    account = Account(ACCOUNT_SID, line.twilio.auth_token, PUBLIC_URL, line.twilio.url)
    patient = TwilioSmsClient(TwilioSmsSettings(account, SENDER))  # a busy machine takes its time

    ids = await asyncio.gather(*(patient.send("sms", CUSTOMER, Outbound("Hello"), f"out-{n}") for n in range(20)))
    await patient.close_connections()

    assert len(set(ids)) == 20


async def test_neither_numbers_nor_texts_nor_secrets_are_logged(line: Line, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    line.twilio.fail_next(400, 21610)
    await refused(line)
    await send(line, Outbound("a private word"))

    for private in (CUSTOMER, CUSTOMER[1:], "private", line.twilio.auth_token):
        assert private not in caplog.text


@pytest.mark.parametrize("contract", [None, *CONTRACTS.glob("twilio_api_v2010.json")])
async def test_what_we_send_and_what_the_local_twilio_answers_keep_the_contract(
    line: Line, contract: Path | None
) -> None:
    """Our own rules always, and Twilio's OpenAPI file where it is at hand."""
    asked, answered = schemas(contract)

    for number, (message, texts) in enumerate(GOLDEN.values()):
        if texts:
            await send(line, message, f"out-{number}")

    assert line.twilio.sent
    for sent in line.twilio.sent:
        jsonschema.validate({name: values[0] for name, values in sent.form.items()}, asked)
        answer = line.twilio.resource(sent)
        jsonschema.validate({name: value for name, value in answer.items() if value is not None}, answered)


def schemas(contract: Path | None) -> tuple[dict[str, Any], dict[str, Any]]:
    """JSON schemas of the request and of its answer. Nothing beside their properties is allowed."""
    if contract is None:
        properties = {name: {"pattern": f"^(?:{form.pattern})$"} for name, form in PARAMETERS.items()}
        rules = {"properties": properties, "required": ["To", "Body", "StatusCallback"], "additionalProperties": False}
        return rules, {"required": ["sid", "status"]}
    api = json.loads(contract.read_text())
    create = api["paths"]["/2010-04-01/Accounts/{AccountSid}/Messages.json"]["post"]
    asked = create["requestBody"]["content"]["application/x-www-form-urlencoded"]["schema"]
    answered = api["components"]["schemas"]["api.v2010.account.message"]
    closed = {"additionalProperties": False, "components": api["components"]}
    return {**asked, **closed}, {**answered, **closed}


async def test_each_part_of_a_long_text_goes_through_the_gate(line: Line) -> None:
    """To Twilio's limit each of them is a message."""
    passed = gated(line.client)
    await send(line, LONG)
    assert len(passed) == len(line.twilio.sent) > 1
