"""Old survey files stay readable: each version of the format has one function that lifts a file to the next version.

A definition says its version in `format`. When format 2 comes, `survey-1.json` stays beside `survey-2.json`, and a
function is registered here::

    @FORMATS.to(2)
    def rename_touchpoint(definition: Definition) -> None:
        \"\"\"Format 2 calls the touchpoint `moment`.\"\"\"
        definition["moment"] = definition.pop("touchpoint")

A migration changes the copy that it is given in place, so that a mapping that knows its lines
(`yaml_marks.MarkedDict`) stays one. Today there is only format 1, so `FORMATS` is empty; the mechanism is proved in
`tests/survey_flows/test_migrations.py` with a registry of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

Definition = dict[str, Any]
Migration = Callable[[Definition], None]


class FormatError(ValueError):
    """A definition's `format` is missing or unknown. The message says how to mend it."""


class Formats:
    """The versions of a format, and the way from each to the next. `first` is the oldest that can still be read."""

    def __init__(self, first: int = 1) -> None:
        self.first = first
        self._steps: dict[int, Migration] = {}

    @property
    def latest(self) -> int:
        """The version that the rest of the program understands."""
        return max(self._steps, default=self.first)

    def to(self, version: int) -> Callable[[Migration], Migration]:
        """Register the function that lifts a definition of `version` − 1 to `version`. Errors: ValueError on a gap or
        a second one."""
        if version != self.latest + 1:
            raise ValueError(f"The next format after {self.latest} is {self.latest + 1}, not {version}.")

        def register(step: Migration) -> Migration:
            self._steps[version] = step
            return step

        return register

    def migrate(self, definition: Definition) -> Definition:
        """`definition` in the latest format; the given one is left as it is.

        Errors: FormatError when its version is missing, no whole number, older than `first` or newer than `latest`.
        """
        version = self._version(definition)
        lifted = deepcopy(definition)
        for number in range(version + 1, self.latest + 1):
            self._steps[number](lifted)
            lifted["format"] = number
        return lifted

    def _version(self, definition: Definition) -> int:
        version = definition.get("format")
        if isinstance(version, bool) or not isinstance(version, int):
            raise FormatError(f"The file does not say its format. Write `format: {self.latest}` as its first line.")
        if version > self.latest:
            raise FormatError(
                f"The file has format {version}; this version of Survey Conductor reads up to {self.latest}. "
                "Update Survey Conductor, or write the file in the older format."
            )
        if version < self.first:
            raise FormatError(f"Format {version} is not readable any more; the oldest is {self.first}.")
        return version


FORMATS = Formats(first=1)
"""The registry of the survey format."""


def migrate(definition: Definition) -> Definition:
    """`definition` (a survey file as read from YAML) in the latest format. Errors: `FormatError`."""
    return FORMATS.migrate(definition)
