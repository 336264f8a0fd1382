"""The local Twilio refuses what Twilio refuses."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from channels.twilio.failures import FAILURES
from channels.twilio.form import Form
from channels.twilio.local_rules import PARAMETERS, refusal

CONTRACT = Path(__file__).parents[4] / "shared/contracts/twilio_api_v2010.json"
GOOD = {"To": "+15551234567", "From": "+15005550006", "Body": "Hello"}


def form(fields: dict[str, str | None]) -> Form:
    return Form({name: [value] for name, value in {**GOOD, **fields}.items() if value is not None})


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"Body": "x" * 1600},
        {"From": None, "MessagingServiceSid": "MG" + "a" * 32},
        {"To": "whatsapp:+15551234567", "From": "whatsapp:+15005550006"},
        {"From": "72975"},
        {"Body": None, "ContentSid": "HX" + "a" * 32},
        {"StatusCallback": "https://surveys.example.com/webhooks/twilio_sms/status?key=out-1"},
    ],
)
def test_what_it_takes(fields: dict[str, str | None]) -> None:
    assert refusal(form(fields), set()) is None


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"To": None}, 21604),
        ({"To": "015112345"}, 21211),
        ({"To": "+49 151 1234567"}, 21211),
        ({"From": None}, 21603),
        ({"From": "+0"}, 21212),
        ({"To": "whatsapp:+15551234567"}, 21910),
        ({"Body": ""}, 21602),
        ({"Body": "x" * 1601}, 21617),
        ({"Body": "👍" * 801}, 21617),
        ({"StatusCallback": "surveys.example.com/status"}, 21609),
        ({"StatusCallback": "https://my_host.example/status"}, 21609),
        ({"MessagingServiceSid": "MG1"}, 20001),
        ({"Text": "Hello"}, 20001),
        ({"To": "+15550000000"}, 21610),
    ],
)
def test_what_it_refuses(fields: dict[str, str | None], code: int) -> None:
    no = refusal(form(fields), {"+15550000000"})

    assert no is not None
    assert (no.status, no.code) == (400, code)


def test_a_field_that_comes_twice_is_refused() -> None:
    assert refusal(Form({**form({}), "Body": ["a", "b"]}), set()) is not None


def test_its_answers_are_known_to_the_table_of_failures() -> None:
    assert {21211, 21212, 21602, 21603, 21609, 21610, 21617} <= FAILURES.keys()


@pytest.mark.parametrize("known", [PARAMETERS.keys(), *(json.loads(p.read_text()) for p in [CONTRACT] if p.exists())])
def test_its_parameters_are_twilios(known: object) -> None:
    if isinstance(known, dict):
        create = known["paths"]["/2010-04-01/Accounts/{AccountSid}/Messages.json"]["post"]
        known = create["requestBody"]["content"]["application/x-www-form-urlencoded"]["schema"]["properties"].keys()

    assert PARAMETERS.keys() <= known
    assert all(re.fullmatch("[A-Z][A-Za-z]+", name) for name in PARAMETERS)
