"""Every journey in this folder, played through the real Rasa agent. A journey is a whole conversation as data
(README.md)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.conversation.language_offer import QUESTION as LANGUAGE_OFFER
from tests.backends import Backend
from tests.journeys.stage import Stage, matches, show, stored

HERE = Path(__file__).parent


def journeys() -> list[Any]:
    found = []
    for file in sorted(HERE.glob("*.yml")):
        for journey in yaml.safe_load_all(file.read_text(encoding="utf-8")):
            found.append(pytest.param(journey, id=f"{file.stem}: {journey['name']}"))
    return found


@pytest.mark.parametrize("journey", journeys())
async def test_journey(journey: dict[str, Any], rasa_agent: Any, backend: Backend) -> None:
    own = {"surveys": HERE / "surveys"} if journey.get("own_surveys") else {}
    stage = Stage(backend, rasa_agent, **own)
    stage.channel = journey.get("channel", "web")
    stage.language = journey.get("language", "en")
    await stage.open()
    try:
        for number, turn in enumerate(journey["turns"], 1):
            sent = await stage.turn(turn)
            difference = matches(turn.get("expect", []), sent)
            assert not difference, f"turn {number} {turn}: {difference}"
            spoken = (await stage.view())["conversation"]["language"]
            asked = [m.prompt for m in sent if m.prompt and m.prompt.question != LANGUAGE_OFFER]
            assert {prompt.language for prompt in asked} <= {spoken}, f"turn {number}: not all in {spoken}"
        outcome = await stored(stage)
        wanted = journey["stored"]
        assert show({k: outcome[k] for k in wanted}) == show(wanted)
        assert all(row["status"] == "done" for row in await stage.rows("inbox")), "a message was not handled"
        assert all(row["status"] == "sent" for row in await stage.rows("outbox")), "a reply was not sent"
    finally:
        await stage.close()


def test_there_are_at_least_25_journeys() -> None:
    assert len(journeys()) >= 25
