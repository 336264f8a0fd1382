"""Who may talk to the playground: our own page, on this machine, unless it was opened to others."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from channels.contract import Outbound
from channels.web.client import WebClient
from channels.web.guard import FOREIGN, SWITCHED_OFF, WRONG_NAME, refusal

LOCAL = SimpleNamespace(playground=None, playground_on=True)
OPENED = SimpleNamespace(playground=True, playground_on=True)
OFF = SimpleNamespace(playground=None, playground_on=False)


@pytest.mark.parametrize(
    ("headers", "access", "reason"),
    [
        ({"host": "127.0.0.1:5005"}, LOCAL, None),
        ({"host": "localhost:5005", "origin": "http://localhost:5005"}, LOCAL, None),
        ({"host": "[::1]:5005"}, LOCAL, None),
        ({"host": "localhost", "sec-fetch-site": "same-origin"}, LOCAL, None),
        ({"host": "localhost:5005", "origin": "https://evil.example"}, LOCAL, FOREIGN),
        ({"host": "localhost:5005", "origin": "null"}, LOCAL, FOREIGN),
        ({"host": "localhost:5005", "origin": "http://[::1"}, LOCAL, FOREIGN),
        ({"host": "localhost:5005", "origin": "http://localhost:8080"}, LOCAL, FOREIGN),
        ({"host": "localhost", "sec-fetch-site": "cross-site"}, LOCAL, FOREIGN),
        ({"host": "localhost", "sec-fetch-site": "same-site"}, LOCAL, FOREIGN),
        ({"host": "rebound.evil.example:5005"}, LOCAL, WRONG_NAME),
        ({"host": "127.0.0.1.evil.example"}, LOCAL, WRONG_NAME),
        ({"host": "[::1"}, LOCAL, WRONG_NAME),
        ({}, LOCAL, WRONG_NAME),
        ({"host": "demo.example"}, OPENED, None),
        ({"host": "demo.example", "origin": "https://evil.example"}, OPENED, FOREIGN),
        ({"host": "localhost"}, OFF, SWITCHED_OFF),
        ({"host": "localhost"}, None, None),  # while the server starts
    ],
)
def test_only_our_own_page_may_come_in(
    headers: dict[str, str], access: SimpleNamespace | None, reason: str | None
) -> None:
    assert refusal(headers, access) == reason


def test_a_link_on_another_site_may_open_the_page_but_not_by_another_name() -> None:
    linked = {"sec-fetch-site": "cross-site"}

    assert refusal({**linked, "host": "localhost"}, LOCAL, navigation=True) is None
    assert refusal({**linked, "host": "evil.example"}, LOCAL, navigation=True) == WRONG_NAME


async def test_sending_succeeds_with_nobody_listening() -> None:
    assert await WebClient().send("sms", "c1", Outbound("Hi"), "7") == "web-7"


async def test_only_the_customers_own_pages_hear_of_a_message() -> None:
    client = WebClient()
    with client.listen("sms", "c1") as mine, client.listen("telegram", "c1") as other:
        await client.send("sms", "c1", Outbound("Hi"), "7")

        assert mine.get_nowait() == "7"
        assert other.empty()


async def test_a_page_that_does_not_read_holds_nobody_up() -> None:
    client = WebClient()
    with client.listen("sms", "c1") as page:
        for key in range(1000):
            await client.send("sms", "c1", Outbound("Hi"), str(key))

        assert page.full()
