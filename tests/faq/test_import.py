"""`conductor faq import`: files as other programs write them. All or nothing, and every mistake with its line."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.cli.faq import command
from bot.errors import ConductorError
from bot.faq import write as writing
from bot.faq.entry import Entry, Link
from bot.faq.rasa_import import entries_from
from bot.faq.read import read_folder
from bot.faq.table import entries_from_csv
from bot.faq.write import write_all

HEAD = "key,title,answer,phrasing\n"
SHOES = ("Schuhgröße", "Über Größen: „Größe 42“ fällt groß aus – 5 €.", "welche größe", "fällt das groß aus")


def csv(tmp_path: Path, data: str | bytes, name: str = "faq.csv") -> Path:
    file = tmp_path / name
    file.write_bytes(data if isinstance(data, bytes) else data.encode())
    return file


def rasa(tmp_path: Path, text: str, name: str = "rasa.yml") -> Path:
    return csv(tmp_path, text, name)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_a_table_as_any_program_saves_it(tmp_path: Path, delimiter: str, encoding: str, newline: str) -> None:
    title, answer, *said = SHOES
    rows = [("Key ", "TITLE", "answer", "Phrasing"), ("size", title, answer, said[0]), ("size", "", "", said[1])]
    text = newline.join(delimiter.join(row) for row in rows)
    [entry] = entries_from_csv(csv(tmp_path, text.encode(encoding)), "de")
    assert (entry.title, entry.answer, entry.phrasings) == (title, answer, tuple(said))


def test_excels_own_first_line_is_no_row(tmp_path: Path) -> None:
    file = csv(tmp_path, "sep=;\r\nkey;title;answer;phrasing\r\nA B;t;a;p\r\n")
    with pytest.raises(ConductorError, match=r'line 3: the key "A B" can\'t be used.*For example "a_b"'):
        entries_from_csv(file, "en")


def test_quotes_separators_and_lines_within_cells(tmp_path: Path) -> None:
    text = HEAD + 'hours,"Open, when?","We say ""hello"",\nfrom 8 to 8.","when\nopen?|hours"\n\n,,,\nhours,,,late\n'
    [entry] = entries_from_csv(csv(tmp_path, text), "en")
    assert (entry.title, entry.answer) == ("Open, when?", 'We say "hello",\nfrom 8 to 8.')
    assert entry.phrasings == ("when", "open?", "hours", "late")


def test_a_column_for_the_short_answer_is_taken_and_others_are_not(tmp_path: Path) -> None:
    text = "id,key,title,answer,phrasing,short\n7,hours,T,Long.,when,Short.\n"
    [entry] = entries_from_csv(csv(tmp_path, text), "en")
    assert entry.variants == {"sms": "Short.", "voice": "Short."}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "line 1: there is no column key, title, answer, phrasing"),
        ("key;title;answer\nx;t;a\n", "line 1: there is no column phrasing. Columns: .*has key, title, answer"),
        ("key,key,title,answer,phrasing\n", "line 1: the column key is there twice"),
        (HEAD, "has no rows"),
        (HEAD + "a,t,x,p\n\n,t,x,p\n", "line 4: the key is empty"),
        (HEAD + 'a,t,"two\nlines",p\nB,t,x,p\n', 'line 4: the key "B" can\'t be used.*For example "b"'),
        (HEAD + "a,t,x, and y,p\n", "line 2: there are 5 cells below 4 columns"),
        (HEAD + "a,t,x,p\na,t,other,q\n", "line 3: a has another answer already.*line 2"),
        (HEAD + "a,t,x,p\na,T,,q\n", "line 3: a has another title already"),
        (HEAD + "a,t,,p\n", "line 2: a has no answer"),
        (HEAD + "b,t,x,p\na,t,x,|\n", "line 3: a has no phrasing"),
        (HEAD + 'a,t,x,p\nb,"open,x,p\n', "line 3: the row can't be read: unexpected end of data"),
        (HEAD + 'a,"t"x,y,p\n', "line 2: the row can't be read"),
        (b"PK\x03\x04\x00\x00", "no text. Save it as CSV"),
        (b"key,title\xff\x81", "no text"),
    ],
)
def test_a_wrong_table_is_named_with_its_line(tmp_path: Path, text: str | bytes, said: str) -> None:
    file = csv(tmp_path, text)
    with pytest.raises(ConductorError, match=f"(?s){said}") as wrong:
        entries_from_csv(file, "en")
    assert str(file) in str(wrong.value)


def test_every_mistake_is_named_and_a_long_list_is_cut(tmp_path: Path) -> None:
    with pytest.raises(ConductorError) as wrong:
        entries_from_csv(csv(tmp_path, HEAD + "A,t,x,p\n" * 30), "en")
    assert str(wrong.value).count("can't be used") == 20
    assert "and 10 more" in str(wrong.value)


def test_five_thousand_rows_are_read_in_no_time(tmp_path: Path) -> None:
    rows = "".join(f"k{n % 50},T,Answer {n % 50}.,how about number {n}\n" for n in range(5000))
    started = time.process_time()
    entries = entries_from_csv(csv(tmp_path, HEAD + rows), "en")
    assert (len(entries), sum(len(entry.phrasings) for entry in entries)) == (50, 5000)
    assert time.process_time() - started < 2


NLU = """
version: "3.1"
nlu:
- intent: faq/hours
  examples: |
    - when do you [open](time)
    - [today]{"entity": "day", "role": "from"}?
- intent: greet
  examples: |
    - hello
- intent: faq/visit
  examples:
  - text: |
      can I come by
  - where is the shop
- synonym: monday
  examples: |
    - mon
- regex: order
  examples: |
    - [0-9]{5}
- lookup: town
  examples: |
    - Leeds
"""
RESPONSES = """
responses:
  utter_greet:
  - text: Hello
  utter_faq/hours:
  - text: Von acht bis acht.
    condition: [{type: slot, name: language, value: de}]
  - text: Eight to eight for members.
    condition: [{type: slot, name: member, value: true}]
  - text: Eight to eight.
    buttons:
    - {title: Map, url: "https://x.example/map"}
    - {title: Talk to us, payload: "/human"}
    image: https://x.example/door.png
  - text: 8-8
    channel: sms
  - text: eight
    channel: socketio
  utter_faq/visit:
  - text: You can.
"""


def test_rasa_files_with_all_that_rasa_allows(tmp_path: Path) -> None:
    notes: list[str] = []
    files = [rasa(tmp_path, NLU, "nlu.yml"), rasa(tmp_path, RESPONSES, "responses.yml")]
    hours, visit = entries_from(files, "en", notes)
    assert hours.phrasings == ("when do you open", "today?")
    assert (hours.answer, hours.variants) == ("Eight to eight.", {"sms": "8-8"})
    assert hours.links == (Link("Map", "https://x.example/map"),)
    assert hours.attachments == (Link("Image", "https://x.example/door.png"),)
    assert visit.phrasings == ("can I come by", "where is the shop")
    assert [note.partition(":")[0] for note in notes] == [
        "faq/hours",
        "faq/hours",
        "left out, as they are no retrieval intents",
    ]


def test_the_answer_of_the_language_is_taken(tmp_path: Path) -> None:
    files = [rasa(tmp_path, NLU, "nlu.yml"), rasa(tmp_path, RESPONSES, "responses.yml")]
    assert entries_from(files, "de")[0].answer == "Von acht bis acht."


ONE = "nlu:\n- intent: faq/a\n  examples: |\n    - x\n"
TWO = "- intent: faq/A!\n  examples: |\n    - y\n"
GIVEN = "responses:\n  utter_faq/a:\n  - text: Yes.\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("nlu: [", "line 1: it can't be read"),
        ("- a\n", "it is no Rasa file"),
        ("stories: []\n", "it is no Rasa file"),
        (ONE + "nlu: []\n" + GIVEN, 'line 5: it can\'t be read: "nlu" stands here twice'),
        ("nlu:\n- faq/a\n", "`nlu:` is a list of blocks"),
        ("nlu:\n- intent: faq/a\n  examples: 5\n" + GIVEN, "line 2: the examples of faq/a can't be read"),
        ("nlu:\n- intent: faq/a\n" + GIVEN, "line 2: faq/a has no examples"),
        (ONE, "line 2: there is no response utter_faq/a"),
        (ONE + TWO + GIVEN, "faq/a and faq/A! would both be the entry a"),
        (ONE + "responses:\n  utter_faq/a: Yes.\n", "utter_faq/a is a list of variations"),
        (ONE + "responses:\n  utter_faq/a:\n  - custom: {a: 1}\n", "line 7: utter_faq/a has no text"),
        (
            ONE + "responses:\n  utter_faq/a:\n  - text: Y\n    channel: sms\n",
            "line 7: utter_faq/a is for channels only",
        ),
        (
            ONE
            + "responses:\n  utter_faq/a:\n  - text: Oui\n    condition: [{type: slot, name: language, value: fr}]\n",
            "line 7: utter_faq/a has no answer in en",
        ),
        ("nlu:\n- intent: greet\n  examples: |\n    - x\n", "There is no retrieval intent"),
    ],
)
def test_a_wrong_rasa_file_is_named_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ConductorError) as wrong:
        entries_from([rasa(tmp_path, text)], "en")
    assert said in str(wrong.value)


def ran(tmp_path: Path, *files: Path) -> Result:
    names = [str(file) for file in files]
    return CliRunner().invoke(command, ["import", *names, "--language", "en", "--folder", str(tmp_path / "faq")])


def test_with_one_wrong_row_nothing_is_written(tmp_path: Path) -> None:
    done = ran(tmp_path, csv(tmp_path, HEAD + "a,t,x,p\nB,t,x,p\n"))
    assert isinstance(done.exception, ConductorError)
    assert not (tmp_path / "faq").exists()


def test_the_same_entry_in_two_files_is_refused(tmp_path: Path) -> None:
    done = ran(tmp_path, csv(tmp_path, HEAD + "a,t,x,p\n"), rasa(tmp_path, ONE + GIVEN))
    assert "Several files have a" in str(done.exception)
    assert not (tmp_path / "faq").exists()


def test_what_is_imported_can_be_read_and_what_was_there_stays(tmp_path: Path) -> None:
    rows = 'a,"Yes: no","---\n# {x}: [y]","- p|""q""|no"\nb,t,x,p\n'
    (tmp_path / "faq" / "en").mkdir(parents=True)
    (tmp_path / "faq" / "en" / "b.md").write_text("---\ntitle: Mine\nphrasings: [m]\n---\nMine.\n")
    done = ran(tmp_path, csv(tmp_path, HEAD + rows.replace('""q""', "q")))
    assert "1 of 2 entries made" in done.output
    book = read_folder(tmp_path / "faq")
    entry, mine = book.entry("a", "en"), book.entry("b", "en")
    assert entry is not None
    assert mine is not None
    assert (entry.title, entry.answer, entry.phrasings) == ("Yes: no", "---\n# {x}: [y]", ("- p", "q", "no"))
    assert mine.title == "Mine"


def test_a_disk_that_fails_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    entries = [Entry(key, "en", "T", "A.", ("p",)) for key in ("a", "b", "c")]
    whole = writing.as_markdown

    def full(entry: Entry) -> str:
        if entry.key == "c":
            raise OSError("no space left on device")
        return whole(entry)

    monkeypatch.setattr(writing, "as_markdown", full)
    with pytest.raises(OSError, match="no space"):
        write_all(entries, tmp_path)
    assert list((tmp_path / "en").iterdir()) == []
