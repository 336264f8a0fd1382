"""The project's own phrasings with their languages: what `conductor nlu eval` is measured on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rasa.shared.importers.rasa import RasaFileImporter

from bot.faq.entry import INTENT as FAQ
from bot.faq.read import read_folder
from bot.rasa_glue.training import Project


@dataclass(frozen=True)
class Phrasing:
    """One thing that customers say, what it means (full intent, "faq/refund"), and its language ("" if unknown)."""

    text: str
    intent: str
    language: str


def own(project: Project) -> list[Phrasing]:
    """All phrasings of the project: Rasa's NLU files in dialogues/nlu/<language>/, and the FAQ's entries. Raises
    FaqError."""
    found = [*of_rasa(project.data / "nlu"), *of_faq(project.data / "faq")]
    return list(dict.fromkeys(found))


def of_rasa(folder: Path) -> Iterator[Phrasing]:
    """Those of Rasa's NLU files in `folder`/<language>/."""
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        language = path.name if path.is_dir() else ""
        for message in RasaFileImporter(training_data_paths=[str(path)]).get_nlu_data().intent_examples:
            if message.get("text"):
                yield Phrasing(str(message.get("text")), str(message.get_full_intent()), language)


def of_faq(folder: Path) -> Iterator[Phrasing]:
    """Those of the FAQ's entries; a title is one, too. Raises FaqError."""
    for entry in read_folder(folder) if folder.is_dir() else ():
        for text in dict.fromkeys([*entry.phrasings, entry.title]):
            yield Phrasing(text, f"{FAQ}/{entry.key}", entry.language)
