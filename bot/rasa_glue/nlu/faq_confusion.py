"""The FAQ's phrasings as a model sees them that never saw them: what `conductor faq check` shows as confusions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from bot.faq.entry import INTENT
from bot.faq.stealing import Judged
from bot.learning.linear import Kind
from bot.rasa_glue.nlu.encoder import SentenceEncoder
from bot.rasa_glue.nlu.evaluation import decided
from bot.rasa_glue.nlu.phrasings import Phrasing
from bot.rasa_glue.nlu.teaching import HeldOut, Lesson, chosen, cutoffs, fit, folds
from bot.rasa_glue.nlu.teaching import judged as judge


def judged(phrasings: Sequence[Phrasing], encoder: SentenceEncoder | None = None) -> list[Judged]:
    """Cross-validate among everything that customers say; of the FAQ's phrasings, what they were taken for."""
    intents = [phrasing.intent for phrasing in phrasings]
    if len(set(intents)) < 2:
        return []
    lesson = Lesson([phrasing.text for phrasing in phrasings], intents, encoder).encoded()
    kind, _ = chosen(lesson)
    seen = list(_every_fold(lesson, kind))
    cuts = cutoffs(seen, Counter(intents))
    found = []
    for held in seen:
        name, _, key = held.intent.partition("/")
        if name == INTENT and key:
            said = phrasings[held.position]
            answered = decided(held, cuts) == "answer"
            found.append(Judged(said.text, said.language, key, held.guesses[0], answered))
    return found


def _every_fold(lesson: Lesson, kind: Kind) -> Iterator[HeldOut]:
    """Each phrasing once. (`teaching.held_out` looks at one fifth of many: enough for cut-offs, not for naming
    phrasings.)"""
    fold_of = folds(lesson.intents)
    for fold in range(max(fold_of) + 1):
        model = fit(lesson.part([position for position, other in enumerate(fold_of) if other != fold]), kind)
        for position in (position for position, other in enumerate(fold_of) if other == fold):
            vector = None if lesson.vectors is None else lesson.vectors[position]
            yield judge(model, lesson.texts[position], lesson.intents[position], position, vector)
