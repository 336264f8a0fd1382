"""Themes and sentiment beside the answers: learnt, given, corrected, forgotten."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bot.conversation.state import Conversation
from bot.errors import ConductorError
from bot.insight.themes.codebook import Codebook, read
from bot.insight.themes.figures import lines
from bot.insight.themes.labelling import update, waiting
from bot.learning.labels import LabelModel
from bot.storage.anonymity import cut_loose, forget
from bot.storage.engine import Database
from bot.storage.label_counts import count_labels
from bot.storage.labels import SqlLabels
from bot.storage.report_queries import Filter
from bot.storage.tables import answer_labels, conversations, label_models
from tests.storage.seeding import Seed

NOW = "2026-11-26T09:00:00.000000+00:00"
GOOD = [
    "great service",
    "love it",
    "very friendly staff",
    "quick and easy",
    "happy with everything",
    "wonderful people",
]
BAD = ["waste of money", "never again", "nobody answered", "broken after a week", "very disappointed", "rude and slow"]
FILLER = ["really", "the shop", "this time", "honestly", "again today", "my order", "to be fair", "as always"]


@pytest.fixture
def seed(database: Database) -> Seed:
    return Seed(database)


@pytest.fixture
def store(database: Database) -> SqlLabels:
    return SqlLabels(database)


@pytest.fixture(scope="module")
def codebook(tmp_path_factory: pytest.TempPathFactory) -> Codebook:
    file = tmp_path_factory.mktemp("book") / "themes.yml"
    late = "late delivery, delivery late, came late, late again, too late, late parcel, very late delivery"
    rude = "rude staff, staff rude, rude agent, so rude, rude on the phone, agent rude, rude people"
    plain = "fine, all good, nothing, thanks, no comment, as expected, see above"
    file.write_text(
        f"themes:\n  late: {{title: {{en: Late}}, examples: {{en: [{late}]}}}}\n"
        f"  rude: {{title: {{en: Rude}}, examples: {{en: [{rude}]}}}}\nother: {{en: [{plain}]}}\n"
    )
    return read(file)


async def said(seed: Seed, text: str, score: int | None = None, customer: Any = None, **response: Any) -> int:
    """The id of a free-text answer, in a response with a score."""
    here = await seed.response(customer or await seed.customer(), **response)
    if score is not None:
        band = "promoter" if score >= 9 else "passive" if score >= 7 else "detractor"
        await seed.answer(here, score, band=band)
    return await seed.answer(here, text, node="why", metric="")


async def crowd(seed: Seed, each: int = 40) -> None:
    """Promoters and detractors with what they say, in many words."""
    dice = random.Random(7)
    for score, texts in ((10, GOOD), (2, BAD)):
        for _ in range(each):
            await said(seed, f"{dice.choice(FILLER)} {dice.choice(texts)} {dice.choice(FILLER)}", score)


async def labels(database: Database, answer: int, kind: str = "theme") -> list[str]:
    query = sa.select(answer_labels.c.label).where(answer_labels.c.answer_id == answer, answer_labels.c.kind == kind)
    async with database.read() as connection:
        return sorted((await connection.execute(query)).scalars())


async def test_an_answer_gets_its_themes_and_the_second_time_there_is_nothing_to_do(seed, store, codebook, database):
    both = await said(seed, "late delivery, rude staff")
    none = await said(seed, "purple cows")
    assert await waiting(store, codebook)
    done = await update(store, codebook, NOW)
    assert (done.trained, done.labelled) == (("theme", "sentiment"), 4)
    assert await labels(database, both) == ["late", "rude"]
    assert await labels(database, none) == ["unclassified"]
    assert await labels(database, both, "sentiment") == ["unclassified"], "two answers teach no sentiment"
    assert not await waiting(store, codebook)
    assert (await update(store, codebook, NOW)).labelled == 0


async def test_only_what_is_over_and_current_is_labelled(seed, store, codebook, database):
    running = await said(seed, "late delivery", status="active")
    gone = await seed.answer(
        await seed.response(await seed.customer()), "late", node="why", metric="", state="withdrawn"
    )
    await update(store, codebook, NOW)
    assert (await labels(database, running), await labels(database, gone)) == ([], [])


async def test_the_score_teaches_the_sentiment_and_held_out_answers_get_it_right(seed, store, codebook, database):
    await crowd(seed)
    passive = await said(seed, "to be fair love it this time", 8)
    unscored = await said(seed, "honestly waste of money my order")
    unsure = await said(seed, "zwölf Boxkämpfer")
    await update(store, codebook, NOW)
    found = [await labels(database, answer, "sentiment") for answer in (passive, unscored, unsure)]
    assert found == [["positive"], ["negative"], ["unclassified"]]
    facts = (await store.model("sentiment")).facts
    assert (facts["scored"], facts["labels"]["positive"]["n"]) == (80, 40)
    learnt = facts["labels"]["negative"]
    assert learnt["right"] / learnt["given"] >= 0.8


async def test_a_correction_replaces_the_labels_and_teaches(seed, store, codebook, database):
    answer = await said(seed, "the cows were purple")
    await update(store, codebook, NOW)
    await store.correct("theme", {answer: ["rude"]}, NOW[:10])
    await store.correct("sentiment", {answer: ["negative"]}, NOW[:10])
    assert await waiting(store, codebook)
    assert (await update(store, codebook, NOW)).trained == ("theme", "sentiment")
    assert (await labels(database, answer), await labels(database, answer, "sentiment")) == (["rude"], ["negative"])
    assert (await store.model("theme")).facts["corrections"] == 1
    await store.correct("theme", {answer: []}, NOW[:10])
    await update(store, codebook, NOW)
    assert await labels(database, answer) == ["unclassified"]


async def test_a_correction_of_what_is_no_free_text_is_refused_whole(seed, store, codebook):
    answer = await said(seed, "late", 3)
    with pytest.raises(ConductorError, match="themes list"):
        await store.correct("theme", {answer: ["late"], 999: ["late"]}, NOW[:10])
    assert await store.taught("theme") == []


async def test_another_codebook_labels_anew(seed, store, codebook, tmp_path: Path, database):
    answer = await said(seed, "purple cows everywhere")
    await update(store, codebook, NOW)
    cows = ", ".join(f"purple cows {word}" for word in ["a", "b", "c", "d", "e", "f", "g", "h"])
    (tmp_path / "t.yml").write_text(
        f"themes:\n  cows: {{title: {{en: C}}, examples: {{en: [{cows}]}}}}\n"
        "other: {en: [x y, z, fine, good, no, ok, so]}\n"
    )
    await update(store, read(tmp_path / "t.yml"), NOW)
    assert await labels(database, answer) == ["cows"]


async def test_who_has_their_data_deleted_no_longer_teaches_and_their_label_is_nobodys(seed, store, codebook, database):
    contact, here = await seed.customer()
    answer = await said(seed, "late delivery Zebediah", 2, (contact, here))
    await crowd(seed, 31)
    await store.correct("theme", {answer: ["late"]}, NOW[:10])
    await update(store, codebook, NOW)
    async with database.read() as connection:
        row = (await connection.execute(sa.select(conversations).where(conversations.c.id == here))).mappings().one()
    known = {"id": here, "contact_id": contact, "provider": "web", "channel": "sms", "address": row["address"]}
    before = await store.signature()
    async with database.write() as connection:
        await forget(connection, Conversation(**known, language="en", owner="bot"), NOW)
    assert await store.signature() != before
    assert (await update(store, codebook, NOW)).trained == ("theme", "sentiment")
    assert await store.taught("theme") == []
    assert await labels(database, answer) == ["late"], "it counts on, without words and without a person"
    async with database.read() as connection:
        kept = (await connection.execute(sa.select(label_models.c.weights).order_by(label_models.c.id))).scalars().all()
    assert [weights is None for weights in kept] == [True, True, False, False], "an earlier model may know their words"


async def test_of_an_anonymous_answer_only_the_day_is_kept(seed, store, codebook, database):
    times = {"started_at": NOW, "ended_at": NOW, "contact_id": None}
    answer = await said(seed, "late delivery", 2, **times)
    async with database.write() as connection:
        await cut_loose(connection, 1)
    await update(store, codebook, NOW)
    async with database.read() as connection:
        [row] = (await connection.execute(sa.select(answer_labels).where(answer_labels.c.kind == "theme"))).mappings()
    assert (row["answer_id"], row["label"], row["at"]) == (answer, "late", "2026-11-26")


async def test_the_report_counts_and_hides_what_is_few(seed, store, codebook, database):
    for score in (0, 1, 2, 3, 4):
        await said(seed, "late delivery", score)
    for score in (9, 10):
        await said(seed, "rude staff", score)
    await said(seed, "purple cows", 10)
    await update(store, codebook, NOW)
    counts = await count_labels(database, Filter())
    assert counts.scores == {"nps": (8, 39.0)}
    late, rude, unsure = lines(
        "theme", counts.counted, counts.scores, counts.totals["theme"], {"late": "L", "rude": "R"}
    )
    assert (late.label, late.share.count, late.share.of) == ("late", 5, 8)
    assert [(i.metric, i.n, i.mean, i.difference) for i in late.impacts] == [("nps", 5, 2.0, 2.0 - 39 / 8)]
    assert (rude.label, rude.share, rude.impacts) == ("rude", None, ())
    assert (unsure.label, unsure.share) == ("unclassified", None)


async def test_the_numbers_of_a_model_and_its_weights_come_back(seed, store, codebook):
    await update(store, codebook, NOW)
    model = await store.model("theme")
    assert model.facts["codebook"] == 21
    assert set(LabelModel.loads(model.weights).learnt) == {"late", "rude"}
