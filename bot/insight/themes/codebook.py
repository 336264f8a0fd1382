"""`themes.yml`: the themes that the manager wants to see in reports, each with examples. docs/how-to/find-themes.md has
the format."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from bot.errors import ConductorError
from bot.learning.features import normalised
from bot.learning.labels import Example
from survey_flows.problems import Problem, suggest

KEY = re.compile(r"[a-z][a-z0-9_]{0,62}")
LANGUAGE = re.compile(r"[a-z]{2}")
FEWEST = 5
"""Examples that a theme needs in a language: with fewer nothing is learnt there."""
TAKEN = ("unclassified",)
_TOP, _THEME = ("themes", "other"), ("title", "examples", "keywords")


class ThemesError(ConductorError):
    """The codebook can't be used. `problems` holds every mistake."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = sorted(problems)
        super().__init__("The themes can't be used:\n" + "\n".join(map(str, self.problems)))


@dataclass(frozen=True)
class Theme:
    """`title` and `examples` by language; keywords are very short examples."""

    key: str
    title: Mapping[str, str]
    examples: Mapping[str, tuple[str, ...]]

    def name(self, language: str) -> str:
        """The title in this language, or in the first it has."""
        return self.title.get(language) or next(iter(self.title.values()))


@dataclass(frozen=True)
class Codebook:
    """`other`: by language, texts about no theme at all ("everything fine"). `digest` changes when anything does."""

    themes: tuple[Theme, ...]
    other: Mapping[str, tuple[str, ...]]
    digest: str

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(theme.key for theme in self.themes)

    def examples(self) -> list[Example]:
        """What the classifiers begin with. A text under two themes is about both."""
        labels: dict[tuple[str, str], set[str]] = {}
        for theme in self.themes:
            for language, texts in theme.examples.items():
                for text in texts:
                    labels.setdefault((text, language), set()).add(theme.key)
        for language, texts in self.other.items():
            for text in texts:
                labels.setdefault((text, language), set())
        return [Example(text, frozenset(found), language, public=True) for (text, language), found in labels.items()]


def read(path: Path) -> Codebook:
    """Raises ThemesError with every mistake, ConductorError when the file can't be read."""
    try:
        source = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConductorError(
            f"{path} can't be read ({type(error).__name__}).", "CONDUCTOR_THEMES says where it is."
        ) from error
    reader = _Reader(str(path))
    codebook = reader.codebook(source)
    if codebook is None or reader.problems:
        raise ThemesError(reader.problems)
    return codebook


def warnings(codebook: Codebook, file: str) -> list[Problem]:
    """What works, but not well."""
    found = []
    languages = sorted({code for theme in codebook.themes for code in theme.examples})
    for theme in codebook.themes:
        for language in languages:
            count = len(theme.examples.get(language, ()))
            if count < FEWEST:
                what = f'theme "{theme.key}" has {count} examples in "{language}", and needs {FEWEST} to be found there'
                found.append(Problem(file, 0, what, "Write some as your customers would."))
    if not any(codebook.other.values()):
        mend = 'Add "other" with texts such as "everything was fine".'
        found.append(Problem(file, 0, "nothing says what is about no theme", mend))
    return found


class _Reader:
    """YAML nodes, because they know their lines."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[Problem] = []

    def wrong(self, node: yaml.Node | None, what: str, mend: str = "") -> None:
        self.problems.append(Problem(self.file, node.start_mark.line + 1 if node is not None else 0, what, mend))

    def codebook(self, source: str) -> Codebook | None:
        try:
            top = yaml.compose(source, yaml.SafeLoader)
        except yaml.MarkedYAMLError as error:
            line = error.problem_mark.line + 1 if error.problem_mark else 0
            self.problems.append(Problem(self.file, line, f"this is no YAML: {error.problem}"))
            return None
        parts = dict(self.fields(top, _TOP))
        themes = [self.theme(key, node) for key, node in self.fields(parts.get("themes"), None)]
        if not themes:
            self.wrong(top, "there is no theme", 'Write at least one under "themes:".')
        other = self.texts(parts["other"]) if "other" in parts else {}
        self.doubles(themes)
        return Codebook(tuple(themes), other, hashlib.sha256(source.encode()).hexdigest()[:16])

    def theme(self, key: str, node: yaml.Node) -> Theme:
        if not KEY.fullmatch(key) or key in TAKEN:
            mend = "Use small letters, digits and _, such as delivery_time."
            self.wrong(node, f'"{key}" is no key for a theme', mend)
        parts = dict(self.fields(node, _THEME))
        title = {code: value for code, value, _ in self.by_language(parts.get("title"))}
        if not title:
            self.wrong(node, f'theme "{key}" has no title', "Write title: {en: …}.")
        examples = self.texts(parts.get("examples"))
        for code, texts in self.texts(parts.get("keywords")).items():
            examples[code] = (*examples.get(code, ()), *texts)
        if not examples:
            self.wrong(node, f'theme "{key}" has no examples', "Write some as your customers would, by language.")
        return Theme(key, title, examples)

    def doubles(self, themes: list[Theme]) -> None:
        for theme in themes:
            for language, texts in theme.examples.items():
                for text, times in Counter(map(normalised, texts)).items():
                    if times > 1:
                        what = f'theme "{theme.key}" has "{text}" {times} times in "{language}"'
                        self.problems.append(Problem(self.file, 0, what, "Keep it once."))

    def fields(self, node: yaml.Node | None, allowed: tuple[str, ...] | None) -> Iterator[tuple[str, yaml.Node]]:
        """A mapping's fields; those that are not `allowed`, or there twice, are mistakes."""
        if node is None:
            return
        if not isinstance(node, yaml.MappingNode):
            self.wrong(node, "here should be fields with values", "docs/how-to/find-themes.md shows the format.")
            return
        met: set[str] = set()
        for key, value in node.value:
            name = str(key.value)
            if allowed is not None and name not in allowed:
                self.wrong(key, f'"{name}" is not known here', suggest(name, allowed))
            elif name in met:
                self.wrong(key, f'"{name}" is here twice', "Keep one.")
            else:
                met.add(name)
                yield name, value

    def by_language(self, node: yaml.Node | None) -> Iterator[tuple[str, str, yaml.Node]]:
        for code, value in self.fields(node, None):
            if not LANGUAGE.fullmatch(code):
                self.wrong(value, f'"{code}" is no language', "Use two letters, such as en or de.")
            else:
                yield code, str(value.value), value

    def texts(self, node: yaml.Node | None) -> dict[str, tuple[str, ...]]:
        found: dict[str, tuple[str, ...]] = {}
        for code, _, value in self.by_language(node):
            if not isinstance(value, yaml.SequenceNode):
                self.wrong(value, f'the texts in "{code}" are no list', "Write each after a dash.")
                continue
            empty = [text for text in value.value if not isinstance(text, yaml.ScalarNode) or not text.value.strip()]
            for text in empty:
                self.wrong(text, "an example is empty or no text", 'Put a text with ": " or "#" in it into quotes.')
            found[code] = tuple(str(text.value).strip() for text in value.value if text not in empty)
        return found
