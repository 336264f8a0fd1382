"""What is wrong with a survey, or will be noticed by customers, before anybody is asked.

First everything the loader reports; if the file can be loaded, every path of it (`paths/`) and one check after the
other (`checks/`). Pure apart from reading the file.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from survey_flows.checks import CHECKS
from survey_flows.checks.finding import LEVELS, Finding, Level, Subject
from survey_flows.file_name import misnamed
from survey_flows.loader import load_file
from survey_flows.model import Survey
from survey_flows.new import MARK
from survey_flows.problems import SurveyError

__all__ = [
    "DEFINITIONS",
    "LEVELS",
    "Finding",
    "Level",
    "check_file",
    "check_survey",
    "failed",
    "from_loader",
    "untranslated",
]

DEFINITIONS = Path(__file__).with_name("definitions")
"""Where the surveys lie."""
MORE_MAY_FOLLOW = "Labels, translations and paths are checked once these errors are mended: more may follow."


def check_file(path: str | Path) -> tuple[Finding, ...]:
    """All findings about a file, errors first, then in the order of the file."""
    try:
        survey = load_file(path)
    except SurveyError as error:
        findings = from_loader(error)
        return (*findings, Finding("info", findings[0].file, 0, MORE_MAY_FOLLOW))
    named = misnamed(survey, Path(path))
    wrong = from_loader(SurveyError(named)) if named else ()
    return _sorted([*wrong, *check_survey(survey, str(path)), *untranslated(path)])


def untranslated(path: str | Path) -> tuple[Finding, ...]:
    """What `conductor survey new` could not translate, and marked for whoever goes on: one finding a file."""
    lines = Path(path).read_text(encoding="utf-8").splitlines()
    marked = [number for number, line in enumerate(lines, 1) if line.endswith(MARK)]
    if not marked:
        return ()
    what = f'{len(marked)} {"text is" if len(marked) == 1 else "texts are"} not translated yet ("{MARK.strip()}").'
    return (Finding("warning", str(path), marked[0], what, "Translate each and take its mark away."),)


def check_survey(survey: Survey, file: str = "") -> tuple[Finding, ...]:
    """All findings about a loaded survey."""
    subject = Subject(survey, file or f"{survey.key}.yml")
    return _sorted(finding for check in CHECKS for finding in check(subject))


def from_loader(error: SurveyError) -> tuple[Finding, ...]:
    """What the loader reports, as findings of level error."""
    return _sorted(Finding("error", p.file, p.line, _sentence(p.what), p.mend) for p in error.problems)


def failed(findings: Iterable[Finding], strict: bool = False) -> bool:
    """Whether the findings should stop a publication: an error, or with `strict` a warning."""
    bad = {"error", "warning"} if strict else {"error"}
    return any(finding.level in bad for finding in findings)


def _sorted(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    unique = dict.fromkeys(findings)
    return tuple(sorted(unique, key=lambda f: (LEVELS.index(f.level), f.file, f.line)))


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "?", "!")) else ".")
