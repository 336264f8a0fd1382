"""Who may read the figures."""

from __future__ import annotations

import pytest

from bot.telemetry.access import refusal

HERE = {"host": "127.0.0.1:5005"}
TOKEN = "a-token-of-sixteen-characters"


@pytest.mark.parametrize(
    ("headers", "peer", "token", "status"),
    [
        (HERE, "127.0.0.1", "", None),
        ({"host": "[::1]:5005"}, "::1", "", None),
        (HERE, "10.0.0.7", "", 403),
        ({**HERE, "x-forwarded-for": "10.0.0.7"}, "127.0.0.1", "", 403),
        ({**HERE, "forwarded": "for=10.0.0.7"}, "127.0.0.1", "", 403),
        ({"host": "surveys.example"}, "127.0.0.1", "", 403),  # a proxy that tells nothing, or a re-bound name
        ({"host": "["}, "127.0.0.1", "", 403),
        ({}, "127.0.0.1", "", 403),
        (HERE, "127.0.0.1", TOKEN, 401),
        ({**HERE, "authorization": "Bearer wrong"}, "127.0.0.1", TOKEN, 401),
        ({**HERE, "authorization": TOKEN}, "127.0.0.1", TOKEN, 401),
        ({"host": "surveys.example", "authorization": f"Bearer {TOKEN}"}, "10.0.0.7", TOKEN, None),
        ({**HERE, "authorization": "Bearer \xfc"}, "127.0.0.1", TOKEN, 401),
    ],
)
def test_who_may(headers: dict[str, str], peer: str, token: str, status: int | None) -> None:
    refused = refusal(headers, peer, token)
    assert (refused[0] if refused else None) == status
