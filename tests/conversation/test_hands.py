"""Who goes next when all hands of a provider are taken."""

from __future__ import annotations

from bot.conversation.hands import AT_ONCE_OF_ONE, MOST_WAITING, Hands


def next_ones(hands: Hands, many: int) -> list[int | None]:
    return [hands.next("sms") for _ in range(many)]


def test_so_many_letters_of_one_provider_and_of_each() -> None:
    hands = Hands()
    assert [hands.take("sms") for _ in range(AT_ONCE_OF_ONE + 1)] == [True] * AT_ONCE_OF_ONE + [False]
    assert hands.take("telegram")
    hands.free("sms")
    assert hands.take("sms")


def test_who_has_just_written_goes_first_in_their_order_each_once() -> None:
    hands = Hands()
    for conversation, awaited in ((1, False), (2, False), (3, True), (2, True), (1, False), (3, False)):
        hands.wait("sms", conversation, awaited)
    assert next_ones(hands, 4) == [3, 2, 1, None]


def test_a_full_list_still_takes_who_has_just_written() -> None:
    hands = Hands()
    for conversation in range(MOST_WAITING + 5):
        hands.wait("sms", conversation, False)
    hands.wait("sms", -1, True)
    found = next_ones(hands, MOST_WAITING + 2)
    assert (found[0], found[-2], found[-1]) == (-1, MOST_WAITING - 1, None)


def test_what_is_forgotten_waits_no_more() -> None:
    hands = Hands()
    hands.wait("sms", 1, True)
    hands.forget("sms")
    assert hands.next("sms") is None
    assert not hands.waits("sms", 1)
