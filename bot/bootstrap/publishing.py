"""The surveys that come with an installation, made live once."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

from bot.storage.catalogue import SqlCatalogue
from survey_flows.file_name import misnamed
from survey_flows.problems import SurveyError

log = logging.getLogger(__name__)


async def publish_folder(catalogue: SqlCatalogue, folder: Path, now: str) -> bool:
    """Publish the surveys of `folder` where no survey was ever published; a broken one is named and left out. Returns
    whether that was so.

    Never again after that: a file that somebody writes is a draft until `conductor survey publish`.
    """
    if not await catalogue.empty():
        return False
    sources = []
    for file, source in await asyncio.to_thread(_definitions, folder):
        try:
            survey = await catalogue.check(source, str(file), folder)
            if wrong := misnamed(survey, file):
                raise SurveyError(wrong)
        except SurveyError as error:
            log.error("The survey %s was not published:\n%s", file, error)
        else:
            sources.append((file, source))
    await catalogue.publish_first(sources, now, folder)
    return True


def _definitions(folder: Path) -> list[tuple[Path, str]]:
    return [(file, file.read_text(encoding="utf-8")) for file in sorted(folder.glob("*.yml"))]
