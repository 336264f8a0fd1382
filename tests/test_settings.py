"""When local providers start: only where nobody else can reach them."""

from __future__ import annotations

import pytest

from bot.settings import load_settings


@pytest.mark.parametrize(
    ("variables", "on"),
    [
        ({}, True),
        ({"CONDUCTOR_HOST": "localhost"}, True),
        ({"CONDUCTOR_LOCAL_PROVIDERS": "false"}, False),
        ({"CONDUCTOR_PLAYGROUND": "false"}, False),
        ({"CONDUCTOR_HOST": "0.0.0.0"}, False),
        ({"CONDUCTOR_HOST": "0.0.0.0", "CONDUCTOR_PLAYGROUND": "true"}, False),
    ],
)
def test_local_providers_are_for_a_playground_on_loopback(
    variables: dict[str, str], on: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)

    assert load_settings().local_providers_on is on
