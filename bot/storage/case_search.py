"""Search in cases: what a person sees of one is found, as a person types it.

Found are the case's number, the customer's name and address, what was said and sent, private notes, and how it was
resolved; capital letters, umlauts and emoji included. What is kept as JSON is read as text: its names and escapes are
no words. What it costs has a limit: it looks through the newest cases only.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from bot.storage.folding import folded
from bot.storage.tables import case_events, cases, contacts, conversations, inbox, outbox
from bot.storage.unnamed import said_with_name, sent_with_name

SEARCHED = 5000
"""Cases looked through, the newest. benchmarks/RESULTS.md has what that takes."""
WORDS = 5
"""Words of one search; each must be found somewhere in the case."""


def _with_double_s(word: str) -> str:
    return word.replace("ß", "ss").replace("ẞ", "SS")


def _with_double_s_in(column: Any) -> Any:
    return sa.func.replace(sa.func.replace(column, "ß", "ss"), "ẞ", "SS", type_=sa.Text)


def _has_sharp_s(column: Any) -> sa.ColumnElement[bool]:
    """Asked before anything is folded, which costs more."""
    return sa.or_(column.contains("ß"), column.contains("ẞ"))


class Search:
    """Nobody is found by what they say to an anonymous survey (`unnamed.py`)."""

    def __init__(self, sqlite: bool) -> None:
        self._sqlite = sqlite

    def matches(self, typed: str, private: bool) -> sa.ColumnElement[bool]:
        """`private`: names and words may be searched; else the case's number alone."""
        digits = typed.strip().lstrip("#")
        numbered = cases.c.id == int(digits) if digits.isdecimal() and len(digits) < 19 else sa.false()
        if not private:
            return numbered
        newest = sa.select(sa.func.max(cases.c.id) - SEARCHED).scalar_subquery()
        each = [self._anywhere(word) for word in typed.split()[:WORDS]]
        return sa.or_(numbered, sa.and_(cases.c.id > newest, *each))

    def _anywhere(self, word: str) -> sa.ColumnElement[bool]:
        here = cases.c.conversation_id
        said = sa.exists().where(
            inbox.c.conversation_id == here,
            inbox.c.kind == "message",
            self._holds(inbox.c.text, word),
            said_with_name,
        )
        sent = sa.exists().where(
            outbox.c.conversation_id == here,
            self._may_hold(outbox.c.payload, word),
            sa.or_(*(self._holds(self._in(outbox.c.payload, *at), word) for at in (("text",), ("prompt", "text")))),
            sent_with_name,
        )
        noted = sa.exists().where(
            case_events.c.case_id == cases.c.id,
            case_events.c.kind == "note",
            self._holds(self._in(case_events.c.data, "text"), word),
        )
        plain = (contacts.c.name, conversations.c.address, cases.c.verbatim, cases.c.action_taken)
        unlinked = sa.and_(here.is_(None), self._holds(self._transcript(), word))
        return sa.or_(*(self._holds(column, word) for column in plain), unlinked, said, sent, noted)

    def _holds(self, column: Any, word: str) -> sa.ColumnElement[bool]:
        if self._sqlite and not word.isascii():
            return self._folded(column, word)
        found = self._plainly(column, word) if self._sqlite else self._in_forms(column, word)
        plain = _with_double_s(word)
        if "ss" not in plain.lower():
            return found
        if self._sqlite:
            return sa.or_(found, sa.and_(_has_sharp_s(column), self._folded(column, word)))
        sharp = sa.and_(_has_sharp_s(column), self._in_forms(_with_double_s_in(column), plain))
        return sa.or_(found, sharp, self._in_forms(column, plain))

    def _folded(self, column: Any, word: str) -> sa.ColumnElement[bool]:
        found: sa.ColumnElement[bool] = sa.func.folded(column, type_=sa.Text).contains(folded(word), autoescape=True)
        return found

    def _in_forms(self, column: Any, word: str) -> sa.ColumnElement[bool]:
        """On PostgreSQL: a database whose language is C knows capital letters of ASCII only; hence the word in other
        forms as well."""
        forms = set() if word.isascii() else {word, word.upper(), word.capitalize()}
        return sa.or_(self._plainly(column, word), *(column.contains(form, autoescape=True) for form in forms))

    def _plainly(self, column: Any, word: str) -> Any:
        """Whatever the capitals: of ASCII for certain. SQLite's LIKE does not tell them apart."""
        if self._sqlite:
            return column.contains(word, autoescape=True)
        return sa.func.lower(column).contains(word.lower(), autoescape=True)

    def _may_hold(self, json: Any, word: str) -> sa.ColumnElement[bool]:
        """Asked before the JSON is read, which costs more: whether the word can be in it, however it is escaped."""
        plain = folded(word)
        if '"' in word or "\\" in word:
            return sa.true()
        found: list[Any] = [self._plainly(json, plain)] if plain.isascii() else []
        if not word.isascii():
            found.append(json.contains("\\u", autoescape=True))
        elif "ss" in plain:
            found += [json.contains(escaped, autoescape=True) for escaped in ("\\u00df", "\\u1e9e")]
        return sa.or_(*found)

    def _in(self, column: Any, *path: str) -> Any:
        """A text inside a column of JSON."""
        if self._sqlite:
            return sa.func.json_extract(column, f"$.{'.'.join(path)}")
        read = sa.func.json_extract_path_text(sa.cast(column, postgresql.JSON), *path)
        # PostgreSQL has no such letter: reading it would raise.
        return sa.case((column.contains("\\u0000", autoescape=True), ""), else_=read)

    def _transcript(self) -> Any:
        """The lines of an anonymous case, which has no conversation any more."""
        if self._sqlite:
            lines = "(SELECT group_concat(json_extract(value, '$.text'), char(10)) FROM json_each(cases.transcript))"
        else:
            lines = (
                "(SELECT string_agg(line ->> 'text', chr(10)) "
                "FROM json_array_elements(CAST(cases.transcript AS json)) AS line)"
            )
        return sa.literal_column(lines, sa.Text)
