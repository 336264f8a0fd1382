"""A stop beside an answer: "9, stop" is both, an answer to keep and the wish to be left alone.

As everywhere a stop must be the whole of what is said, here of what stands behind the answer or before it: "2, the
driver didn't stop" is a remark.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from survey_flows.answers.items import Utterance
from survey_flows.answers.lexicon import base_table
from survey_flows.reading import Reading, control

_BREAKS = frozenset(".!?;,\n-(…")
"""Behind these a stop may begin. Not behind a colon or quotation marks: what follows those is cited."""

_NUMERIC = frozenset(("number", "points", "stars", "percent"))


def beside_a_stop(
    said: Utterance, language: str, is_stop: Callable[[Utterance], bool], read: Callable[[Utterance], Reading]
) -> Reading | None:
    """The answer, marked `stops`; the control alone where the answer is in doubt or outside the range; None where no
    stop stands beside an answer. `is_stop` judges a part of the text, `read` reads one as an answer."""
    for cut in _cuts(said, language):
        before, after = _parts(said, cut)
        if not before.tokens:
            continue
        if is_stop(after) and (found := _kept(read(before))) is not None:
            return found
        if said.tokens[cut - 1].kind == "p" and is_stop(before) and (found := _kept(read(after))) is not None:
            return found
    return None


def _kept(reading: Reading) -> Reading | None:
    if reading.kind == "value":
        return replace(reading, stops=True)
    doubtful = reading.kind == "ambiguous" or reading.outside is not None
    return control("stop") if doubtful else None


def _cuts(said: Utterance, language: str) -> Iterator[int]:
    """Tokens at which another part may begin: behind a break, and behind the number of "9 please stop"."""
    for at in range(1, len(said.tokens)):
        token = said.tokens[at - 1]
        if token.kind == "n" or token.text in _BREAKS or _is_numeric(token.text, language):
            yield at


def _is_numeric(word: str, language: str) -> bool:
    found = base_table(language).get((word,))
    return found is not None and found[0] in _NUMERIC


def _parts(said: Utterance, cut: int) -> tuple[Utterance, Utterance]:
    before = said.part(0, cut).rstrip(" ,;-(\n")  # "9 -" would be a doubt of its own
    return Utterance.of(before), Utterance.of(said.part(cut, len(said.tokens)))
