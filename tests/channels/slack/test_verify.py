"""Only Slack gets in: signature v0, five minutes, and nothing that can't be read."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from channels.errors import NotConfigured
from channels.receive import Delivery, Refused
from channels.slack.settings import SlackSettings, from_environment
from channels.slack.verify import verifier

# The example of https://docs.slack.dev/authentication/verifying-requests-from-slack
SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
AT = 1531420618
SIGNATURE = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"
BODY = (
    b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&"
    b"channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&"
    b"response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&"
    b"trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
)


def gets_in(body: bytes = BODY, now: int = AT, **headers: str) -> bool:
    given = {"x-slack-request-timestamp": str(AT), "x-slack-signature": SIGNATURE}
    given |= {f"x-slack-{name.replace('_', '-')}": value for name, value in headers.items()}
    clock: Any = SimpleNamespace(now=lambda: now)
    try:
        verifier(SECRET, clock)(Delivery({k: v for k, v in given.items() if v}, body))
    except Refused:
        return False
    return True


@pytest.mark.parametrize(
    ("late", "passes"), [(0, True), (300, True), (-300, True), (301, False), (-301, False), (3600, False)]
)
def test_slacks_own_example_passes_for_five_minutes_with_its_blank_field(late: int, passes: bool) -> None:
    assert gets_in(now=AT + late) == passes


@pytest.mark.parametrize(
    "wrong",
    [
        {"body": BODY + b" "},
        {"body": b"\xff"},
        {"signature": ""},
        {"signature": "v0="},
        {"signature": "v0=é"},
        {"signature": SIGNATURE[:-1]},
        {"signature": SIGNATURE.upper()},
        {"request_timestamp": ""},
        {"request_timestamp": "yesterday"},
        {"request_timestamp": "٣"},
        {"request_timestamp": "9" * 5000},
        {"request_timestamp": str(AT + 1)},
    ],
)
def test_anything_else_is_refused(wrong: dict[str, Any]) -> None:
    assert not gets_in(**wrong)


SET = {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_SIGNING_SECRET": "s"}


def test_the_settings_come_from_the_environment_and_are_not_printed() -> None:
    assert from_environment({}) is None
    assert from_environment({"SLACK_BOT_TOKEN": " "}) is None
    assert from_environment(SET) == SlackSettings("xoxb-1", "s", "https://slack.com/api/")
    local = from_environment({**SET, "SLACK_API_BASE_URL": "http://127.0.0.1:1/api"})
    assert local is not None
    assert local.base_url == "http://127.0.0.1:1/api/"
    assert "xoxb" not in repr(local)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"SLACK_BOT_TOKEN": ""}, "SLACK_BOT_TOKEN"),
        ({"SLACK_BOT_TOKEN": "xapp-1"}, "SLACK_BOT_TOKEN"),
        ({"SLACK_BOT_TOKEN": "xoxb-1\n2"}, "SLACK_BOT_TOKEN"),
        ({"SLACK_SIGNING_SECRET": "  "}, "SLACK_SIGNING_SECRET"),
        ({"SLACK_API_BASE_URL": "slack.com"}, "SLACK_API_BASE_URL"),
        ({"SLACK_API_BASE_URL": "http://[::1"}, "SLACK_API_BASE_URL"),
    ],
)
def test_a_half_set_channel_says_which_variable_to_set(change: dict[str, str], named: str) -> None:
    with pytest.raises(NotConfigured, match=named):
        from_environment({**SET, **change})
