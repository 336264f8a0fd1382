"""How well answers and controls are read, on texts that no word list was tuned on. Run: python benchmarks/answers.py

Two sets, both from `tests/answers/`: `blind/` was written and committed before the word lists were looked at, and is
never tuned on; of `controls/` a third, chosen by the hash of the text, is held out. Every text is read as in a survey
that is held in all languages there are: the hardest case, as a word of one language may be a control in another.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from survey_flows.answers import available, read
from survey_flows.model import Option, Question
from survey_flows.reading import Reading

TABLES = Path(__file__).parents[1] / "tests" / "answers"
NAMES = {
    "speed": "Speed Geschwindigkeit Rapidité Rapidez Velocità Snelheid Rapidez Szybkość",
    "parking": "Parking Parken Parking Aparcamiento Parcheggio Parkeren Estacionamento Parkowanie",
    "staff": "Staff Personal Personnel Personal Personale Personeel Equipe Obsługa",
    "price": "Price Preis Prix Precio Prezzo Prijs Preço Cena",
}
LANGUAGES = ("en", "de", "fr", "es", "it", "nl", "pt", "pl")
OPTIONS = tuple(Option(key, dict(zip(LANGUAGES, names.split(), strict=True))) for key, names in NAMES.items())
QUESTIONS = {
    kind: Question("q", kind, {}, options=OPTIONS if "choice" in kind else ())
    for kind in ("nps", "csat", "yes_no", "choice", "multi_choice")
}


class Row(NamedTuple):
    """`kind`: the question's type. `expected`: as in the tables; for a text that steers (or only seems to), the
    control's name or "none"."""

    language: str
    kind: str
    text: str
    expected: Any
    steers: bool = False


def held_out(text: str) -> bool:
    """Whether a text of `controls/` belongs to the third that is never tuned on."""
    return int(hashlib.sha256(text.encode()).hexdigest(), 16) % 3 == 0


def controls(folder: Path = TABLES / "controls") -> Iterator[Row]:
    """What people write to steer a survey, and what only looks like it."""
    for path in sorted(folder.glob("*.yml")):
        for name, texts in yaml.safe_load(path.read_text(encoding="utf-8")).items():
            yield from (Row(path.stem, "nps", str(text), name, steers=True) for text in texts)


def blind(folder: Path = TABLES / "blind") -> Iterator[Row]:
    """The blind set: answers, then controls and near-misses."""
    for path in sorted(folder.glob("*.yml")):
        table = yaml.safe_load(path.read_text(encoding="utf-8"))
        for kind, answers in table["answers"].items():
            yield from (Row(path.stem, kind, str(text), expected) for text, expected in answers.items())
        for name, texts in table["controls"].items():
            yield from (Row(path.stem, "nps", str(text), name, steers=True) for text in texts)


def reading(row: Row) -> Reading:
    spoken = tuple(code for code in LANGUAGES if code in available())
    return read(QUESTIONS[row.kind], row.text, row.language, spoken)


def is_right(row: Row, found: Reading) -> bool:
    """Whether a reading is the expected one. What it hands on (`rest`) is not compared. A near-miss is right as long
    as it steers nothing; a number in it is looked at in the other tables."""
    if row.steers:
        return found.value == row.expected if found.kind == "control" else row.expected == "none"
    if isinstance(row.expected, dict) and "control" in row.expected:
        return found.kind == "control" and bool(found.value == row.expected["control"])
    if isinstance(row.expected, dict):
        return found.candidates == tuple(row.expected["any_of"])
    if row.expected == "none":
        return found.kind == "none"
    return found.kind == "value" and type(found.value) is type(row.expected) and bool(found.value == row.expected)


@dataclass
class Tally:
    """`wanted`: opt-outs there are; `given`: texts read as opt-outs; `hits`: both."""

    rows: int = 0
    right: int = 0
    wanted: int = 0
    given: int = 0
    hits: int = 0

    def add(self, row: Row, found: Reading) -> bool:
        wanted = row.steers and row.expected == "stop"
        given = found.kind == "control" and found.value == "stop"
        right = is_right(row, found)
        self.rows, self.right = self.rows + 1, self.right + right
        self.wanted, self.given, self.hits = self.wanted + wanted, self.given + given, self.hits + (wanted and given)
        return right

    def line(self, name: str) -> str:
        precision = f"{self.hits / self.given:7.1%}" if self.given else "      –"
        recall = f"{self.hits / self.wanted:7.1%}" if self.wanted else "      –"
        return (
            f"{name:4} {self.rows:5} {self.right / max(1, self.rows):7.1%} {precision} {recall}  "
            f"({self.wanted} opt-outs, {self.given - self.hits} wrongly, {self.wanted - self.hits} missed)"
        )


def tallies(rows: Iterator[Row] | list[Row]) -> tuple[dict[str, Tally], list[tuple[Row, Reading]]]:
    """One tally a language and "all", and what was read wrongly."""
    found: dict[str, Tally] = {"all": Tally()}
    wrong: list[tuple[Row, Reading]] = []
    for row in rows:
        got = reading(row)
        found["all"].add(row, got)
        if not found.setdefault(row.language, Tally()).add(row, got):
            wrong.append((row, got))
    return found, wrong


def main() -> None:
    sets = {
        "blind set, answers": [r for r in blind() if not r.steers],
        "blind set, controls and near-misses": [r for r in blind() if r.steers],
        "controls, held-out third": [r for r in controls() if held_out(r.text)],
        "controls, the other two thirds": [r for r in controls() if not held_out(r.text)],
    }
    for title, rows in sets.items():
        by_language, _ = tallies(rows)
        print(f"{title}\n     texts   right  opt-out: precision, recall")
        print("\n".join(tally.line(name) for name, tally in sorted(by_language.items())), end="\n\n")


if __name__ == "__main__":
    main()
