"""A Twilio channel that is not fully configured says which variable to set."""

from __future__ import annotations

import pytest

from channels.errors import NotConfigured
from channels.twilio.settings import account_from_environment
from channels.twilio_sms.settings import from_environment

SID = "AC" + "a1" * 16
FULL = {
    "TWILIO_ACCOUNT_SID": SID,
    "TWILIO_AUTH_TOKEN": "secret",
    "CONDUCTOR_PUBLIC_URL": "https://surveys.example.com/",
    "TWILIO_SMS_FROM": "+15005550006",
}


def test_the_account_as_it_is_set() -> None:
    account = account_from_environment({**FULL, "TWILIO_API_BASE_URL": "http://127.0.0.1:9000/"})

    assert (account.account_sid, account.auth_token) == (SID, "secret")
    assert account.public_url == "https://surveys.example.com"
    assert account.api_base_url == "http://127.0.0.1:9000"
    assert "secret" not in repr(account)


def test_without_a_base_url_twilio_itself_is_asked() -> None:
    assert account_from_environment(FULL).api_base_url is None


@pytest.mark.parametrize(
    ("variable", "value", "why"),
    [
        ("TWILIO_ACCOUNT_SID", "", "is not set"),
        ("TWILIO_ACCOUNT_SID", "SK" + "a" * 32, "AC and 32"),
        ("TWILIO_AUTH_TOKEN", " ", "is not set"),
        ("CONDUCTOR_PUBLIC_URL", "", "is not set"),
        ("CONDUCTOR_PUBLIC_URL", "surveys.example.com", "no web address"),
        ("CONDUCTOR_PUBLIC_URL", "https://", "no web address"),
        ("CONDUCTOR_PUBLIC_URL", "https://x.example:port", "no web address"),
        ("CONDUCTOR_PUBLIC_URL", "https://u:p@x.example", "no web address"),
        ("CONDUCTOR_PUBLIC_URL", "https://x.example/?a=1", "no web address"),
        ("CONDUCTOR_PUBLIC_URL", "http://surveys.example.com", "https://"),
        ("TWILIO_API_BASE_URL", "http://10.0.0.7", "https://"),
        ("TWILIO_API_BASE_URL", "ftp://127.0.0.1", "no web address"),
        ("TWILIO_SMS_FROM", "Hazelmoor", "can't be answered"),
        ("TWILIO_SMS_FROM", "0151 123", "neither a number"),
    ],
)
def test_what_is_missing_or_malformed_is_named(variable: str, value: str, why: str) -> None:
    with pytest.raises(NotConfigured, match=variable) as caught:
        from_environment({**FULL, variable: value})
    assert why in str(caught.value)
    assert "secret" not in str(caught.value)


def test_an_account_alone_is_no_sms_channel() -> None:
    assert from_environment({name: value for name, value in FULL.items() if name != "TWILIO_SMS_FROM"}) is None
    assert from_environment({}) is None


@pytest.mark.parametrize(
    ("sender", "is_service"), [("+15005550006", False), ("72975", False), ("MG" + "0f" * 16, True)]
)
def test_a_sender_is_a_number_a_short_code_or_a_service(sender: str, is_service: bool) -> None:
    settings = from_environment({**FULL, "TWILIO_SMS_FROM": sender})

    assert settings is not None
    assert (settings.sender, settings.is_service) == (sender, is_service)
