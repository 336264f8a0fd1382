"""The checks of `conductor survey check`, one a file. Each is a function `check(subject) -> Iterator[Finding]`; add it
to `CHECKS`."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from survey_flows.checks import carried, conditions, keypad, labels, length, reachable, sms, translations, voice
from survey_flows.checks.finding import Finding, Subject

CHECKS: tuple[Callable[[Subject], Iterable[Finding]], ...] = (
    reachable.check,
    conditions.check,
    translations.check,
    labels.check,
    carried.check,
    keypad.check,
    voice.check,
    sms.check,
    length.check,
)
