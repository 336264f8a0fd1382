"""What each update of Telegram's means."""

from __future__ import annotations

import copy
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.receive import Delivery, Malformed
from channels.telegram.parse import parse, read
from tests.channels.telegram.support import CASES, delivery


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_updates_are_understood(case: dict[str, Any]) -> None:
    found = read(delivery(case["update"]))

    assert found.ignored == case["ignored"]
    if case["expected"] is None:
        assert found.message is None
        return
    assert found.message is not None
    assert {key: getattr(found.message, key) for key in case["expected"]} == case["expected"]
    assert found.message.message_id == str(case["update"]["update_id"])
    assert (found.message.provider, found.message.channel) == ("telegram", "telegram")


PRESSES = {name: case for name, case in CASES.items() if "callback_query" in case["update"]}


@pytest.mark.parametrize("case", PRESSES.values(), ids=PRESSES)
def test_every_press_is_answered_and_shows_what_was_chosen(case: dict[str, Any]) -> None:
    press = read(delivery(case["update"])).press

    assert press is not None
    assert press.callback == case["update"]["callback_query"]["id"]
    shown = None if press.keyboard is None else [[button.label for button in row] for row in press.keyboard]
    assert shown == case.get("keyboard")


@pytest.mark.parametrize("body", [b"", b"[]", b"3", b"[" * 100_000, b"\xff\xfe", b"{}", b'{"update_id": true}'])
def test_a_body_that_is_no_update_is_malformed(body: bytes) -> None:
    with pytest.raises(Malformed):
        parse(Delivery({"content-type": "application/json"}, body))


@pytest.mark.parametrize(
    ("update", "named"),
    [
        ({"message": 3}, "message"),
        ({"message": {"text": "8"}}, "chat"),
        ({"message": {"text": 8, "chat": {"id": 1, "type": "private"}}}, "text"),
        ({"message": {"text": "8", "chat": {"id": "1", "type": "private"}}}, "id"),
        ({"message": {"text": "8", "chat": {"id": 1, "type": "private"}, "from": []}}, "from"),
        ({"callback_query": {"from": {}}}, "id"),
        (
            {
                "callback_query": {
                    "id": "1",
                    "message": {"chat": {"type": "private"}, "reply_markup": {"inline_keyboard": [3]}},
                }
            },
            "inline_keyboard",
        ),
    ],
)
def test_a_wrong_update_is_told_what_is_wrong(update: dict[str, Any], named: str) -> None:
    with pytest.raises(Malformed, match=f"`{named}`"):
        parse(delivery({"update_id": 1, **update}))


def _paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path] * bool(path) + [found for key, inner in items for found in _paths(inner, (*path, key))]


PLACES = [(name, path) for name, case in CASES.items() for path in _paths(case["update"])]


@given(st.sampled_from(PLACES), st.sampled_from([None, 3, -1, True, "x", "P", "|", [], {}, [[]], [{}]]))
def test_whatever_is_wrong_in_an_update_is_malformed_and_nothing_worse(place: tuple[str, Any], junk: Any) -> None:
    name, path = place
    update = copy.deepcopy(CASES[name]["update"])
    inner: Any = update
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = junk
    with suppress(Malformed):
        assert all(isinstance(message.text, str) for message in parse(delivery(update)))
