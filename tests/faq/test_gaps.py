"""Unanswered questions: masked, grouped, made into drafts, and gone with who asked them."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.cli import main
from bot.cli.faq_gaps import answered, groups
from bot.faq.masking import masked
from bot.faq.read import read_all
from bot.rasa_glue.training import ROOT
from bot.storage.tables import faq_events
from tests.backends import Backend
from tests.cli.conftest import place  # noqa: F401  (a fixture, as home is)
from tests.cli.test_report import home, plant  # noqa: F401
from tests.doubles import NOON
from tests.storage.seeding import Seed


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("call me on +49 170 1234567", "call me on #"),
        ("write to ada@x.example please", "write to <e-mail> please"),
        ("this is Ada Lovelace, any news of order 48213?", "this is <name>, any news of order #?"),
        ("does Ada get points", "does <name> get points"),
        ("adage", "adage"),
    ],
)
def test_personal_data_are_masked(text: str, said: str) -> None:
    assert masked(text, "Ada Lovelace") == said


SAME = [
    ("en", ["do you rent vans", "is it possible to rent a van?", "van rental"]),
    ("en", ["do you buy used furniture", "would you buy my old sofa", "can i sell you my old furniture"]),
    ("en", ["is there a student discount", "do students get a discount", "student discount??"]),
    ("en", ["how big is the oslo table", "dimensions of the oslo table", "size of oslo table"]),
    ("en", ["are dogs allowed in the shop", "dogs allowed?"]),
    ("de", ["vermietet ihr transporter", "kann man bei euch einen transporter mieten", "transporter mieten"]),
    ("de", ["gibt es studentenrabatt", "studentenrabatt", "rabatt für studenten"]),
    ("en", ["can you fix my bike"]),
    ("en", ["can I bring my boss"]),
    ("en", ["do you have jobs"]),
]


def test_the_same_question_in_other_words_is_one_group_and_no_other() -> None:
    """Asked in turns, so that no group is finished before another begins."""
    rounds = range(max(len(texts) for _, texts in SAME))
    asked = [(code, texts[n]) for n in rounds for code, texts in SAME if n < len(texts)]
    found = groups(asked, answered(ROOT / "dialogues" / "faq"))
    assert sorted((code, sorted(texts)) for code, texts in found) == sorted((c, sorted(t)) for c, t in SAME)
    assert [len(texts) for _, texts in found] == [3, 3, 3, 3, 3, 3, 2, 1, 1, 1]


def test_languages_stay_apart() -> None:
    assert len(groups([("en", "student discount"), ("de", "student discount")])) == 2
    assert groups([]) == []


ASKED = ("do you rent vans", "do you rent a van, I am Ada 0170 1234567", "are you hiring")


async def asked(seed: Seed) -> None:
    _, here = await seed.customer()
    for text in (*ASKED, ""):  # the last one was blanked
        about = {"conversation_id": here, "kind": "gap", "entry": "", "language": "en", "channel": "web"}
        await seed.insert(faq_events, **about, text=text, at=NOON)


def run(*args: str, folder: Path) -> Result:
    return CliRunner().invoke(main, ["faq", "gaps", *args, "--folder", str(folder)])


def test_the_command_shows_groups_without_persons(home: Path, backend: Backend) -> None:  # noqa: F811
    plant(backend, asked)
    shown = run(folder=home / "faq").output.splitlines()
    assert shown[0].startswith("1. en, 2 times: do you rent a van, I am ")
    assert "0170" not in shown[0]
    assert shown[1:] == ["2. en, 1 times: are you hiring", "3 questions in 2 groups."]
    assert run("--most", "1", folder=home / "faq").output.splitlines()[1] == "3 questions in 2 groups."


def test_a_group_becomes_a_draft_that_nobody_is_told(home: Path, backend: Backend) -> None:  # noqa: F811
    plant(backend, asked)
    made = run("--write", "1", "--key", "van_rental", folder=home / "faq")
    assert "write its answer" in made.output
    draft = home / "faq" / "en" / "van_rental.md"
    assert "do you rent vans" in draft.read_text(encoding="utf-8")
    _, problems = read_all(home / "faq")
    assert ["the answer is still to be written" in str(problem) for problem in problems] == [True]
    draft.write_text(draft.read_text(encoding="utf-8").replace("TODO: write the answer.", "No vans."))
    assert read_all(home / "faq")[1] == []


@pytest.mark.parametrize(
    ("wish", "said"),
    [
        (("--write", "3", "--key", "a"), "There is no group 3. There are 2"),
        (("--write", "0", "--key", "a"), "There is no group 0"),
        (("--write", "1"), "Say --key NAME"),
        (("--write", "1", "--key", "Van rental"), "Say --key NAME"),
        (("--write", "1", "--key", "there"), "exists already"),
    ],
)
def test_a_wrong_wish_writes_nothing(home: Path, backend: Backend, wish: tuple[str, ...], said: str) -> None:  # noqa: F811
    plant(backend, asked)
    (home / "faq" / "en").mkdir(parents=True)
    (home / "faq" / "en" / "there.md").write_text("mine")
    refused = run(*wish, folder=home / "faq")
    assert (refused.exit_code, said in " ".join(refused.output.split())) == (2, True)
    assert [file.read_text() for file in (home / "faq" / "en").iterdir()] == ["mine"]
