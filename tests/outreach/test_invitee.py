"""Addresses: one written form each, and a sentence for what can't be one."""

from __future__ import annotations

import pytest

from bot.outreach.invitee import BadInvitee, Invitee, checked, normal_address


@pytest.mark.parametrize(
    ("channel", "written", "region", "stored"),
    [
        ("sms", "+49 30 901820", "US", "+4930901820"),
        ("sms", "030 901820", "DE", "+4930901820"),
        ("whatsapp", "whatsapp:+1 (212) 555-2368", "US", "+12125552368"),
        ("voice", "(212) 555-2368", "US", "+12125552368"),
        ("telegram", " 123456789 ", "US", "123456789"),
        ("slack", "U024BE7LH", "US", "U024BE7LH"),
        ("slack", "W024BE91L", "US", "W024BE91L"),
        ("web", "any thing at all", "US", "any thing at all"),
    ],
)
def test_an_address_has_one_form(channel: str, written: str, region: str, stored: str) -> None:
    assert normal_address(channel, written, region) == stored
    assert normal_address(channel, stored, region) == stored


@pytest.mark.parametrize(
    ("channel", "written", "says"),
    [
        ("sms", "12", "'12' is no valid telephone number"),
        ("sms", "+1 (202) 555-0146 ext 4", "has an extension"),
        ("sms", "hello", "'hello' is no telephone number"),
        ("whatsapp", "+49 1", "no telephone number"),
        ("telegram", "@anna", "no Telegram chat id"),
        ("telegram", "-1001234567890", "no Telegram chat id"),
        ("slack", "anna", "no Slack member's id"),
        ("slack", "C024BE91L", "a person, not a channel"),
        ("slack", "D024BE91L", "no Slack member's id"),
        ("web", "   ", "empty"),
        ("web", "x" * 256, "256 characters"),
        ("smss", "+4930901820", "Did you mean sms?"),
    ],
)
def test_what_can_not_be_an_address_is_said(channel: str, written: str, says: str) -> None:
    with pytest.raises(BadInvitee) as caught:
        normal_address(channel, written, "US")
    assert says in str(caught.value)


@pytest.mark.parametrize(("channel", "provider"), [("sms", "twilio_sms"), ("slack", "slack"), ("web", "web")])
def test_the_provider_is_the_channels_usual_one(channel: str, provider: str) -> None:
    address = {"sms": "+4930901820", "slack": "U024BE7LH", "web": "anna"}[channel]
    assert checked(Invitee(channel, address), "US").provider == provider
    assert checked(Invitee(channel, address, provider="web"), "US").provider == "web"


def test_a_provider_that_does_not_carry_the_channel_is_refused() -> None:
    with pytest.raises(BadInvitee, match="telegram does not carry the channel sms"):
        checked(Invitee("sms", "+4930901820", provider="telegram"), "US")


@pytest.mark.parametrize(
    ("written", "code"), [("DE", "de"), ("de-AT", "de"), ("en_US", "en"), ("", None), (None, None)]
)
def test_a_language_is_two_letters(written: str | None, code: str | None) -> None:
    assert checked(Invitee("web", "anna", language=written), "US").language == code


def test_a_language_by_name_is_refused() -> None:
    with pytest.raises(BadInvitee, match="'German' is no language code"):
        checked(Invitee("web", "anna", language="German"), "US")
