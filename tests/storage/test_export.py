"""What leaves the house: everything that counts, page after page, and nobody's identity where none was promised."""

from __future__ import annotations

import pytest

from bot.storage import export as module
from bot.storage.engine import Database
from bot.storage.export import Export
from bot.storage.report_queries import Filter, Period
from tests.storage.seeding import Seed


async def test_responses_come_with_their_answers_page_after_page(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PAGE", 2)
    seed = Seed(database)
    for score in range(5):
        await seed.scored(score)
    found = [response async for response in Export(database).responses(Filter())]
    assert [[answer.value for answer in response.answers] for response in found] == [[0], [1], [2], [3], [4]]
    assert (found[0].name, found[0].address) == ("Anna", "+493090180001")


async def test_an_anonymous_response_has_no_identity(database: Database) -> None:
    seed = Seed(database)
    await seed.response(await seed.customer(), contact_id=None)
    [response] = [response async for response in Export(database).responses(Filter())]
    assert (response.contact, response.name, response.address) == (None, None, None)


async def test_replaced_answers_only_come_when_asked_for(database: Database) -> None:
    seed = Seed(database)
    response = await seed.response(await seed.customer())
    await seed.answer(response, 2, state="superseded")
    await seed.answer(response, 8)
    await seed.answer(response, "bad", node="why", metric="", state="withdrawn")
    export = Export(database)
    [counted] = [r async for r in export.responses(Filter())]
    [everything] = [r async for r in export.responses(Filter(), all_answers=True)]
    assert [answer.value for answer in counted.answers] == [8]
    assert [answer.state for answer in everything.answers] == ["superseded", "current", "withdrawn"]
    assert await export.nodes(Filter()) == ["score"]


async def test_the_filter_holds(database: Database) -> None:
    seed = Seed(database)
    await seed.scored(1, "2026-10-31")
    await seed.scored(2, "2026-11-01", survey="other")
    await seed.scored(3, "2026-11-30")
    wanted = Filter("delivery_nps", Period("2026-11-01", "2026-12-01"))
    found = [response async for response in Export(database).responses(wanted)]
    assert [response.started_at[:10] for response in found] == ["2026-11-30"]
