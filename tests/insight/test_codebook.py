"""themes.yml: what is read, and what is said of mistakes."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.errors import ConductorError
from bot.insight.themes.codebook import ThemesError, read, warnings
from bot.learning.labels import train
from tests.test_house import ROOT

SOUND = """themes:
  price:
    title: {en: Price, de: Preis}
    keywords: {en: [expensive]}
    examples:
      en: [too dear, "worth: every penny"]
  service:
    title: {en: Service}
    examples: {en: [rude staff, too dear]}
other:
  en: [all good]
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "themes.yml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_codebook(tmp_path: Path) -> None:
    book = read(write(tmp_path, SOUND))
    assert book.keys == ("price", "service")
    assert (book.themes[0].name("de"), book.themes[1].name("de")) == ("Preis", "Service")
    found = {(example.text, example.labels) for example in book.examples()}
    assert ("too dear", frozenset({"price", "service"})) in found, "a text under two themes is about both"
    assert ("all good", frozenset()) in found
    assert ("expensive", frozenset({"price"})) in found


def test_any_change_is_another_codebook(tmp_path: Path) -> None:
    before = read(write(tmp_path, SOUND)).digest
    assert read(write(tmp_path, SOUND.replace("rude", "kind"))).digest != before


MISTAKES = [
    ("themes: {}\n", 1, "no theme"),
    ("[1]\n", 1, "fields with values"),
    (SOUND.replace("title: {en: Service}", "titel: {en: Service}"), 8, 'Did you mean "title"'),
    (SOUND.replace("  service:", "  Service!:"), 8, "no key for a theme"),
    (SOUND.replace("  service:", "  unclassified:"), 8, "no key for a theme"),
    (SOUND.replace("  service:", "  price:"), 7, "twice"),
    (SOUND.replace("{en: [rude staff, too dear]}", "{english: [rude]}"), 9, '"english" is no language'),
    (SOUND.replace("[all good]", "all good"), 11, "no list"),
    (SOUND.replace("[all good]", '["", x]'), 11, "empty"),
    (SOUND.replace("[rude staff, too dear]", "[rude staff, Rude staff]"), 0, "2 times"),
    (SOUND + "  : :\n    - [", 0, "no YAML"),
]


@pytest.mark.parametrize(("text", "line", "words"), MISTAKES)
def test_a_mistake_is_told_with_its_place(tmp_path: Path, text: str, line: int, words: str) -> None:
    with pytest.raises(ThemesError) as caught:
        read(write(tmp_path, text))
    told = [problem for problem in caught.value.problems if words in str(problem)]
    assert told, caught.value.problems
    assert line in (0, told[0].line)
    assert "themes.yml" in str(told[0])


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConductorError, match="CONDUCTOR_THEMES"):
        read(tmp_path / "none.yml")


def test_what_works_badly_is_a_warning(tmp_path: Path) -> None:
    found = [str(problem) for problem in warnings(read(write(tmp_path, SOUND.split("other")[0])), "t.yml")]
    assert any("needs 5" in line for line in found)
    assert any("no theme" in line for line in found)


def test_the_example_companys_themes_are_learnt_in_both_languages() -> None:
    book = read(ROOT / "themes.yml")
    assert warnings(book, "themes.yml") == []
    model = train(book.examples(), book.keys)
    assert [key for key in book.keys if not model.learnt[key].is_learnt] == []
    for language in ("en", "de"):
        coverage = model.languages[language]
        assert coverage.right / coverage.given >= 0.8
        assert coverage.labelled / coverage.n >= 0.55
