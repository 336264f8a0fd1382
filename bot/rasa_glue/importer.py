"""Where Rasa finds the dialogues: `rasa train` without arguments looks for `domain.yml` and `data/`, ours are in
`dialogues/`. (Two links of those names lie beside it, for the commands of Rasa's that ask no importer.)

The FAQ's files (`dialogues/faq/<language>/*.md`) become `faq/<key>` intents and `utter_faq/<key>` responses here, at
training time: whoever keeps them needs to know nothing of Rasa.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rasa.shared.core.domain import Domain
from rasa.shared.importers.rasa import RasaFileImporter
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.faq.entry import INTENT as FAQ
from bot.faq.entry import Book
from bot.faq.rasa_format import responses
from bot.faq.read import read_folder
from bot.rasa_glue.training import ROOT, Project

DEFAULT_LANGUAGE = "en"
"""Of the answer that stands without a condition: `rasa shell` knows no language at first."""
FAQ_FOLDER = "faq"


class DialoguesImporter(RasaFileImporter):
    """Rasa's own importer, with the house's folders where no others are given. config.yml: `importers: [{name: …}]`."""

    def __init__(
        self,
        config_file: str | None = None,
        domain_path: str | None = None,
        training_data_paths: str | Sequence[str | None] | None = None,
    ) -> None:
        """A path that does not exist counts as not given: Rasa's command line passes its defaults on unseen."""
        project = Project.at(Path(config_file).resolve().parent if config_file else ROOT)
        named = [training_data_paths] if isinstance(training_data_paths, str) else training_data_paths or []
        given = [path for path in named if path and Path(path).exists() and Path(path).resolve() != project.data]
        domain = domain_path if domain_path and Path(domain_path).exists() else str(project.domain)
        super().__init__(config_file, domain, given or [str(path) for path in project.training_data()])
        self._book = _book_beside(Path(domain).resolve(), given)  # `domain.yml` is a link to the folder

    def get_nlu_data(self, language: str | None = "en") -> TrainingData:
        """Rasa's files, and the phrasings of the FAQ's entries; an entry's title is one of them."""
        phrasings = [
            Message(data={TEXT: text, INTENT: FAQ, "intent_response_key": f"{FAQ}/{entry.key}"})
            for entry in self._book
            for text in dict.fromkeys([*entry.phrasings, entry.title])
        ]
        merged: TrainingData = super().get_nlu_data(language).merge(TrainingData(phrasings))
        return merged

    def get_domain(self) -> Domain:
        """Rasa's files, and the answers of the FAQ's entries."""
        domain: Domain = super().get_domain()
        if not self._book:
            return domain
        return domain.merge(Domain.from_dict({"responses": responses(self._book, DEFAULT_LANGUAGE)}))


def _book_beside(domain: Path, given: Sequence[str | None]) -> Book:
    """The FAQ folder that lies beside the domain's; none where single files were given. Raises FaqError."""
    named = [Path(str(path)) for path in given if Path(str(path)).name == FAQ_FOLDER]
    folder = named[0] if named else domain.parent / FAQ_FOLDER
    return read_folder(folder) if domain.is_dir() and folder.is_dir() else Book()
