"""A new model against the running one, on phrasings that neither of them had seen.

A phrasing that both were taught is judged by what each said of it in cross-validation (`record.py`). A phrasing that
only the new one was taught is judged by the running model itself, which has never seen it, and by the new one's
cross-validation. So no model is ever asked what it was told.
"""

from __future__ import annotations

import tarfile
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.errors import ConductorError
from bot.rasa_glue.nlu import record
from bot.rasa_glue.nlu.encoder import SentenceEncoder
from bot.rasa_glue.nlu.intent_model import ARRAYS, OUT_OF_SCOPE, VOCABULARY, Cutoffs, IntentModel
from bot.rasa_glue.nlu.phrasings import Phrasing
from bot.rasa_glue.nlu.record import UNJUDGED, Judgement, Record
from bot.rasa_glue.nlu.teaching import judged

FEWEST_LOST = 3
"""Before a model is called worse, so many more phrasings have to be wrong: a point of 30 phrasings is no finding."""


@dataclass(frozen=True)
class Taught:
    """What is in a model's file. `record` is None in files of earlier versions; `model` where it can't be asked here
    (it needs another encoder)."""

    record: Record | None
    model: IntentModel | None
    cutoffs: Cutoffs


@dataclass(frozen=True)
class Pair:
    """How many of `count` each understood rightly; `lost` of them only the running one, `won` only the new one."""

    count: int
    running: int
    new: int
    lost: int
    won: int

    @property
    def points(self) -> float:
        """What the new one gains, in percentage points."""
        return 100 * (self.new - self.running) / self.count if self.count else 0.0

    def worse(self, accepted: float) -> bool:
        return -self.points > accepted and self.lost - self.won >= FEWEST_LOST


@dataclass(frozen=True)
class NewlyWrong:
    """`text` was understood, and no longer is: it is taken for `taken`."""

    text: str
    intent: str
    taken: str


@dataclass(frozen=True)
class Comparison:
    """`understood`: in scope, at the first guess. `out_of_scope`: refused. `answered_wrong`: in scope, how many would
    get a wrong answer (running, new). `unseen`: how many the running model had never been taught."""

    understood: Pair
    out_of_scope: Pair
    languages: dict[str, Pair]
    answered_wrong: tuple[int, int]
    unseen: int
    newly_wrong: tuple[NewlyWrong, ...]

    def worse_in(self, accepted: float) -> list[str]:
        """In what the new model is clearly worse; empty when it is not."""
        parts = {"understanding": self.understood, "refusing what is out of scope": self.out_of_scope}
        parts |= {f"understanding {code}": pair for code, pair in self.languages.items() if len(self.languages) > 1}
        return [name for name, pair in parts.items() if pair.worse(accepted)]


def taught(path: Path, encoder: SentenceEncoder | None) -> Taught | None:
    """What a model's file holds of our classifier; None when it has none of it. Raises ConductorError when the file
    can't be read."""
    wanted = (record.FILE, VOCABULARY, ARRAYS)
    with tempfile.TemporaryDirectory(prefix="conductor-") as name:
        folder = Path(name)
        try:
            with tarfile.open(path) as archive:
                for member in archive:
                    file = archive.extractfile(member) if Path(member.name).name in wanted else None
                    if file is not None and "ConductorClassifier" in member.name:
                        (folder / Path(member.name).name).write_bytes(file.read())
        except (OSError, tarfile.TarError, EOFError) as error:
            raise ConductorError(f"'{path}' can't be read: {error}.", "'conductor train' makes a new one.") from error
        if not (folder / VOCABULARY).is_file():
            return None
        try:
            model = IntentModel.load(folder, encoder)
        except ConductorError:  # another encoder: its record can be read all the same
            model = None
        return Taught(record.read(folder), model, IntentModel.cutoffs_in(folder))


def compare(running: Taught, new: Taught, phrasings: Sequence[Phrasing]) -> Comparison | None:
    """None when a model keeps no record of what it said of phrasings that it had not seen."""
    if running.record is None or new.record is None:
        return None
    cases: list[tuple[Phrasing, Judgement, Judgement]] = []
    told = {text: judgement for (text, _), judgement in running.record.items()}
    unseen = 0
    for phrasing in phrasings:
        now = new.record.get((phrasing.text, phrasing.intent))
        before = told.get(phrasing.text)
        if UNJUDGED in (now, before):
            continue
        if now is not None and before is None and running.model is not None:
            unseen += 1
            before = _asked(running.model, phrasing)
        if now is not None and before is not None:
            cases.append((phrasing, before, now))
    scope = [case for case in cases if case[0].intent != OUT_OF_SCOPE]
    strange = [case for case in cases if case[0].intent == OUT_OF_SCOPE]
    wrong = [(_answers_wrong(running, p, was), _answers_wrong(new, p, now)) for p, was, now in scope]
    languages = sorted({phrasing.language for phrasing, _, _ in scope})
    return Comparison(
        _pair([(was.guess == p.intent, now.guess == p.intent) for p, was, now in scope]),
        _pair([(_refused(running, was), _refused(new, now)) for _, was, now in strange]),
        {
            code: _pair([(was.guess == p.intent, now.guess == p.intent) for p, was, now in scope if p.language == code])
            for code in languages
        },
        (sum(was for was, _ in wrong), sum(now for _, now in wrong)),
        unseen,
        tuple(
            NewlyWrong(p.text, p.intent, now.guess)
            for p, was, now in scope
            if was.guess == p.intent and now.guess != p.intent
        ),
    )


def _asked(model: IntentModel, phrasing: Phrasing) -> Judgement:
    held = judged(model, phrasing.text, phrasing.intent)
    return Judgement(held.guesses[0], held.score)


def _refused(side: Taught, said: Judgement) -> bool:
    return said.guess == OUT_OF_SCOPE or said.score < side.cutoffs.offer


def _answers_wrong(side: Taught, phrasing: Phrasing, said: Judgement) -> bool:
    sure = said.score >= side.cutoffs.answer and said.guess != OUT_OF_SCOPE
    return sure and said.guess != phrasing.intent


def _pair(right: Sequence[tuple[bool, bool]]) -> Pair:
    lost, won = (sum(pair == wanted for pair in right) for wanted in ((True, False), (False, True)))
    return Pair(len(right), sum(was for was, _ in right), sum(now for _, now in right), lost, won)
