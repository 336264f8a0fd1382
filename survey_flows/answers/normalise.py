"""Text as people type it → tokens a grammar can work with.

Unicode compatibility forms are folded (NFKC), digits of every script become ASCII, Chinese numerals, keycaps and
rows of stars
become numbers, dashes and quotes become plain ones. A token keeps its place in the cleaned text, so that what was not
understood can be handed on in the customer's own words.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

LIMIT = 1000
"""Characters of a text that are looked at for anything but an open question. Nobody answers a scale after 1,000
characters, and it bounds the time a hostile text can cost: Unicode normalisation is quadratic in combining marks."""


class Token(NamedTuple):
    """`kind`: "n" number, "w" word, "p" punctuation or symbol. `text` is lower case without accents. `start`, `end`:
    the cleaned text's."""

    kind: str
    text: str
    start: int
    end: int


class _Characters(dict[int, str]):
    """A `str.translate` table that finds a digit's ASCII form the first time it meets the digit."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        plain = str(unicodedata.decimal(char)) if unicodedata.category(char) == "Nd" else char
        if code > 0x2FF and plain != char:
            self[code] = plain
        return plain


_CHARACTERS = _Characters(
    {ord(a): b for a, b in zip("‘’‚‛`´ʼ“”„«»‐‑‒–—―−", "'''''''" + '"""""' + "-" * 7, strict=True)}
)
_CHARACTERS.update(dict.fromkeys((0xFE0E, 0xFE0F, 0x20E3, 0x200B, 0x200C, 0x200D, 0x200E, 0x200F, 0x2060, 0xFEFF), ""))
_CHARACTERS[0x2796] = "-"  # the minus among the emoji
_CHARACTERS.update({0x1F3FB + i: "" for i in range(5)})  # skin tones
_BEFORE = str.maketrans(
    {"½": ".5", "¼": ".25", "¾": ".75", "🔟": " 10 ", "💯": " 100% ", "℅": " "}
    | dict.fromkeys("⁰¹²³⁴⁵⁶⁷⁸⁹₀₁₂₃₄₅₆₇₈₉", " ^ ")  # a superscript is no digit of the number before it
)
_CHINESE = {c: i for i, c in enumerate("零一二三四五六七八九十")} | {"〇": 0, "两": 2, "百": 100}
_CHINESE_RUN = re.compile("[零一二三四五六七八九十〇两百]+")
_STARS = re.compile("((?:[⭐★🌟]\ufe0f?\\s?)+)((?:[☆✩]\ufe0f?\\s?)*)")
"""Phones write a selector behind each star (U+FE0F: shown as a picture)."""
_MIXED = re.compile(r"(?<=\d) (?=[½¼¾])")
_AND_A_HALF = re.compile(r"(?<=\d) 1/2(?![\d/])")
_RUN_OF_DIGITS = re.compile("[①-⑳⓪❶-❿➀-➉]")
_TOKEN = re.compile(r"\d+(?:[.,:]\d+)*|[^\W\d_](?:[^\W_]|'(?=[^\W\d_]))*|\n|[^\w\s]")
_STROKES = str.maketrans("łøđ", "lod")
"""Letters whose stroke Unicode does not take apart."""
_JOINED = re.compile(r"'(?=(?:s|t|d|m|ll|re|ve)(?:$|'))")


def _chinese(match: re.Match[str]) -> str:
    run = match[0]
    values = [_CHINESE[c] for c in run]
    if all(v < 10 for v in values):
        return " " + "".join(map(str, values)) + " "
    total = last = 0
    for v in values:
        if v >= 10:
            total, last = total + (last or 1) * v, 0
        else:
            last = v
    return f" {total + last} "


def _circled(match: re.Match[str]) -> str:
    return f" {int(unicodedata.numeric(match[0]))} "


def clean(text: str) -> str:
    """The text with compatibility forms folded; case and accents stay, as these words may be shown to a person."""
    text = _AND_A_HALF.sub(".5", text[:LIMIT])
    if text.isascii():
        return text.replace("`", "'")
    text = _MIXED.sub("", text).translate(_BEFORE)
    text = _STARS.sub(lambda m: f" {sum(m[1].count(s) for s in '⭐★🌟')} * ", text)
    text = _RUN_OF_DIGITS.sub(_circled, text)
    text = unicodedata.normalize("NFKC", text).translate(_CHARACTERS)
    return _CHINESE_RUN.sub(_chinese, text)


@lru_cache(maxsize=4096)
def plain(word: str) -> str:
    """A word in the form in which words are compared: case-folded, without accents; English apostrophes closed
    ("don't" → "dont")."""
    word = word.casefold()
    if not word.isascii():
        word = "".join(c for c in unicodedata.normalize("NFD", word) if unicodedata.category(c) != "Mn")
        word = word.translate(_STROKES)
    return _JOINED.sub("", word) if "'" in word else word


def tokenise(cleaned: str) -> list[Token]:
    """Tokens in order. "8pts" is a number and a word; "c'est" two words; a hyphen between letters separates words."""
    tokens: list[Token] = []
    for match in _TOKEN.finditer(cleaned):
        piece, start, end = match[0], match.start(), match.end()
        if piece[0].isdecimal():
            tokens.append(Token("n", piece, start, end))
        elif piece[0].isalnum():
            _add_words(tokens, piece, start)
        elif piece == "-" and _between_letters(cleaned, start):
            continue
        elif unicodedata.category(piece) not in ("Mn", "Mc", "Cf", "Cs", "Cc") or piece == "\n":
            tokens.append(Token("p", piece, start, end))
    return tokens


def _add_words(tokens: list[Token], piece: str, start: int) -> None:
    word = plain(piece[:60])
    if "'" not in word:
        tokens.append(Token("w", word, start, start + len(piece)))
        return
    for part in re.finditer("[^']+", piece):
        text = plain(part[0])
        tokens.append(Token("w", text, start + part.start(), start + part.end()))


def _between_letters(text: str, at: int) -> bool:
    return 0 < at < len(text) - 1 and text[at - 1].isalpha() and text[at + 1].isalpha()


def words(phrase: str) -> tuple[str, ...]:
    """A phrase of the data files as the words that `tokenise` makes of it."""
    return tuple(t.text for t in tokenise(clean(phrase)))
