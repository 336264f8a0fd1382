"""Which model is in use, how it came to that, and the way back."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest

from bot.errors import ConductorError
from bot.rasa_glue.registry import Registry, looks_whole
from bot.rasa_glue.training import drop_old

NOW = "2026-11-26T09:00:00.000000+00:00"


def model(folder: Path, letter: str, member: str = "metadata.json") -> Path:
    path = folder / f"conductor-{letter}.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        archive.addfile(tarfile.TarInfo(member), io.BytesIO())
    return path


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    return Registry(tmp_path)


def used(registry: Registry, *letters: str) -> None:
    for letter in letters:
        registry.activate(model(registry.folder, letter), NOW, "trained")


def test_at_first_there_is_none(registry: Registry) -> None:
    assert (registry.current(), registry.current_path(), registry.history()) == ("", None, [])
    with pytest.raises(ConductorError, match="no earlier model"):
        registry.before()


def test_back_and_further_back(registry: Registry) -> None:
    used(registry, "a", "b", "c")
    for expected in ("b", "a"):
        before = registry.before()
        registry.activate(before, NOW, "rolled back")
        assert registry.current() == before.name == f"conductor-{expected}.tar.gz"
    with pytest.raises(ConductorError, match="no earlier model"):
        registry.before()


def test_a_model_whose_file_is_gone_is_passed_over(registry: Registry) -> None:
    used(registry, "a", "b", "c")
    (registry.folder / "conductor-b.tar.gz").unlink()
    assert registry.before().name == "conductor-a.tar.gz"


def test_who_was_rolled_back_from_is_put_aside_until_somebody_chooses_it(registry: Registry) -> None:
    used(registry, "a", "b")
    registry.activate(registry.before(), NOW, "rolled back")
    assert registry.set_aside("conductor-b.tar.gz") is not None
    assert registry.set_aside("conductor-a.tar.gz") is None
    registry.activate(registry.path("b"), NOW, "by hand")
    assert registry.set_aside("conductor-b.tar.gz") is None


def test_who_was_replaced_by_training_is_not_put_aside(registry: Registry) -> None:
    used(registry, "a", "b")
    assert registry.set_aside("conductor-a.tar.gz") is None


def test_a_refused_model_never_was_in_use(registry: Registry) -> None:
    used(registry, "a", "b")
    registry.refuse(model(registry.folder, "c"), NOW, "worse")
    assert registry.current() == "conductor-b.tar.gz"
    assert registry.set_aside("conductor-c.tar.gz").note == "worse"  # type: ignore[union-attr]
    assert registry.before().name == "conductor-a.tar.gz"


def test_a_server_that_cannot_load_goes_back_only_if_nobody_chose_another(registry: Registry) -> None:
    used(registry, "a", "b")
    assert registry.broken("conductor-b.tar.gz", "conductor-a.tar.gz", NOW, "?")
    assert registry.current() == "conductor-a.tar.gz"
    used(registry, "c")
    assert not registry.broken("conductor-b.tar.gz", "conductor-a.tar.gz", NOW, "?")
    assert registry.current() == "conductor-c.tar.gz"


@pytest.mark.parametrize("content", [b"", b"no archive", "cut"])
def test_what_is_no_model_is_never_chosen(registry: Registry, content: bytes | str) -> None:
    used(registry, "a")
    broken = model(registry.folder, "b")
    broken.write_bytes(broken.read_bytes()[:40] if isinstance(content, str) else content)
    with pytest.raises(ConductorError, match=r"can't be read|no Rasa model"):
        registry.activate(broken, NOW, "by hand")
    assert registry.current() == "conductor-a.tar.gz"


def test_an_archive_of_something_else_is_no_model(tmp_path: Path) -> None:
    with pytest.raises(ConductorError, match=r"metadata\.json"):
        looks_whole(model(tmp_path, "x", "letters.txt"))


@pytest.mark.parametrize("name", ["a", "conductor-a", "conductor-a.tar.gz"])
def test_names_are_forgiving(registry: Registry, name: str) -> None:
    expected = model(registry.folder, "a")
    assert registry.path(name) == expected


def test_an_unknown_name_says_how_to_find_one(registry: Registry) -> None:
    with pytest.raises(ConductorError, match="conductor model list"):
        registry.path("../etc/passwd")


def test_the_one_in_use_and_the_one_before_are_never_dropped(registry: Registry) -> None:
    used(registry, "a", "b")
    newest = [model(registry.folder, letter) for letter in "cdefg"]
    drop_old(registry.folder, newest[-1])
    left = {path.name.split("-")[1][0] for path in registry.models()}
    assert {"a", "b", "g"} <= left
    assert len(left) == 5
