"""No secret, no channel; no secret in an update, no message."""

from __future__ import annotations

from typing import Any

import pytest

from channels.errors import NotConfigured
from channels.receive import Delivery, Refused
from channels.telegram.settings import TelegramSettings, from_environment
from channels.telegram.verify import HEADER, verify
from tests.channels.telegram.support import SECRET, TOKEN

WHOLE = {"TELEGRAM_BOT_TOKEN": TOKEN, "TELEGRAM_WEBHOOK_SECRET": SECRET}


def test_nothing_set_is_no_channel() -> None:
    assert from_environment({"PATH": "/bin", "TELEGRAM_BOT_TOKEN": " "}) is None


def test_all_set() -> None:
    assert from_environment(WHOLE) == TelegramSettings(TOKEN, SECRET, "https://api.telegram.org")


def test_another_server_of_the_bot_api() -> None:
    found = from_environment({**WHOLE, "TELEGRAM_API_BASE_URL": "http://127.0.0.1:8081/"})
    assert found is not None
    assert found.base_url == "http://127.0.0.1:8081"


def test_the_settings_do_not_show_their_secrets() -> None:
    shown = repr(from_environment(WHOLE))
    assert TOKEN not in shown
    assert SECRET not in shown


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"TELEGRAM_BOT_TOKEN": ""}, "TELEGRAM_BOT_TOKEN is not set"),
        ({"TELEGRAM_BOT_TOKEN": "hunter2"}, "TELEGRAM_BOT_TOKEN"),
        ({"TELEGRAM_WEBHOOK_SECRET": ""}, "TELEGRAM_WEBHOOK_SECRET is not set"),
        ({"TELEGRAM_WEBHOOK_SECRET": "has a blank"}, "TELEGRAM_WEBHOOK_SECRET"),
        ({"TELEGRAM_WEBHOOK_SECRET": "é"}, "TELEGRAM_WEBHOOK_SECRET"),
        ({"TELEGRAM_WEBHOOK_SECRET": "x" * 257}, "TELEGRAM_WEBHOOK_SECRET"),
        ({"TELEGRAM_API_BASE_URL": "localhost:8081"}, "TELEGRAM_API_BASE_URL"),
        ({"TELEGRAM_API_BASE_URL": "http://[::1"}, "TELEGRAM_API_BASE_URL"),
    ],
)
def test_a_part_or_a_mistake_names_the_variable_and_no_secret(changes: dict[str, str], named: str) -> None:
    with pytest.raises(NotConfigured, match=named) as problem:
        from_environment({**WHOLE, **changes})
    assert "hunter2" not in str(problem.value)
    assert TOKEN not in str(problem.value)


def gets_in(headers: dict[str, Any], secret: str) -> bool:
    try:
        verify(Delivery(headers, b""), secret)
    except Refused:
        return False
    return True


def test_an_update_with_the_secret_passes() -> None:
    assert gets_in({HEADER: SECRET}, SECRET)
    assert not gets_in({HEADER: SECRET}, SECRET + "x")


@pytest.mark.parametrize(
    ("headers", "secret"),
    [
        ({}, SECRET),
        ({HEADER: ""}, SECRET),
        ({HEADER: SECRET[:-1]}, SECRET),
        ({HEADER: SECRET + " "}, SECRET),
        ({HEADER: SECRET.upper()}, SECRET),
        ({HEADER: "s\udc80\u20ac"}, SECRET),
        ({HEADER: ""}, ""),
        ({}, ""),
    ],
)
def test_any_other_is_refused(headers: dict[str, Any], secret: str) -> None:
    assert not gets_in(headers, secret)
