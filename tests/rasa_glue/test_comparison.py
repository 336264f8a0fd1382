"""A new model against the running one: each phrasing is judged by a model that had not seen it."""

from __future__ import annotations

import tarfile
from pathlib import Path

import pytest

from bot.cli.model_choice import report
from bot.rasa_glue.nlu import kept, record
from bot.rasa_glue.nlu.comparison import Pair, Taught, compare, taught
from bot.rasa_glue.nlu.intent_model import Cutoffs
from bot.rasa_glue.nlu.phrasings import Phrasing
from bot.rasa_glue.nlu.record import Judgement
from bot.rasa_glue.nlu.teaching import Lesson
from bot.rasa_glue.nlu.teaching import taught as teach

REFUNDS = ["where is my refund", "refund please", "when is my refund coming", "no refund yet", "my refund is late"]
PARCELS = ["where is my parcel", "parcel lost", "when is my parcel coming", "no parcel yet", "my parcel is late"]
STRANGE = ["tell me a joke", "what is the capital of France", "sing a song", "how tall are you", "do my homework"]
TEXTS = [*REFUNDS, *PARCELS, *STRANGE]
INTENTS = ["faq/refund"] * 5 + ["faq/parcel"] * 5 + ["out_of_scope"] * 5


def phrasings(texts: list[str], intents: list[str], language: str = "en") -> list[Phrasing]:
    return [Phrasing(text, intent, language) for text, intent in zip(texts, intents, strict=True)]


def model_file(folder: Path, name: str, texts: list[str], intents: list[str]) -> Path:
    """What Rasa makes of our classifier: an archive with its folder in it."""
    inside = folder / name
    inside.mkdir()
    model, seen = teach(Lesson(texts, intents))
    model.save(inside)
    record.write(inside, texts, intents, seen)
    path = folder / f"conductor-{name}.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        archive.add(inside, "components/train_bot.rasa_glue.nlu.classifier.ConductorClassifier1")
    return path


def test_the_same_data_are_no_better_and_no_worse(tmp_path: Path) -> None:
    path = model_file(tmp_path, "a", TEXTS, INTENTS)
    side = taught(path, None)
    assert side is not None
    found = compare(side, side, phrasings(TEXTS, INTENTS))
    assert found is not None
    assert (found.understood.count, found.out_of_scope.count, found.unseen) == (10, 5, 0)
    assert (found.understood.points, found.newly_wrong, found.worse_in(0)) == (0, (), [])


def test_wrong_labels_are_seen(tmp_path: Path) -> None:
    good = taught(model_file(tmp_path, "good", TEXTS, INTENTS), None)
    mixed_up = ["faq/parcel", "faq/refund"] * 5 + ["out_of_scope"] * 5
    bad = taught(model_file(tmp_path, "bad", TEXTS, mixed_up), None)
    assert good is not None
    assert bad is not None
    right = compare(bad, good, phrasings(TEXTS, INTENTS))
    assert right is not None
    assert right.understood.points >= 20
    assert right.worse_in(2) == []


def test_a_phrasing_that_only_the_new_one_knows_is_asked_of_the_running_one(tmp_path: Path) -> None:
    new_text = "the refund of my parcel please"
    old = taught(model_file(tmp_path, "old", TEXTS, INTENTS), None)
    new = taught(model_file(tmp_path, "new", [*TEXTS, new_text], [*INTENTS, "faq/refund"]), None)
    assert old is not None
    assert new is not None
    found = compare(old, new, phrasings([*TEXTS, new_text], [*INTENTS, "faq/refund"]))
    assert found is not None
    assert (found.unseen, found.understood.count) == (1, 11)


def test_a_phrasing_that_was_taught_but_not_held_out_is_asked_of_nobody(tmp_path: Path) -> None:
    """Of very many phrasings one fifth is held out: a model that is asked the others repeats what it was told."""
    model, seen = teach(Lesson(TEXTS, INTENTS))
    record.write(tmp_path, TEXTS, INTENTS, seen[:5])
    running = Taught(record.read(tmp_path), model, Cutoffs())
    new = taught(model_file(tmp_path, "new", TEXTS, INTENTS), None)
    assert new is not None
    found = compare(running, new, phrasings(TEXTS, INTENTS))
    assert found is not None
    assert (found.understood.count + found.out_of_scope.count, found.unseen) == (5, 0)


def side(**guesses: str) -> Taught:
    return Taught({(text, "a"): Judgement(guess, 0.9) for text, guess in guesses.items()}, None, Cutoffs())


def test_newly_wrong_phrasings_are_named_with_what_they_are_taken_for() -> None:
    texts = [f"t{n}" for n in range(20)]
    old = side(**dict.fromkeys(texts, "a"))
    new = side(**{**dict.fromkeys(texts, "a"), "t3": "b", "t4": "b", "t5": "b"})
    found = compare(old, new, phrasings(texts, ["a"] * 20))
    assert found is not None
    assert [(one.text, one.taken) for one in found.newly_wrong] == [("t3", "b"), ("t4", "b"), ("t5", "b")]
    assert found.answered_wrong == (0, 3)
    assert found.worse_in(2.0) == ["understanding"]
    assert found.worse_in(15.0) == []
    assert any("'t3': a → b" in line for line in report(found))


def test_a_language_that_suffers_is_named() -> None:
    old = side(**{f"t{n}": "a" for n in range(400)})
    new = side(**{f"t{n}": "b" if n < 5 else "a" for n in range(400)})
    everything = [Phrasing(f"t{n}", "a", "de" if n < 20 else "en") for n in range(400)]
    found = compare(old, new, everything)
    assert found is not None
    assert found.worse_in(2.0) == ["understanding de"]


WORSE = [
    (Pair(100, 90, 87, 3, 0), True),
    (Pair(100, 90, 88, 4, 2), False),  # not more than the accepted 2 points
    (Pair(30, 30, 28, 2, 0), False),  # 7 points, but two phrasings
    (Pair(1000, 900, 897, 3, 0), False),
    (Pair(0, 0, 0, 0, 0), False),
]


@pytest.mark.parametrize(("pair", "worse"), WORSE)
def test_what_is_clearly_worse(pair: Pair, worse: bool) -> None:
    assert pair.worse(2.0) is worse


def test_without_a_record_nothing_is_compared() -> None:
    assert compare(Taught(None, None, Cutoffs()), side(t="a"), phrasings(["t"], ["a"])) is None


def test_a_classifier_is_kept_and_found_again_whole(tmp_path: Path) -> None:
    (tmp_path / "made").mkdir()
    (tmp_path / "made" / "weights").write_text("w")
    kept.use(tmp_path / "kept")
    try:
        name = kept.key(TEXTS, INTENTS, {}, "")
        assert not kept.fetch(name, tmp_path / "target")
        kept.put(name, tmp_path / "made")
        assert kept.fetch(name, tmp_path / "target")
        assert (tmp_path / "target" / "weights").read_text() == "w"
    finally:
        kept.use(None)
    assert not kept.fetch(name, tmp_path / "other")


CHANGES = [
    ([*TEXTS[:-1], "else"], INTENTS, {}, ""),
    (TEXTS, [*INTENTS[:-1], "faq/refund"], {}, ""),
    (TEXTS, INTENTS, {"names_teach": False}, ""),
    (TEXTS, INTENTS, {}, "an encoder"),
]


@pytest.mark.parametrize(("texts", "intents", "config", "encoder"), CHANGES)
def test_whatever_shapes_the_classifier_is_in_its_key(texts, intents, config, encoder) -> None:
    assert kept.key(texts, intents, config, encoder) != kept.key(TEXTS, INTENTS, {}, "")
    assert kept.key(list(TEXTS), list(INTENTS), {}, "") == kept.key(TEXTS, INTENTS, {}, "")
