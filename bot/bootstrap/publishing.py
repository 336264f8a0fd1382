"""Surveys of a folder, made live."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

from bot.storage.catalogue import SqlCatalogue
from survey_flows.problems import SurveyError

log = logging.getLogger(__name__)


async def publish_folder(catalogue: SqlCatalogue, folder: Path, now: str) -> None:
    """Publish each survey of `folder` that has no live version. A broken one is named and left out; the others go
    on."""
    known = {p.survey.key for p in await catalogue.published()}
    for file, source in await asyncio.to_thread(_definitions, folder):
        if file.stem in known:
            continue
        try:
            await catalogue.publish(source, now, str(file), folder)
        except SurveyError as error:
            log.error("The survey %s was not published:\n%s", file, error)


def _definitions(folder: Path) -> list[tuple[Path, str]]:
    return [(file, file.read_text(encoding="utf-8")) for file in sorted(folder.glob("*.yml"))]
