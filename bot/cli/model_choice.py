"""Which model to use: after a training, and at a server's start."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bot.rasa_glue import training
from bot.rasa_glue.registry import Change, Registry

if TYPE_CHECKING:
    from bot.rasa_glue.nlu.comparison import Comparison

Say = Callable[[str], None]
EXAMPLES = 10
"""Newly wrong phrasings that are shown."""


@dataclass(frozen=True)
class Choice:
    """`used`: the model in use after it. `why_not`: why the trained one is not; "" when it is."""

    used: Path
    why_not: str = ""


def choose(project: training.Project, trained: Path, accepted: float | None, now: str, say: Say) -> Choice:
    """Activate the trained model, unless it is clearly worse than the running one, by more than `accepted` points
    (None: don't look), or somebody has put it aside."""
    registry = Registry(project.models)
    running = registry.current_path()
    if running is None:
        registry.activate(trained, now, "first")
        return Choice(trained)
    if running.name == trained.name:
        return Choice(trained)
    aside = registry.set_aside(trained.name)
    if aside is not None:
        return Choice(running, _aside(aside))
    compared = None if accepted is None else compared_with(running, trained, project)
    if accepted is None:
        say(f"In use was {running.name}.")
    elif compared is None:
        say("The running model keeps no record of phrasings that it had not seen: nothing to compare with.")
    else:
        for line in report(compared):
            say(line)
        worse = compared.worse_in(accepted)
        if worse:
            why = f"it is clearly worse at {', '.join(worse)}"
            registry.refuse(trained, now, why)
            return Choice(running, why)
    registry.activate(trained, now, "trained")
    return Choice(trained)


def _aside(change: Change) -> str:
    if change.how in ("refused", "broken"):
        return f"it was found {change.how} on {change.at[:10]}" + (f": {change.note}" if change.note else "")
    return f"{change.model} was chosen instead on {change.at[:10]} ({change.how})"


def compared_with(running: Path, trained: Path, project: training.Project) -> Comparison | None:
    """Judge both on phrasings that neither had seen; None when their files do not tell."""
    from bot.rasa_glue import lean_import

    if lean_import.is_lean():
        lean_import.install()
    from bot.rasa_glue.nlu import comparison, encoders
    from bot.rasa_glue.nlu.phrasings import own

    encoder = encoders.chosen("installed", training.ROOT)
    old, new = comparison.taught(running, encoder), comparison.taught(trained, encoder)
    return comparison.compare(old, new, own(project)) if old and new else None


def report(compared: Comparison) -> list[str]:
    """The figures side by side, and what is newly wrong."""
    pairs = [("understood at the first guess", compared.understood)]
    pairs += [(f"  {code or 'no language'}", pair) for code, pair in compared.languages.items()]
    pairs += [("out of scope: refused", compared.out_of_scope)]
    lines = [f"{'On phrasings that neither model had seen':42}{'n':>6}{'running':>10}{'new':>10}{'':>9}"]
    for words, pair in pairs:
        if pair.count:
            shares = (f"{100 * part / pair.count:.1f} %" for part in (pair.running, pair.new))
            lines.append(
                "".join([f"{words:42}{pair.count:>6}", *(f"{s:>10}" for s in shares), f"{pair.points:>+9.1f}"])
            )
    was, now = compared.answered_wrong
    lines.append(f"{'would get a wrong answer':42}{compared.understood.count:>6}{was:>10}{now:>10}{now - was:>+9}")
    lines.append(f"{compared.unseen} of them the running model had never been taught.")
    if compared.newly_wrong:
        lines.append(f"Newly wrong ({len(compared.newly_wrong)}; newly right {compared.understood.won}):")
        lines += [f"  {one.text!r}: {one.intent} → {one.taken}" for one in compared.newly_wrong[:EXAMPLES]]
        if len(compared.newly_wrong) > EXAMPLES:
            lines.append(f"  … and {len(compared.newly_wrong) - EXAMPLES} more")
    return lines
