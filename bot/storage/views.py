"""Read models: a conversation as screens show it."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.conversation.operations import prompt_as_dict
from bot.conversation.state import TO_A_PERSON
from bot.storage.catalogue import SqlCatalogue
from bot.storage.engine import Database
from bot.storage.tables import answers, cases, contacts, conversations, responses
from bot.storage.transcript import transcript
from survey_flows import engine, serialise, wording
from survey_flows.model import Node, Survey
from survey_flows.session import Session


class Views:
    """`conversation` is all that the playground and the console show of one conversation."""

    def __init__(self, database: Database, catalogue: SqlCatalogue) -> None:
        self._database = database
        self._catalogue = catalogue

    async def conversation(self, conversation: int) -> dict[str, Any] | None:
        """The state of a conversation as JSON-ready data, or None when there is none."""
        async with self._database.read() as connection:
            row = (await connection.execute(_CONVERSATION.where(conversations.c.id == conversation))).mappings().first()
            if row is None:
                return None
            said = await transcript(connection, conversation)
            response = await _latest_response(connection, conversation)
            given = await _answers(connection, response["id"]) if response else []
            opened = await _cases(connection, conversation)
        survey = await self._catalogue.version(response["fingerprint"]) if response else None
        read = (m["understood"] for m in reversed(said) if m["direction"] == "in" and m["understood"])
        last = next((meaning for meaning in read if meaning != TO_A_PERSON), None)
        return {
            "conversation": _conversation(row),
            "response": _response(response, survey) if response and survey else None,
            "answers": [_answer(a, survey, row["language"]) for a in given],
            "cases": opened,
            "transcript": said,
            "understood": last,
        }


_CONVERSATION = sa.select(conversations, contacts.c.name, contacts.c.opted_out_at).join(
    contacts, contacts.c.id == conversations.c.contact_id
)


def _conversation(row: sa.engine.RowMapping) -> dict[str, Any]:
    shown = ("id", "owner", "agent", "language", "channel", "address", "name")
    return {**{k: row[k] for k in shown}, "opted_out": row["opted_out_at"] is not None}


async def _latest_response(connection: AsyncConnection, conversation: int) -> sa.engine.RowMapping | None:
    query = sa.select(responses).where(responses.c.conversation_id == conversation).order_by(responses.c.id.desc())
    return (await connection.execute(query.limit(1))).mappings().first()


async def _answers(connection: AsyncConnection, response: int) -> list[sa.engine.RowMapping]:
    query = sa.select(answers).where(answers.c.response_id == response).order_by(answers.c.id)
    return list((await connection.execute(query)).mappings())


async def _cases(connection: AsyncConnection, conversation: int) -> list[dict[str, Any]]:
    query = sa.select(cases).where(cases.c.conversation_id == conversation).order_by(cases.c.id)
    shown = (
        "id",
        "status",
        "team",
        "priority",
        "metric",
        "score",
        "band",
        "verbatim",
        "opened_at",
        "due_at",
        "first_response_at",
        "resolve_by",
        "agent",
        "reason",
    )
    return [{k: row[k] for k in shown} for row in (await connection.execute(query)).mappings()]


def _response(row: sa.engine.RowMapping, survey: Survey) -> dict[str, Any]:
    session = serialise.loads(row["session"])
    prompt = engine.prompt(survey, session) if not session.over else None
    return {
        "id": row["id"],
        "survey": row["survey_key"],
        "title": survey.title.get(row["language"]) or survey.title[survey.language],
        "touchpoint": row["touchpoint"],
        "fingerprint": row["fingerprint"],
        "status": row["status"],
        "language": session.language,
        "current": _current(survey, session),
        "current_prompt": prompt_as_dict(prompt) if prompt else None,
        "started_at": row["started_at"],
        "ended_at": row["ended_at"],
    }


def _current(survey: Survey, session: Session) -> str | None:
    node = None if session.over else engine.current(survey, session)
    return node.id if node else None


def _answer(row: sa.engine.RowMapping, survey: Survey | None, language: str) -> dict[str, Any]:
    shown = ("node", "question", "type", "raw", "metric", "score", "band", "state", "skipped", "answered_at", "comment")
    value = json.loads(row["value"]) if row["value"] else None
    node = next((n for n in survey.nodes if n.id == row["node"]), None) if survey else None
    return {**{k: row[k] for k in shown}, "value": value, "label": label(node, value, language)}


def label(node: Node | None, value: Any, language: str) -> str:
    """An answer's value in words: option labels, yes and no, otherwise the value itself."""
    if isinstance(value, bool):
        return wording.phrase(language, "yes" if value else "no")
    if node is None or not node.question.options or value is None:
        return "" if value is None else str(value)
    labels = {o.key: o.label.get(language) or next(iter(o.label.values())) for o in node.question.options}
    keys = value if isinstance(value, list) else [value]
    return ", ".join(labels.get(k, str(k)) for k in keys)
