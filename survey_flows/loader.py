"""A survey file → a validated `Survey`, or every mistake in it at once, with its line and how to mend it."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any

from survey_flows import migrations
from survey_flows.contact_offer import with_offer
from survey_flows.fields import Fields, Notes
from survey_flows.header import Header, read_header
from survey_flows.linker import Linker
from survey_flows.model import Resolver, Survey
from survey_flows.problems import Problem, SurveyError
from survey_flows.unroll import Frame, Unrolled, Unroller
from survey_flows.yaml_marks import MarkedDict, parse

CURRENT_FORMAT = 1
_LANGUAGE = re.compile(r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})?$")


def load_file(path: str | Path, *, resolve: Resolver | None = None) -> Survey:
    """Loads a survey file; sub-surveys are looked for beside it, unless `resolve` says otherwise.

    Raises `SurveyError`, also when the file cannot be read.
    """
    path = Path(path)
    try:
        source = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        problem = Problem(
            str(path), 0, f"the file cannot be read ({error.strerror})", "Check the path and its permissions."
        )
        raise SurveyError([problem]) from error
    except UnicodeDecodeError as error:
        raise SurveyError([Problem(str(path), 0, "the file is not UTF-8", "Save it as UTF-8 text.")]) from error

    def beside(key: str) -> str:
        neighbour = path.with_name(f"{key}.yml")
        if not re.match(r"^[a-z0-9_]+$", key) or not neighbour.is_file():
            raise KeyError(key)
        return neighbour.read_text(encoding="utf-8-sig")

    return load_survey(source, filename=str(path), resolve=resolve or beside)


def load_survey(source: str, *, filename: str = "<text>", resolve: Resolver | None = None) -> Survey:
    """Loads a survey from its YAML text. Raises `SurveyError` with all problems of the file and its sub-surveys."""
    return _Loading(filename, resolve).load(source)


class _Loading:
    def __init__(self, filename: str, resolve: Resolver | None) -> None:
        self.filename, self.resolve = filename, resolve
        self.problems: list[Problem] = []
        self.header: Header | None = None
        self.inlined: dict[str, tuple[MarkedDict, Notes]] = {}

    def load(self, source: str) -> Survey:
        document = self.document(source, self.filename)
        if document is None:
            raise SurveyError(self.problems)
        document = with_offer(document)
        notes = Notes(self.filename, self.problems, self.languages(document, self.filename))
        fields = Fields(document, notes, "the survey")
        fields.asked.add("format")
        header = self.header = read_header(fields)
        items = fields.items("questions", required=True)
        fields.finish()
        unrolled = Unroller(self.inline).run(items, Frame(notes, surveys=(header.key,)))
        if not unrolled.drafts and not self.problems:
            notes.add(fields.line("questions"), "the survey asks nothing", "Add at least one question.")
        survey = self.link(header, unrolled, notes, document, source)
        if self.problems:
            raise SurveyError(self.problems)
        return survey

    def link(self, header: Header, unrolled: Unrolled, notes: Notes, document: MarkedDict, source: str) -> Survey:
        """Checks what refers to something else, now that everything is known."""
        linker = Linker(header, unrolled, notes)
        return Survey(
            key=header.key,
            fingerprint=self.fingerprint(document),
            title=header.title,
            touchpoint=header.touchpoint,
            languages=notes.languages,
            nodes=linker.nodes(),
            endings=header.endings,
            greeting=linker.greeting(),
            greeting_spoken=linker.greeting_spoken(),
            attributes=header.attributes,
            splits=header.splits,
            quotas=linker.quotas(),
            recovery=linker.recovery(),
            review=linker.review(),
            expires_minutes=header.expires_minutes,
            anonymous=header.anonymous,
            shuffled=frozenset(unrolled.shuffled),
            source=source,
        )

    def document(self, source: str, filename: str) -> MarkedDict | None:
        """The document in the current format; None when it is beyond reading."""
        parsed, problems = parse(source, filename)
        self.problems.extend(problems)
        if parsed is None:
            return None
        if not isinstance(parsed, MarkedDict):
            what = "a survey file is a mapping of fields"
            self.problems.append(Problem(filename, 1, what, "`conductor survey new` writes one to start from."))
            return None
        return self.migrated(parsed, filename)

    def migrated(self, document: MarkedDict, filename: str) -> MarkedDict | None:
        version = document.get("format")
        line = document.line_of("format")
        if version is None:
            self.problems.append(
                Problem(filename, line, "the file does not say its format", f"Add `format: {CURRENT_FORMAT}`.")
            )
        elif type(version) is not int or version < 0:
            self.problems.append(
                Problem(filename, line, f'"{version}" is no format', f"Write `format: {CURRENT_FORMAT}`.")
            )
        elif version > CURRENT_FORMAT:
            what = f"the file has format {version}, and this program reads up to {CURRENT_FORMAT}"
            self.problems.append(
                Problem(filename, line, what, "Update Survey Conductor, or write the file in an older format.")
            )
            return None
        elif version < CURRENT_FORMAT:
            return _migrate(document, version, filename, self.problems)
        return document

    def languages(self, document: MarkedDict, filename: str) -> tuple[str, ...]:
        value = document.get("languages")
        line = document.line_of("languages")
        if not isinstance(value, list) or not value:
            mend = "Add `languages: [en]`; the first is the fallback."
            self.problems.append(Problem(filename, line, "the survey does not list its languages", mend))
            return ("en",)
        found = [str(language) for language in value]
        for language in found:
            if not _LANGUAGE.match(language):
                what = f'"{language}" is no language code'
                self.problems.append(Problem(filename, line, what, "Use codes like en, de or pt-BR."))
        if len(set(found)) < len(found):
            self.problems.append(Problem(filename, line, "a language is listed twice", "Remove one of the two."))
        return tuple(dict.fromkeys(found))

    def inline(self, key: str, frame: Frame, line: int) -> tuple[list[tuple[Any, int]], Notes] | None:
        """The questions of another survey (`unroll.Inline`)."""
        if key not in self.inlined:
            found = self.fetch(key, frame, line)
            if found is None:
                return None
            self.inlined[key] = found
        document, notes = self.inlined[key]
        return Fields(document, notes, f'the survey "{key}"').items("questions", required=True), notes

    def fetch(self, key: str, frame: Frame, line: int) -> tuple[MarkedDict, Notes] | None:
        try:
            if self.resolve is None:
                raise KeyError(key)
            source = self.resolve(key)
        except KeyError:
            mend = f"Check the key, and that {key}.yml lies in the same folder."
            frame.notes.add(line, f'there is no survey "{key}" to put in here', mend)
            return None
        filename = f"{key}.yml" if self.filename == "<text>" else str(Path(self.filename).with_name(f"{key}.yml"))
        document = self.document(source, filename)
        if document is None or self.header is None:
            return None
        notes = Notes(filename, self.problems, self.header.languages)
        notes.also = tuple(str(language) for language in document.get("languages") or ())
        self.header.merge(read_header(Fields(document, notes, f'the survey "{key}"')))
        return document, notes

    def fingerprint(self, document: MarkedDict) -> str:
        """SHA-256 (16 hex digits) of the definition: comments and layout do not change it, anything that acts does."""
        parts = {"survey": document, "inlined": {key: found[0] for key, found in self.inlined.items()}}
        canonical = json.dumps(parts, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(canonical.encode(errors="replace")).hexdigest()[:16]  # what it replaces is refused


def _migrate(document: MarkedDict, version: int, filename: str, problems: list[Problem]) -> MarkedDict | None:
    """Brings an older format up to date (`migrations.py`), keeping the lines of what is still there."""
    try:
        lifted = migrations.migrate(document)
    except migrations.FormatError as error:
        problems.append(Problem(filename, document.line_of("format"), f"format {version} cannot be read", str(error)))
        return None
    result = MarkedDict(document.line)
    result.update(lifted)
    result.lines = dict(document.lines)
    return result
