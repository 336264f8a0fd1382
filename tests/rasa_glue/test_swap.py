"""Turns under way finish on their model; the next ones run on the new one; what can't be loaded changes nothing."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from bot.rasa_glue.registry import Registry
from bot.rasa_glue.swap import ModelWatch, SwappingAgent
from tests.rasa_glue.test_registry import NOW, model


class Named:
    """An agent that answers with its name, when it is let."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.go = asyncio.Event()
        self.go.set()
        self.forgotten: list[int] = []

    async def understand(self, text: str, language: str, chosen: bool = False) -> dict[str, Any]:
        return {"by": self.name}

    async def converse(self, turn: Any, parse_data: Any, tracker: str | None) -> str:
        await self.go.wait()
        return f"{parse_data['by']}{self.name}"

    def forget(self, conversation: int) -> None:
        self.forgotten.append(conversation)


async def one_message(agent: SwappingAgent) -> str:
    with agent.turn():
        understood = await agent.understand("hello", "en")
        said = await agent.converse(None, understood, None)  # type: ignore[arg-type]
        agent.forget(1)
        return str(said)


async def test_a_turn_stays_with_its_model_and_the_next_one_has_the_new_one() -> None:
    old, new = Named("a"), Named("b")
    agent = SwappingAgent(old, "conductor-a.tar.gz")
    old.go.clear()
    under_way = [asyncio.create_task(one_message(agent)) for _ in range(3)]
    await asyncio.sleep(0)
    swapped = asyncio.create_task(agent.swap(new, "conductor-b.tar.gz"))
    await asyncio.sleep(0)
    assert await one_message(agent) == "bb"
    assert not swapped.done()
    old.go.set()
    assert await asyncio.gather(*under_way) == ["aa"] * 3
    await swapped
    assert (len(old.forgotten), len(new.forgotten), agent.model) == (3, 1, "conductor-b.tar.gz")


async def test_a_turn_that_fails_lets_go_of_its_model() -> None:
    agent = SwappingAgent(Named("a"), "a")
    with pytest.raises(ZeroDivisionError), agent.turn():
        raise ZeroDivisionError
    await asyncio.wait_for(agent.swap(Named("b"), "b"), 1)


class House:
    """A registry with the models a and b, a is running; loading b can fail."""

    def __init__(self, folder: Path) -> None:
        self.registry = Registry(folder)
        self.registry.activate(model(folder, "a"), NOW, "first")
        model(folder, "b")
        self.agent = SwappingAgent(Named("a"), "conductor-a.tar.gz")
        self.loaded: list[str] = []
        self.replaced: list[Any] = []
        self.broken = False
        self.watch = ModelWatch(self.agent, self.registry, self.load, self.replaced.append, lambda: NOW)

    def load(self, path: Path) -> Named:
        self.loaded.append(path.name)
        if self.broken:
            raise ValueError("no model")
        return Named(path.name[10])

    def choose(self, letter: str) -> None:
        self.registry.activate(self.registry.path(letter), NOW, "by hand")


async def test_a_choice_is_followed_once(tmp_path: Path) -> None:
    house = House(tmp_path)
    assert await house.watch.look() == 0
    house.choose("b")
    assert [await house.watch.look() for _ in range(3)] == [1, 0, 0]
    assert await one_message(house.agent) == "bb"
    assert [agent.name for agent in house.replaced] == ["b"]
    house.registry.activate(house.registry.before(), NOW, "rolled back")
    assert await house.watch.look() == 1
    assert await one_message(house.agent) == "aa"


async def test_what_cannot_be_loaded_is_noted_and_the_running_model_stays(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.broken = True
    house.choose("b")
    assert [await house.watch.look() for _ in range(3)] == [0, 0, 0]
    assert house.loaded == ["conductor-b.tar.gz"], "not again every second"
    assert await one_message(house.agent) == "aa"
    assert house.registry.current() == "conductor-a.tar.gz", "a restart would fail otherwise"
    assert house.registry.history()[-1].how == "broken"


async def test_what_was_chosen_between_the_start_and_the_first_look_is_followed(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.choose("b")
    watch = ModelWatch(
        house.agent, house.registry, house.load, house.replaced.append, lambda: NOW, seen="conductor-a.tar.gz"
    )
    assert await watch.look() == 1
