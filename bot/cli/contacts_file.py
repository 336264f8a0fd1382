"""Reading a file of contacts: CSV as spreadsheets write it, row by row, never all of it at once."""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from bot.errors import ConductorError

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "address": ("address", "to", "phone", "phone number", "telephone", "mobile", "number", "telefon", "id", "user"),
    "name": ("name", "full name", "customer", "contact"),
    "language": ("language", "lang", "locale", "sprache", "langue", "idioma"),
    "external_id": ("external id", "customer id", "customer number", "kundennummer", "crm id"),
}
"""The columns with a meaning, and what else people call them. Every further column is an attribute of the contact."""

DELIMITERS = ",;\t"
CHUNK = 1 << 16
FIELD_LIMIT = 10_000
"""Characters of one cell. A quote that is never closed swallows the rest of the file; here it stops."""


@dataclass(frozen=True)
class Row:
    """One contact of the file. `line` is where the row begins, counted from 1 with the header."""

    line: int
    address: str
    name: str | None
    language: str | None
    attributes: Mapping[str, str]
    external_id: str | None = None


@dataclass(frozen=True)
class BadRow:
    """A row that can't be used. `reason` is for a person."""

    line: int
    reason: str


class ContactsFile:
    """A checked file. Opening it reads it through once, so that a file that is broken anywhere is refused before
    anything is done: `rows` is how many rows it has. Raises ConductorError."""

    def __init__(self, path: Path) -> None:
        self.path = path
        _must_be_utf8(path)
        self._delimiter, self._header = _read_header(path)
        self._places = _places(path, self._header)
        self.rows = sum(1 for _ in self)

    def __iter__(self) -> Iterator[Row | BadRow]:
        with self.path.open(encoding="utf-8-sig", newline="") as handle:
            rows = _readable(handle, self._delimiter, self.path)
            next(rows)
            for line, cells in rows:
                if any(cell.strip() for cell in cells):
                    yield self._row(line, [cell.strip() for cell in cells])

    def _row(self, line: int, cells: Sequence[str]) -> Row | BadRow:
        if len(cells) > len(self._header):
            return BadRow(line, f"{len(cells)} cells, but the header names {len(self._header)} columns")
        values = dict(zip(self._header, cells, strict=False))
        address = values.get(self._header[self._places["address"]], "")
        if not address:
            return BadRow(line, "the address is empty")
        taken = {self._header[place] for place in self._places.values()}
        attributes = {name: cell for name, cell in values.items() if name not in taken and cell and name}
        name, language, external_id = (self._cell(values, column) for column in ("name", "language", "external_id"))
        return Row(line, address, name, language, attributes, external_id)

    def _cell(self, values: Mapping[str, str], column: str) -> str | None:
        place = self._places.get(column)
        return None if place is None else values.get(self._header[place]) or None


def _readable(handle: TextIO, delimiter: str, path: Path) -> Iterator[tuple[int, list[str]]]:
    """Each row with the line it begins in. `strict`: without it a quote that is open at the end passes."""
    limit = csv.field_size_limit(FIELD_LIMIT)
    line = 1
    try:
        reader = csv.reader(handle, delimiter=delimiter, strict=True)
        for cells in reader:
            yield line, cells
            line = reader.line_num + 1
    except csv.Error as error:
        raise ConductorError(
            f"{path}: the row that begins in line {line} can't be read: {error}. Nobody was invited.",
            'Look there for a quote (") that is opened and never closed, or that stands inside a cell: write it twice.',
        ) from error
    finally:
        csv.field_size_limit(limit)


def _must_be_utf8(path: Path) -> None:
    decoder = codecs.getincrementaldecoder("utf-8")()
    line = 1
    try:
        with path.open("rb") as handle:
            while chunk := handle.read(CHUNK):
                decoder.decode(chunk)
                line += chunk.count(b"\n")
            decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        encoding = _guess(path)
        bad = line + error.object[: error.start].count(b"\n")
        raise ConductorError(
            f"{path}, line {bad}, is not UTF-8; it looks like {encoding}. Nobody was invited.",
            f"Convert it: iconv -f {encoding} -t UTF-8 '{path}' > contacts-utf8.csv "
            "(or save it in the spreadsheet as 'CSV UTF-8').",
        ) from error
    except OSError as error:
        raise ConductorError(f"The file {path} can't be read: {error.strerror}.") from error


def _guess(path: Path) -> str:
    """UTF-16 begins with a mark or is full of zeros; of the others Windows-1252 is what spreadsheets write."""
    with path.open("rb") as handle:
        start = handle.read(1000)
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or b"\0" in start:
        return "UTF-16"
    return "WINDOWS-1252"


def _read_header(path: Path) -> tuple[str, list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as handle:
        first = handle.readline()
        if "\0" in first:
            mend = f"Convert it: iconv -f UTF-16 -t UTF-8 '{path}'"
            raise ConductorError(f"{path} looks like UTF-16, not UTF-8.", mend)
        delimiter = max(DELIMITERS, key=first.count)
        handle.seek(0)
        _, cells = next(_readable(handle, delimiter, path), (1, []))
    header = [" ".join(cell.split()) for cell in cells]
    if not any(header):
        raise ConductorError(f"{path} is empty.", "Its first line names the columns: name,language,address,…")
    return delimiter, header


def _places(path: Path, header: Sequence[str]) -> dict[str, int]:
    lowered = [cell.lower().replace("_", " ") for cell in header]
    twice = sorted({cell for cell in lowered if cell and lowered.count(cell) > 1})
    if twice:
        raise ConductorError(f"{path}, line 1: the column {', '.join(twice)} is there twice.", "Rename one of them.")
    places = {}
    for column, names in COLUMNS.items():
        found = next((lowered.index(name) for name in names if name in lowered), None)
        if found is not None:
            places[column] = found
    if "address" not in places:
        raise ConductorError(
            f"{path}, line 1: there is no column for the address; there are: {', '.join(header)}.",
            f"Name one of them {', '.join(COLUMNS['address'][:5])} …",
        )
    return places
