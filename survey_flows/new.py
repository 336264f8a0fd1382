"""A new survey from a template: a file with comments that is valid from the first second."""

from __future__ import annotations

import re
from pathlib import Path

from survey_flows.fields import KEY
from survey_flows.loader import load_survey

TEMPLATES = Path(__file__).with_name("templates")
WRITTEN = ("en", "de", "fr", "es")
"""Languages the templates speak. Any other is filled with the first of these, marked `# translate`."""

MARK = "  # translate"

_WORDS = re.compile(rf"^(?P<indent>\s+)(?P<language>{'|'.join(WRITTEN)}): (?P<words>.+)$")
_LANGUAGE = re.compile(r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})?$")


class NewSurveyError(ValueError):
    """A survey cannot be written like this. The message says how it can."""


def templates() -> tuple[str, ...]:
    """The names of the templates."""
    return tuple(sorted(path.stem for path in TEMPLATES.glob("*.yml")))


def render(key: str, template: str = "nps", languages: tuple[str, ...] = ("en",)) -> str:
    """The text of the new file. Errors: NewSurveyError for a bad key, template or language; SurveyError never, the
    result is loaded before."""
    if not KEY.match(key):
        raise NewSurveyError(f'"{key}" is no key for a survey. Use only a–z, 0–9 and _, for example delivery_nps.')
    if template not in templates():
        raise NewSurveyError(f'There is no template "{template}". There are: {", ".join(templates())}.')
    wrong = next((language for language in languages if not _LANGUAGE.match(language)), None)
    if wrong is not None or not languages:
        raise NewSurveyError(f'"{wrong or ""}" is no language code. Use codes like en, de or pt-BR.')
    unique = tuple(dict.fromkeys(languages))
    source = (TEMPLATES / f"{template}.yml").read_text(encoding="utf-8")
    text = _translated(source.splitlines(), unique)
    text = re.sub(r"(?m)^key: .*$", f"key: {key}", text, count=1)
    text = re.sub(r"(?m)^languages: \[.*?\]", f"languages: [{', '.join(unique)}]", text, count=1)
    load_survey(text, filename=f"{key}.yml")
    return text


def write(folder: Path, key: str, template: str = "nps", languages: tuple[str, ...] = ("en",)) -> Path:
    """Write `KEY.yml` into `folder`. Errors: NewSurveyError, also when the file exists already; then nothing is
    changed."""
    text = render(key, template, languages)
    path = folder / f"{key}.yml"
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise NewSurveyError(
            f"{path} exists already, and is left as it is. Choose another key, or edit that file."
        ) from None
    except OSError as error:
        raise NewSurveyError(f"{path} cannot be written: {error.strerror}. Choose another folder.") from error
    return path


def _translated(lines: list[str], languages: tuple[str, ...]) -> str:
    """The lines of a template, each block of words in the wanted languages and no other."""
    result: list[str] = []
    block: dict[str, str] = {}
    indent = ""
    for line in [*lines, ""]:
        match = _WORDS.match(line)
        if match:
            indent, block[match["language"]] = match["indent"], match["words"]
            continue
        known = next((block[language] for language in languages if language in block), block.get("en", ""))
        for language in languages if block else ():
            words = block.get(language)
            result.append(f"{indent}{language}: {words}" if words else f"{indent}{language}: {known}{MARK}")
        block = {}
        result.append(line)
    return "\n".join(result).rstrip("\n") + "\n"
