"""A survey's file is called as its key: `conductor survey … KEY` means that file, and no two in a folder can have one
key, of which the later published would silently replace the other."""

from __future__ import annotations

from pathlib import Path

from survey_flows.model import Survey
from survey_flows.problems import Problem
from survey_flows.yaml_marks import MarkedDict, parse


def misnamed(survey: Survey, path: Path) -> tuple[Problem, ...]:
    """One problem, at the line of the key, where the key is not the name of the file that the survey was loaded
    from."""
    if survey.key == path.stem:
        return ()
    line = _key_of(survey.source, path)[1]
    what = f'the key is "{survey.key}", and the file is called {path.name}'
    same = [f"{other.name}:{at}" for other, at in _others(survey.key, path)]
    if same:
        what += f"; {', '.join(same)} has this key as well: published, one replaces the other"
    mend = f"Write `key: {path.stem}`" + ("." if same else f", or call the file {survey.key}.yml.")
    return (Problem(str(path), line, what, mend),)


def _others(key: str, path: Path) -> list[tuple[Path, int]]:
    """Files beside this one with the same key, and the line where it stands."""
    found = []
    for other in sorted(path.parent.glob("*.yml")):
        if other.name == path.name:
            continue
        theirs, line = _key_of(_text(other), other)
        if theirs == key:
            found.append((other, line))
    return found


def _text(file: Path) -> str:
    """ "" for what can't be read: that is a mistake of that file, told where it is checked."""
    try:
        return file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return ""


def _key_of(source: str, file: Path) -> tuple[str, int]:
    """The key of a file, and its line; ("", 0) where there is none."""
    document, _ = parse(source, str(file))
    if not isinstance(document, MarkedDict) or "key" not in document:
        return "", 0
    return str(document["key"]), document.line_of("key")
