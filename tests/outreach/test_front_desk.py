"""A customer takes a survey by their own wish. The house is the whole one; only Rasa is played."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from bot.conversation.use_cases import House
from channels.contract import Inbound
from tests.backends import Backend
from tests.conversation.test_one_survey_at_a_time import Agent, surveys
from tests.journeys.stage import Stage, as_line

WISH = Inbound("web", "web", "w1", "customer", "", language="en")


@pytest.fixture
async def stage(backend: Backend) -> AsyncIterator[Stage]:
    agent = Agent()
    stage = Stage(backend, agent)
    agent.house = House(stage.conductor.catalogue, stage.conductor.desk)
    await stage.open()
    yield stage
    await stage.close()


async def wish(stage: Stage, survey: str, message_id: str = "w1") -> tuple[str, list[str]]:
    became = await stage.conductor.begin(replace(WISH, message_id=message_id), survey)
    await stage.conductor.settle()
    new = [as_line(message) for _, message in stage.sender.taken[stage._seen :]]
    stage._seen = len(stage.sender.taken)
    return became, new


async def test_a_stranger_sees_what_there_is_in_their_language(stage: Stage) -> None:
    seen = await stage.conductor.overview("web", "customer", "de")

    assert (seen.language, seen.owner, seen.opted_out, seen.question) == ("de", "bot", False, None)
    assert {offer.key for offer in seen.offers} >= {"delivery_nps", "product_feedback", "relationship_nps"}
    assert await surveys(stage) == []


async def test_a_survey_begins_and_a_second_wish_asks_its_question_again(stage: Stage) -> None:
    became, said = await wish(stage, "product_feedback")
    assert (became, said[-1].startswith("[used]")) == ("started", True)

    seen = await stage.conductor.overview("web", "customer", "de")
    assert seen.question is not None
    assert (seen.question.question, seen.language, bool(seen.survey)) == ("used", "en", True)

    for survey in ("product_feedback", ""):
        became, said = await wish(stage, survey, f"w2{survey}")
        assert (became, [line[:6] for line in said]) == ("goes_on", ["[used]"])
    assert await surveys(stage) == [("product_feedback", "active")]


async def test_the_same_wish_again_does_nothing(stage: Stage) -> None:
    await wish(stage, "product_feedback")
    assert (await wish(stage, "", "w2"))[1] != []
    assert (await wish(stage, "", "w2"))[1] == []


async def test_another_survey_waits_for_the_open_one(stage: Stage) -> None:
    await wish(stage, "product_feedback")
    assert await wish(stage, "delivery_nps", "w2") == ("waits", [])


async def test_who_opted_out_is_told_so(stage: Stage) -> None:
    await wish(stage, "product_feedback")
    await stage.turn({"say": "STOP"})
    assert (await stage.conductor.overview("web", "customer", "en")).opted_out
    assert await wish(stage, "delivery_nps", "w2") == ("opted_out", [])


async def test_while_a_person_has_the_conversation_nothing_begins(stage: Stage) -> None:
    await wish(stage, "product_feedback")
    await stage.turn({"agent": {"claim": "Dana"}})
    assert await wish(stage, "", "w2") == ("person", [])
    assert await wish(stage, "delivery_nps", "w3") == ("person", [])
    assert await stage.conductor.objection(replace(WISH, picked={"question": "used", "value": []})) == ""


@pytest.mark.parametrize("survey", ["", "no_such_survey"])
async def test_what_there_is_not_is_not_begun(stage: Stage, survey: str) -> None:
    assert await wish(stage, survey) == ("unknown", [])


async def test_only_offered_surveys_are_shown_and_begun(stage: Stage) -> None:
    stage.conductor.reception = replace(stage.conductor.reception, offered=("delivery_nps",))
    seen = await stage.conductor.overview("web", "customer", "en")
    assert [offer.key for offer in seen.offers] == ["delivery_nps"]
    assert (await wish(stage, "product_feedback"))[0] == "unknown"


@pytest.mark.parametrize(
    ("picked", "said"),
    [
        ({"question": "used", "value": ["delivery"]}, ""),
        ({"question": "used", "value": []}, "?"),
        ({"question": "used", "value": ["no such option"]}, "?"),
        ({"question": "somewhere_else", "value": 3}, ""),
    ],
)
async def test_a_form_hears_why_its_answer_will_not_do(stage: Stage, picked: dict[str, Any], said: str) -> None:
    await wish(stage, "product_feedback")
    question = (await stage.conductor.overview("web", "customer", "en")).question
    assert question is not None
    if picked["value"] == ["delivery"]:
        picked = {**picked, "value": [question.choices[0].value]}

    objection = await stage.conductor.objection(replace(WISH, picked=picked))

    assert bool(objection) == bool(said)
    assert said in objection


async def test_a_form_hears_the_limit_that_the_survey_sets(stage: Stage) -> None:
    await wish(stage, "product_feedback")
    question = (await stage.conductor.overview("web", "customer", "en")).question
    assert question is not None
    four = [choice.value for choice in question.choices[:4]]

    assert "3" in await stage.conductor.objection(replace(WISH, picked={"question": "used", "value": four}))


async def test_a_form_that_comes_after_the_end_is_told_so(stage: Stage) -> None:
    objection = await stage.conductor.objection(replace(WISH, picked={"question": "used", "value": ["x"]}))
    assert "closed" in objection


async def test_a_form_that_is_sent_again_after_the_end_is_no_mistake(stage: Stage) -> None:
    await wish(stage, "product_feedback")
    filled = replace(WISH, message_id="f1", text="that was all", picked={"question": "used", "value": ["search"]})
    await stage.conductor.accept(filled)
    await stage.conductor.settle()
    assert await surveys(stage) == [("product_feedback", "completed")]

    assert await stage.conductor.objection(filled) == ""
    assert not await stage.conductor.accept(filled)
    assert "closed" in await stage.conductor.objection(replace(filled, message_id="f2"))
