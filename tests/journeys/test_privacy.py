"""Answers without the person: anonymous surveys, and customers who want their data deleted. Looked up in every
table."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bot.storage.tables import metadata
from tests.backends import Backend
from tests.journeys.stage import Stage

SURVEYS = Path(__file__).parent / "surveys"
SECRET = "my manager Mr Smith shouts"


async def everything(stage: Stage) -> dict[str, list[dict[str, Any]]]:
    return {name: await stage.rows(name) for name in metadata.tables}


async def test_an_anonymous_response_leads_to_nobody(backend: Backend, rasa_agent: Any) -> None:
    stage = Stage(backend, rasa_agent, surveys=SURVEYS)
    await stage.open()
    await stage.turn({"start": "anonymous_pulse", "name": "Ada"})
    await stage.turn({"say": "2"})
    await stage.turn({"say": SECRET})
    await stage.turn({"say": "skip"})  # an address for an answer
    rows = await everything(stage)
    [response], [case] = rows["responses"], rows["cases"]
    assert response["status"] == "completed"
    assert {response[k] for k in ("contact_id", "conversation_id", "invitation_id")} == {None}
    assert {case[k] for k in ("contact_id", "conversation_id")} == {None}
    assert [a["value"] for a in rows["answers"] if not a["skipped"]] == ["2", f'"{SECRET}"']
    assert {a["inbox_id"] for a in rows["answers"]} == {None}
    assert not [m for m in rows["inbox"] if SECRET in m["text"]], "the inbox still says who wrote it"
    assert "Ada" not in str(rows["responses"])
    assert SECRET not in str(rows["conversations"]), "Rasa's tracker remembers it"
    await stage.close()


async def test_an_address_left_for_an_answer_is_on_the_case_and_nowhere_else(backend: Backend, rasa_agent: Any) -> None:
    stage = Stage(backend, rasa_agent, surveys=SURVEYS)
    await stage.open()
    await stage.turn({"start": "anonymous_pulse", "name": "Ada"})
    await stage.turn({"say": "2"})
    [offer] = await stage.turn({"say": SECRET})
    assert "only that is passed on" in offer.text
    await stage.turn({"say": "ada@example.com"})
    rows = await everything(stage)
    [case] = rows["cases"]
    assert (case["reply_to"], case["contact_id"], case["conversation_id"]) == ("ada@example.com", None, None)
    case["reply_to"] = None
    assert "ada@example.com" not in str(rows), "nothing else leads from the address to anything"
    assert "Ada" not in str(case)
    await stage.close()


async def test_who_wants_their_data_deleted_is_forgotten_and_never_asked_again(
    backend: Backend, rasa_agent: Any
) -> None:
    stage = Stage(backend, rasa_agent)
    await stage.open()
    await stage.turn({"start": "delivery_nps", "name": "Ada Lovelace"})
    await stage.turn({"say": "2"})
    await stage.turn({"say": SECRET})
    [reply] = await stage.turn({"say": "please delete my data"})
    assert "deleted" in reply.text
    rows = await everything(stage)
    assert SECRET not in str(rows)
    assert "Lovelace" not in str(rows)
    assert [a["score"] for a in rows["answers"] if a["question"] == "score"] == [2.0], "the score is kept"
    assert await stage.turn({"start": "delivery_nps", "refused": "opted out"}) == []
    await stage.close()


async def test_the_conversation_goes_on_with_somebody_we_know_nothing_of(backend: Backend, rasa_agent: Any) -> None:
    stage = Stage(backend, rasa_agent)
    await stage.open()
    await stage.turn({"say": "delete all my data please"})
    [reply] = await stage.turn({"say": "where is my parcel?"})
    assert "tracking" in reply.text.lower()
    await stage.close()
