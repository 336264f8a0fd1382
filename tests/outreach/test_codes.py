"""Codes: what they look like, and where one stands in a message."""

from __future__ import annotations

import re
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.outreach.codes import ALPHABET, code_in, digest, make_code, normal
from channels import links
from channels.telegram.words import command

CODE = "7Q2K-M9XD-4TPV-B8NR"
SIGNS = "7Q2KM9XD4TPVB8NR"


@given(st.binary(min_size=10, max_size=10))
def test_every_code_fits_a_deep_link_and_is_found_again(random: bytes) -> None:
    code = make_code(lambda size: random[:size])

    assert command(f"/start {code}", "en") == ("/start", code)
    assert links.telegram("bot", code) == f"https://t.me/bot?start={code}"
    assert code_in("", code) == code_in(f"link {code.lower()}") == code_in(code) == code.replace("-", "")


def test_all_80_bits_are_in_the_code() -> None:
    numbers = iter(1 << place for place in range(80))
    codes = {make_code(lambda size: next(numbers).to_bytes(size, "big")) for _ in range(80)}
    assert len(codes) == 80


@pytest.mark.parametrize(
    "text",
    [CODE, CODE.lower(), f"LINK {CODE}", f"link: {CODE}", f" Link {SIGNS} ", f"LINK {CODE}.", f"LINK\n{CODE}"],
)
def test_a_code_in_a_text(text: str) -> None:
    assert code_in(text) == SIGNS


@pytest.mark.parametrize(
    "text",
    [
        "8",
        "link",
        "LINK to my order",
        "link that page with mine",
        f"my code is {CODE}, what is it for?",
        SIGNS,
        f"LINK {CODE}-AAAA",
        "LINK 7Q2K-M9XD-4TPV",
        "7U2K-M9XD-4TPV-B8NR",
        "+49 30 9018 2000",
    ],
)
def test_other_texts_mean_what_they_say(text: str) -> None:
    assert code_in(text) is None


@pytest.mark.parametrize("start", ["spring_2026-A1", "x", "x" * 64])
def test_a_deep_link_of_a_campaign_is_no_code(start: str) -> None:
    assert code_in(f"/start {start}", start) is None


def test_signs_that_look_alike_are_the_same() -> None:
    assert normal("oIl0-1111-1111-1111") == "0110111111111111"
    assert not set("ILOU") & set(ALPHABET)


def test_a_digest_reveals_no_code() -> None:
    assert re.fullmatch("[0-9a-f]{64}", digest(SIGNS))
    assert SIGNS not in digest(SIGNS).upper()


def test_two_codes_are_two() -> None:
    numbers = count()
    assert len({make_code(lambda size: next(numbers).to_bytes(size, "big")) for _ in range(100)}) == 100


@pytest.mark.parametrize(
    ("drawn", "link"),
    [
        (links.telegram("@shop_bot", CODE), f"https://t.me/shop_bot?start={CODE}"),
        (links.whatsapp("+1 500 555 0006", f"LINK {CODE}"), f"https://wa.me/15005550006?text=LINK%20{CODE}"),
        (links.sms("+15005550006", f"LINK {CODE}"), f"sms:+15005550006?body=LINK%20{CODE}"),
    ],
)
def test_links(drawn: str, link: str) -> None:
    assert drawn == link


@pytest.mark.parametrize("code", ["", "a b", "x" * 65, "é"])
def test_a_link_that_telegram_would_drop_is_not_made(code: str) -> None:
    with pytest.raises(ValueError, match="1 to 64"):
        links.telegram("bot", code)
