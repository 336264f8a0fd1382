"""What Twilio sends for WhatsApp, by examples (`channels/twilio_whatsapp/payloads`)."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.receive import Delivery, Malformed
from channels.twilio_whatsapp.parse import parse
from channels.twilio_whatsapp.picked import decode, encode, encode_template

SID = "SM" + "1" * 32


def form(**fields: str) -> Delivery:
    return Delivery({"content-type": "application/x-www-form-urlencoded"}, urlencode(fields).encode())


@pytest.mark.parametrize("sender", ["", "+15551234567", "whatsapp:", "whatsapp:15551234567", "whatsapp:+1555\n1234567"])
def test_a_sender_that_is_no_whatsapp_number_is_malformed(sender: str) -> None:
    with pytest.raises(Malformed, match="From"):
        parse(form(MessageSid=SID, From=sender, Body="9"))


values = st.booleans() | st.integers(-10, 10) | st.text(max_size=30)


names = st.from_regex("[a-z][a-z0-9_]{0,30}", fullmatch=True)


@given(names, values)
def test_a_button_says_what_was_put_into_it(question: str, value: object) -> None:
    assert decode(encode(question, value)) == {"question": question, "value": value}


@given(names, st.just("") | names, values)
def test_a_templates_button_names_its_survey_too(survey: str, question: str, value: object) -> None:
    assert decode(encode_template(survey, question, value)) == {"survey": survey, "question": question, "value": value}


@given(st.text(max_size=50) | st.text("stc|[{", max_size=50))
def test_an_id_that_anybody_may_have_made_is_read_without_failing(button_id: str) -> None:
    found = decode(button_id)

    assert found is None or button_id.startswith(("sc|", "st|"))
