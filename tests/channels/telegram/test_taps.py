"""A double tap is one press; a press that is repeated by Telegram, comes later or is another one, is not."""

from __future__ import annotations

import copy

import pytest

from channels.contract import Inbound, Outbound
from channels.telegram.parse import Press, Update
from channels.telegram.taps import SECONDS, Taps
from tests.channels.telegram.conftest import House
from tests.channels.telegram.support import CHAT, scale


def press(number: str, value: int = 9, message: int = 1) -> Update:
    picked = {"question": "score", "value": value}
    return Update(Inbound("telegram", "telegram", number, str(CHAT), "", picked), Press(number, CHAT, message))


@pytest.mark.parametrize(
    ("second", "after", "twice"),
    [
        (press("2"), 0.3, True),
        (press("2"), SECONDS - 0.1, True),
        (press("2"), SECONDS, False),
        (press("1"), 0.3, False),
        (press("2", value=8), 0.3, False),
        (press("2", message=2), 0.3, False),
        (Update(), 0.3, False),
    ],
)
def test_what_is_a_second_tap(second: Update, after: float, twice: bool) -> None:
    now = [100.0]
    taps = Taps(lambda: now[0])
    assert not taps.twice(press("1"))
    now[0] += after
    assert [taps.twice(second), taps.twice(second)] == [twice, twice]


def test_taps_are_not_remembered_for_ever() -> None:
    taps = Taps(lambda: 0.0)
    for number in range(3000):
        taps.twice(press(str(number), message=number))
    assert len(taps._pressed) == 1000


async def test_a_double_tap_is_one_answer_and_both_stop_spinning(house: House) -> None:
    await house.client.send("telegram", str(CHAT), Outbound(prompt=scale()), "k1")
    shown = copy.deepcopy(house.telegram.messages[CHAT, 1])  # as the phone shows it at both taps
    query = {"from": {"id": CHAT, "is_bot": False, "first_name": "Ada"}, "chat_instance": "1", "data": "p|score|9"}
    for number in ("1", "2"):
        assert await house.telegram.deliver({"callback_query": {**query, "id": number, "message": shown}}) == 200
    await house.answered()

    assert len(house.inbox.messages) == 1
    assert house.channel.seam.counters["ignored_second_tap"] == 1
    assert house.telegram.keyboard(CHAT, 1) == [["✓ 9"]]
    assert house.client.counters == {"acknowledged": 2}
