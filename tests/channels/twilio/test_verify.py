"""Only what the account's own token has signed comes in: forms with blank fields, and JSON by its hash."""

from __future__ import annotations

import hashlib
import json
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator

from channels.receive import Delivery, Malformed, Refused
from channels.twilio.form import Form, form_of
from channels.twilio.verify import sign, verifier

TOKEN, URL = "12345", "https://surveys.example.com/webhooks/twilio_sms/webhook"
FORM = "application/x-www-form-urlencoded"
FIELDS = {"Body": "9 + 1 & ü 👍", "FromZip": "", "ToCity": "", "From": "+15551234567"}


def delivery(fields: dict[str, str], signature: str | None, url: str = URL) -> Delivery:
    headers = {"content-type": FORM}
    if signature is not None:
        headers["x-twilio-signature"] = signature
    return Delivery(headers, urlencode(fields).encode(), url)


def gets_in(given: Delivery, token: str = TOKEN) -> bool:
    try:
        verifier(token)(given)
    except Refused:
        return False
    return True


def of(fields: dict[str, str]) -> Form:
    return Form({name: [value] for name, value in fields.items()})


def test_twilios_own_example() -> None:
    """https://www.twilio.com/docs/usage/security#validating-requests"""
    fields = {
        "CallSid": "CA1234567890ABCDE",
        "Caller": "+12349013030",
        "Digits": "1234",
        "From": "+12349013030",
        "To": "+18005551212",
    }
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"

    signature = "0/KCTR6DLpKmkAf8muzZqo1nDgQ="

    assert gets_in(delivery(fields, signature, url), "12345")
    assert not gets_in(delivery(fields, signature, url), "12346")
    assert not gets_in(delivery({**fields, "Digits": "1235"}, signature, url), "12345")


def test_blank_fields_are_signed_too() -> None:
    signature = sign(TOKEN, URL, of(FIELDS))

    assert gets_in(delivery(FIELDS, signature))
    assert not gets_in(delivery({name: value for name, value in FIELDS.items() if value}, signature))


@pytest.mark.parametrize(
    ("signed_url", "our_url", "same"),
    [
        (URL, URL, True),
        ("https://surveys.example.com:443/x", "https://surveys.example.com/x", True),
        ("https://surveys.example.com/x", "https://surveys.example.com:443/x", True),
        ("http://[::1]:5005/x?key=out-1", "http://[::1]:5005/x?key=out-1", True),
        ("http://localhost/x", "http://localhost:80/x", True),
        ("https://surveys.example.com:8443/x", "https://surveys.example.com/x", False),
        ("https://surveys.example.com/x", "http://surveys.example.com/x", False),
        ("https://elsewhere.example.com/x", "https://surveys.example.com/x", False),
    ],
)
def test_a_default_port_may_be_written_or_not(signed_url: str, our_url: str, same: bool) -> None:
    assert gets_in(delivery(FIELDS, sign(TOKEN, signed_url, of(FIELDS)), our_url)) == same


GOOD = sign(TOKEN, URL, of(FIELDS))


@pytest.mark.parametrize(
    "forged",
    [
        delivery(FIELDS, None),
        delivery(FIELDS, ""),
        delivery(FIELDS, "ÿ"),
        delivery(FIELDS, GOOD.lower()),
        delivery(FIELDS, sign("another", URL, of(FIELDS))),
        delivery({**FIELDS, "Body": "10"}, GOOD),
        delivery({**FIELDS, "Extra": ""}, GOOD),
        delivery({k: v for k, v in FIELDS.items() if v}, GOOD),
        delivery(FIELDS, GOOD, URL.replace("https", "http")),
        delivery(FIELDS, GOOD, URL + "?key=1"),
    ],
)
def test_what_is_not_signed_is_refused(forged: Delivery) -> None:
    with pytest.raises(Refused, match="TWILIO_AUTH_TOKEN"):
        verifier(TOKEN)(forged)


def test_json_is_signed_by_its_hash_in_the_address() -> None:
    body = json.dumps({"EventType": "x"}).encode()
    url = f"{URL}?bodySHA256={hashlib.sha256(body).hexdigest()}"
    headers = {"content-type": "application/json", "x-twilio-signature": sign(TOKEN, url, Form())}

    assert gets_in(Delivery(headers, body, url))
    assert not gets_in(Delivery(headers, body + b" ", url))
    assert not gets_in(Delivery(headers, body, URL))


def test_a_hash_in_the_address_does_not_excuse_a_form() -> None:
    url = f"{URL}?bodySHA256={hashlib.sha256(urlencode(FIELDS).encode()).hexdigest()}"

    assert not gets_in(delivery(FIELDS, sign(TOKEN, url, Form()), url))


def test_an_empty_token_would_let_anybody_in() -> None:
    with pytest.raises(ValueError, match="empty"):
        verifier("")


def test_repeated_fields_are_signed_with_all_their_values() -> None:
    body = b"StatusCallbackEvent=b&StatusCallbackEvent=a&Blank="
    given_ = Delivery({"content-type": FORM}, body, URL)
    signature = sign(TOKEN, URL, form_of(given_))

    assert gets_in(Delivery({"content-type": FORM, "x-twilio-signature": signature}, body, URL))
    assert form_of(given_) == {"StatusCallbackEvent": ["b", "a"], "Blank": [""]}


words = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@given(st.dictionaries(words, words, max_size=8))
def test_we_accept_what_twilios_own_validator_accepts(fields: dict[str, str]) -> None:
    signature = sign(TOKEN, URL, of(fields))

    assert gets_in(delivery(fields, signature))
    assert RequestValidator(TOKEN).validate(URL, fields, signature)


@pytest.mark.parametrize(
    ("kind", "body"),
    [(FORM, b"\xff"), (FORM, b"Body=%FF"), (FORM, b"a=&" * 1001), ("text/plain", b"Body=9"), ("", b"")],
)
def test_what_is_no_form_is_malformed(kind: str, body: bytes) -> None:
    with pytest.raises(Malformed, match="UTF-8"):
        form_of(Delivery({"content-type": kind}, body))
