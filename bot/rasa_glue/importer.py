"""Where Rasa finds the dialogues: `rasa train` without arguments looks for `domain.yml` and `data/`, ours are in
`dialogues/`. (Two links of those names lie beside it, for the commands of Rasa's that ask no importer.)"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rasa.shared.importers.rasa import RasaFileImporter

from bot.rasa_glue.training import ROOT, Project


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
