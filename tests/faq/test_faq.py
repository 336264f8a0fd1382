"""The FAQ's files: read, checked, written, exchanged with Rasa and with tables."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from bot.cli.faq import command
from bot.errors import ConductorError
from bot.faq.check import check
from bot.faq.entry import Book, Entry, Link
from bot.faq.problem import FaqError
from bot.faq.rasa_format import entries_from, export, responses
from bot.faq.read import read_all, read_folder
from bot.faq.table import entries_from_csv
from bot.faq.write import write
from bot.rasa_glue.training import ROOT

HOUSE = ROOT / "dialogues" / "faq"
PHRASINGS = tuple(f"where is my refund {n}" for n in range(8))
SHORT = {"sms": "5 Tage", "voice": "5 Tage"}
PAGE = (Link("Page", "https://x.example"),)
REFUND = Entry("refund", "en", "Where is my refund?", "It takes 5 days.", PHRASINGS)


def put(folder: Path, text: str, name: str = "en/refund.md") -> Path:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    "entry",
    [
        REFUND,
        Entry("refund", "de", "Wo: mein Geld?", "Fünf Tage.", ("wo - ist #es", "'ja'"), SHORT),
        Entry("hours", "en", "Hours", "See below.", ("when",), {"voice": "Eight to eight."}, PAGE),
    ],
)
def test_what_is_written_is_read_again(tmp_path: Path, entry: Entry) -> None:
    write(entry, tmp_path)
    [found] = read_folder(tmp_path)
    assert {**found.__dict__, "file": ""} == entry.__dict__


def test_an_entry_may_be_yaml(tmp_path: Path) -> None:
    put(tmp_path, "title: Hours\nanswer: Eight to eight.\nphrasings: [when]\n", "en/hours.yml")
    assert read_folder(tmp_path).entry("hours", "en") is not None


@pytest.mark.parametrize(
    ("text", "name", "said"),
    [
        ("no head", "en/refund.md", "it has no head"),
        ("---\ntitle: [\n---\nx", "en/refund.md", "can't be read"),
        ("---\ntitle: T\nphrasing: [a]\nphrasings: [a]\n---\nx", "en/refund.md", "Did you mean phrasings?"),
        ("---\ntitle: T\nphrasings: [1]\n---\nx", "en/refund.md", "`phrasings` is a list of texts"),
        ("---\nphrasings: [a]\n---\nx", "en/refund.md", "`title` is needed"),
        ("---\ntitle: T\nphrasings: [a]\n---\n", "en/refund.md", "`answer` is needed"),
        ("---\ntitle: T\nphrasings: [a]\nlinks: [x]\n---\ny", "en/refund.md", "`links` is a list of"),
        ("---\ntitle: T\nphrasings: [a]\n---\ny", "en/Re fund.md", "can't be used"),
        ("---\ntitle: T\nphrasings: [a]\n---\ny", "english/refund.md", "is no language"),
    ],
)
def test_a_mistake_is_named_with_its_file(tmp_path: Path, text: str, name: str, said: str) -> None:
    with pytest.raises(FaqError) as wrong:
        read_folder(put(tmp_path, text, name))
    assert said in str(wrong.value)
    assert name in str(wrong.value)


def test_one_broken_file_does_not_hide_the_others(tmp_path: Path) -> None:
    put(tmp_path, "broken")
    put(tmp_path, "---\ntitle: T\nphrasings: [a]\n---\ny", "en/other.md")
    book, problems = read_all(tmp_path)
    assert (book.keys, len(problems)) == (("other",), 1)


def test_an_answer_for_each_channel() -> None:
    entry = Entry("k", "en", "T", "Long.", ("a",), {"sms": "Short."}, (Link("Page", "https://x.example"),))
    assert [entry.text(c) for c in ("sms", "voice", "slack")] == ["Short.", "Long.", "Long.\nPage: https://x.example"]


def test_the_responses_carry_language_and_channel() -> None:
    german = Entry("refund", "de", "T", "Fünf Tage.", ("wo",), {"sms": "5 Tage."})
    found = responses(Book.of([REFUND, german]), "en")["utter_faq/refund"]
    assert [(r["text"], r.get("channel"), [c["value"] for c in r.get("condition", ())]) for r in found] == [
        ("It takes 5 days.", None, ["en"]),
        ("Fünf Tage.", None, ["de"]),
        ("5 Tage.", "sms", ["de"]),
        ("It takes 5 days.", None, []),
    ]


def test_rasa_files_out_and_in_again(tmp_path: Path) -> None:
    files = export(Book.of([REFUND]), tmp_path, "en")
    [found] = entries_from(files, "en")
    assert (found.key, found.answer, found.phrasings) == (REFUND.key, REFUND.answer, REFUND.phrasings)


def test_entities_in_rasa_examples_are_plain_words(tmp_path: Path) -> None:
    data = {
        "nlu": [{"intent": "faq/Hours!", "examples": "- when do you [open](time)\n- [today]{\"entity\": \"day\"}?\n"}],
        "responses": {"utter_faq/Hours!": [{"text": "Eight."}]},
    }  # fmt: skip
    file = tmp_path / "rasa.yml"
    file.write_text(yaml.safe_dump(data))
    [entry] = entries_from([file], "en")
    assert (entry.key, entry.phrasings) == ("hours", ("when do you open", "today?"))


def test_an_intent_without_a_response_is_named(tmp_path: Path) -> None:
    file = tmp_path / "rasa.yml"
    file.write_text(yaml.safe_dump({"nlu": [{"intent": "faq/x", "examples": "- a\n"}]}))
    with pytest.raises(ConductorError, match="faq/x"):
        entries_from([file], "en")


def test_a_table_has_a_row_for_each_phrasing_or_several_in_one(tmp_path: Path) -> None:
    file = tmp_path / "faq.csv"
    file.write_text("key,title,answer,phrasing\nrefund,Refund,Five days.,where is it|my money\nrefund,,,refund??\n")
    [entry] = entries_from_csv(file, "en")
    assert (entry.title, entry.answer, entry.phrasings) == (
        "Refund",
        "Five days.",
        ("where is it", "my money", "refund??"),
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a,b\n1,2\n", "no column"),
        ("key,title,answer,phrasing\nA B,t,a,p\n", "line 2"),
        ("key,title,answer,phrasing\nx,t,,p\n", "x"),
    ],
)
def test_a_wrong_table_is_named(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "faq.csv"
    file.write_text(text)
    with pytest.raises(ConductorError, match=said):
        entries_from_csv(file, "en")


def found(*entries: Entry) -> str:
    return "\n".join(f"{p.level} {p}" for p in check(Book.of(entries)))


def test_the_same_words_for_two_entries_are_an_error() -> None:
    other = Entry(
        "return", "en", "Return", "Send it back.", ("Where is my REFUND 3?", *(f"send {n}" for n in range(8)))
    )
    assert "error" in found(REFUND, other)
    assert found(REFUND) == ""


def test_gaps_and_lengths_are_warnings() -> None:
    long = Entry("long", "en", "Long", "word " * 80, tuple(f"p {n}" for n in range(8)))
    german = Entry("refund", "de", "T", "Fünf Tage.", ("wo",))
    said = found(REFUND, german, long)
    assert "error" not in said
    for part in ("no long in de", "1 different phrasings", "characters as an SMS", "80 words"):
        assert part in said


def test_the_houses_entries_are_in_order() -> None:
    assert not [p for p in check(read_folder(HOUSE)) if p.level == "error"]


def test_the_commands(tmp_path: Path) -> None:
    run = CliRunner()
    table = tmp_path / "faq.csv"
    table.write_text("key,title,answer,phrasing\nrefund,Refund,Five days.,where is it\n")
    folder = ["--folder", str(tmp_path / "faq")]
    first = run.invoke(command, ["import", str(table), "--language", "en", *folder])
    again = run.invoke(command, ["import", str(table), "--language", "en", *folder])
    assert "1 of 1 entries made" in first.output
    assert "it exists already" in again.output
    checked = run.invoke(command, ["check", *folder])
    assert (checked.exit_code, "0 errors, 1 warnings" in checked.output) == (0, True)
    put(tmp_path / "faq", "broken", "en/other.md")
    assert run.invoke(command, ["check", *folder]).exit_code == 1
    assert run.invoke(command, ["export", str(tmp_path / "out"), "--folder", str(HOUSE)]).exit_code == 0
    assert (tmp_path / "out" / "faq_de.yml").is_file()
