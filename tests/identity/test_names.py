"""A name stands for one person: not for the house, the bot or a customer, and for no colleague."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.errors import ConductorError
from bot.identity.agent import Agent
from bot.identity.errors import Told
from bot.identity.names import must_be_free, normal_name
from bot.identity.roles import Role

KIM = Agent(1, "kim@example.com", "Kim Öztürk", Role.AGENT)


@pytest.mark.parametrize(
    "name",
    ["conductor", "Conductor", "BOT", " the  bot ", "Customer", "Kunde", "command line", "ｂｏｔ", "Bot!", "b\u00f6t"],
)
def test_names_of_the_house_are_nobodys(name: str) -> None:
    with pytest.raises(ConductorError, match="taken for somebody else"):
        normal_name(name)


@pytest.mark.parametrize("name", ["", "  ", "x" * 121, "...", "Kim\u202emiK"])
def test_what_is_no_name(name: str) -> None:
    with pytest.raises(ConductorError, match="1 to 120"):
        normal_name(name)


@pytest.mark.parametrize("name", ["Kim Öztürk", "kim ozturk", "KIM ÖZTÜRK", "Kim Öztürk.", "kim@example.com"])
def test_nobody_borrows_a_colleagues_name(name: str) -> None:
    with pytest.raises(ConductorError, match="Kim Öztürk"):
        must_be_free(name, [KIM], [], but=2)
    assert said(name, [KIM], [], but=KIM.id) == "", "it is their own"


@pytest.mark.parametrize("name", ["Kim", "Botho", "Ada Conductor", "Kim Öztürk 2", "李小龙"])
def test_other_names_are_free(name: str) -> None:
    normal = normal_name(name)
    assert said(normal, [KIM], [], but=2) == ""
    assert "already" in said(normal, [replace(KIM, name=name)], [], but=2), "until somebody has it"


@pytest.mark.parametrize("name", ["Kim", "KIM.", "kím"])
def test_a_name_that_a_colleague_gave_up_stays_theirs(name: str) -> None:
    assert "the audit knows them" in said(name, [KIM], ["Kim"], but=2)


def said(*asked: Any, but: int) -> str:
    """Why the name is not free; "" when it is."""
    try:
        must_be_free(*asked, but=but)
    except Told as error:
        return str(error)
    return ""
