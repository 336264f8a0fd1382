"""Entries from a CSV file: one row an entry, or one row a phrasing. As Excel, LibreOffice and ticket systems write it:
with commas, semicolons or tabs, in UTF-8, UTF-16 or Windows-1252."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bot.errors import ConductorError
from bot.faq.entry import Entry
from bot.faq.problem import Problem, refused
from bot.faq.read import KEY, SHORT_CHANNELS

COLUMNS = ("key", "title", "answer", "phrasing")
SHORT = "short"
"""A column that may be there: the answer for SMS and phone."""
DELIMITERS = (",", ";", "\t")
SEPARATOR = re.compile(r"[|\n]")
"""Between several phrasings in one cell."""
LONGEST_CELL = 1_000_000
"""Characters; Python's own limit of 131,072 would be reached by a quote that nobody closed, without saying so."""


@dataclass
class _Draft:
    """An entry while its rows are read; `line` is the first of them."""

    line: int
    texts: dict[str, tuple[str, int]] = field(default_factory=dict)
    phrasings: dict[str, None] = field(default_factory=dict)


def entries_from_csv(file: Path, language: str) -> list[Entry]:
    """Rows with the columns key, title, answer, phrasing (and short, if you like); rows of one key are one entry.
    Raises ConductorError with every mistake and its line."""
    problems: list[Problem] = []
    drafts: dict[str, _Draft] = {}
    for line, row in _rows(file, problems):
        key = row["key"]
        if not KEY.fullmatch(key):
            problems.append(_at(file, line, *_wrong_key(key)))
            continue
        draft = drafts.setdefault(key, _Draft(line))
        draft.phrasings.update(dict.fromkeys(p.strip() for p in SEPARATOR.split(row["phrasing"]) if p.strip()))
        for name in ("title", "answer", SHORT):
            _keep(draft, name, row.get(name, ""), key, file, line, problems)
    for key, draft in drafts.items():
        for name, there in (("answer", "answer" in draft.texts), ("phrasing", bool(draft.phrasings))):
            if not there:
                problems.append(_at(file, draft.line, f"{key} has no {name}", "Fill the cell in one of its rows."))
    if problems:
        raise refused(problems)
    if not drafts:
        raise ConductorError(f"{file} has no rows below its head.")
    return [_entry(key, draft, language) for key, draft in drafts.items()]


def _keep(draft: _Draft, name: str, said: str, key: str, file: Path, line: int, problems: list[Problem]) -> None:
    """An entry's text may stand in one of its rows or be the same in all of them."""
    text = said.strip() if name == "answer" else " ".join(said.split())
    if not text:
        return
    first, where = draft.texts.setdefault(name, (text, line))
    if first != text:
        mend = f"Leave the cell empty, or give one of the two a key of its own (the other stands in line {where})."
        problems.append(_at(file, line, f"{key} has another {name} already", mend))


def _entry(key: str, draft: _Draft, language: str) -> Entry:
    said = tuple(draft.phrasings)
    texts = {name: text for name, (text, _) in draft.texts.items()}
    short = dict.fromkeys(SHORT_CHANNELS, texts[SHORT]) if SHORT in texts else {}
    return Entry(key, language, texts.get("title") or said[0], texts["answer"], said, short)


def _wrong_key(key: str) -> tuple[str, str]:
    if not key:
        return "the key is empty", "Every row names its entry."
    near = re.sub(r"[^a-z0-9]+", "_", key.lower()).strip("_")
    hint = f' For example "{near}".' if KEY.fullmatch(near) else ""
    return f'the key "{key}" can\'t be used', f"Use small letters, digits and _, beginning with a letter.{hint}"


def _at(file: Path, line: int, what: str, mend: str = "") -> Problem:
    return Problem(str(file), what, mend, line=line)


def _rows(file: Path, problems: list[Problem]) -> Iterator[tuple[int, Mapping[str, str]]]:
    """The rows below the head with the line each begins in (a cell may have several); empty ones are left out."""
    text = _text(file)
    above, text = _without_hint(text)
    csv.field_size_limit(LONGEST_CELL)
    reader = csv.reader(io.StringIO(text), delimiter=_delimiter(text.partition("\n")[0]), strict=True)
    line = 1
    try:
        names = _names(next(reader, []), file)
        while True:
            line = reader.line_num + 1 + above
            cells = next(reader, None)
            if cells is None:
                return
            if not any(cell.strip() for cell in cells):
                continue
            if any(cell.strip() for cell in cells[len(names) :]):
                what = f"there are {len(cells)} cells below {len(names)} columns"
                problems.append(_at(file, line, what, "Put a text that holds the separator in quotes."))
                continue
            cells += [""] * (len(names) - len(cells))
            row = dict(zip(names, cells, strict=False))
            yield line, {**row, "key": row["key"].strip()}
    except csv.Error as error:
        mend = "Look for a quote that is not closed, or not doubled within a text in quotes."
        raise refused([*problems, _at(file, line, f"the row can't be read: {error}", mend)]) from error


def _names(head: Sequence[str], file: Path) -> list[str]:
    names = [name.strip().casefold() for name in head]
    missing = [name for name in COLUMNS if name not in names]
    if missing:
        there = ", ".join(name for name in names if name) or "nothing"
        mend = f"Columns: {', '.join(COLUMNS)}; its first line has {there}."
        raise ConductorError(f"{file}, line 1: there is no column {', '.join(missing)}.", mend)
    double = sorted({name for name in names if name and names.count(name) > 1})
    if double:
        raise ConductorError(f"{file}, line 1: the column {', '.join(double)} is there twice.", "Rename one of them.")
    return names


def _text(file: Path) -> str:
    """The file's text, whoever saved it. Excel in German saves "CSV" in Windows-1252."""
    try:
        data = file.read_bytes()
    except OSError as error:
        raise ConductorError(f"{file} can't be read: {error.strerror}.") from error
    marked = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    for encoding in ("utf-16",) if marked else ("utf-8-sig", "cp1252"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            break
        return text.replace("\r\n", "\n").replace("\r", "\n")
    mend = "Save it as CSV in UTF-8; a spreadsheet (.xlsx, .ods) is no CSV file."
    raise ConductorError(f"{file} can't be read: it is no text.", mend)


def _without_hint(text: str) -> tuple[int, str]:
    """Excel's own first line "sep=;" is no row. Returns how many lines were taken away."""
    first, _, rest = text.partition("\n")
    return (1, rest) if re.fullmatch(r'"?sep=.?"?', first.strip(" \t").casefold()) else (0, text)


def _delimiter(head: str) -> str:
    """The one that makes most of our columns of the first line."""

    def known(delimiter: str) -> int:
        names = {name.strip(' "\n').casefold() for name in head.split(delimiter)}
        return len(names & {*COLUMNS, SHORT})

    return max(DELIMITERS, key=known)
