"""Answers without the person: anonymous surveys, and customers who want their data deleted. Looked up in every
table."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bot.storage.tables import metadata
from tests.journeys.stage import Stage

SURVEYS = Path(__file__).parent / "surveys"
SECRET = "my manager Mr Smith shouts"


async def everything(stage: Stage) -> dict[str, list[dict[str, Any]]]:
    return {name: await stage.rows(name) for name in metadata.tables}


async def test_an_anonymous_response_leads_to_nobody(tmp_path: Path, rasa_agent: Any) -> None:
    stage = Stage(tmp_path, rasa_agent, SURVEYS)
    await stage.open()
    await stage.turn({"start": "anonymous_pulse", "name": "Ada"})
    await stage.turn({"say": "2"})
    await stage.turn({"say": SECRET})
    rows = await everything(stage)
    [response], [case] = rows["responses"], rows["cases"]
    assert response["status"] == "completed"
    assert {response[k] for k in ("contact_id", "conversation_id", "invitation_id")} == {None}
    assert {case[k] for k in ("contact_id", "conversation_id")} == {None}
    assert [a["value"] for a in rows["answers"]] == ["2", f'"{SECRET}"']
    assert {a["inbox_id"] for a in rows["answers"]} == {None}
    assert not [m for m in rows["inbox"] if SECRET in m["text"]], "the inbox still says who wrote it"
    assert "Ada" not in str(rows["responses"])
    assert SECRET not in str(rows["conversations"]), "Rasa's tracker remembers it"
    await stage.close()


async def test_who_wants_their_data_deleted_is_forgotten_and_never_asked_again(tmp_path: Path, rasa_agent: Any) -> None:
    stage = Stage(tmp_path, rasa_agent)
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


async def test_the_conversation_goes_on_with_somebody_we_know_nothing_of(tmp_path: Path, rasa_agent: Any) -> None:
    stage = Stage(tmp_path, rasa_agent)
    await stage.open()
    await stage.turn({"say": "delete all my data please"})
    [reply] = await stage.turn({"say": "where is my parcel?"})
    assert "tracking" in reply.text.lower()
    await stage.close()
