"""Twilio's error codes as data: each says whether trying again helps, and whom to ask."""

from __future__ import annotations

import pytest

from channels.contract import SendError
from channels.twilio.failures import FAILURES, send_error
from channels.twilio.http import retry_after


@pytest.mark.parametrize(("code", "failure"), FAILURES.items())
def test_every_code_has_a_sentence_and_a_way_to_go_on(code: int, failure: object) -> None:
    error = send_error(400, code, 3.0)

    assert f"Twilio error {code}: " in str(error)
    assert str(error).endswith(".")
    assert error.retry in ("later", "never", "withhold", "channel_dead")
    assert (error.retry_after == 3.0) == (error.retry == "later")


def test_only_a_customer_who_said_so_has_opted_out() -> None:
    assert [code for code, failure in FAILURES.items() if failure.opted_out] == [21610]


@pytest.mark.parametrize(
    ("status", "retry"),
    [
        (302, "channel_dead"),
        (400, "never"),
        (401, "channel_dead"),
        (403, "channel_dead"),
        (404, "channel_dead"),
        (408, "later"),
        (429, "later"),
        (500, "later"),
        (503, "later"),
    ],
)
def test_a_code_that_nobody_knows_goes_by_its_status(status: int, retry: str) -> None:
    for code in (None, 0, 123456):
        error: SendError = send_error(status, code)
        assert (error.retry, error.opted_out) == (retry, False)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"Retry-After": "7"}, 7.0),
        ({"Retry-After": "0.5"}, 0.5),
        ({"Retry-After": "-3"}, 0.0),
        ({"Retry-After": "nan"}, None),
        ({"Retry-After": "inf"}, None),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "Sun, 22 Nov 2026 12:00:30 GMT", "Date": "Sun, 22 Nov 2026 12:00:00 GMT"}, 30.0),
        ({"Retry-After": "Sun, 22 Nov 2026 11:00:00 GMT", "Date": "Sun, 22 Nov 2026 12:00:00 GMT"}, 0.0),
        ({"Retry-After": "Sun, 22 Nov 2026 12:00:30 GMT"}, None),
    ],
)
def test_how_long_to_wait(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(headers) == seconds
