"""What `conductor responses export` writes."""

from __future__ import annotations

import csv
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any, TextIO

import click

from bot.cli.opened import opened
from bot.cli.report_data import period_of
from bot.errors import ConductorError
from bot.storage.export import Export, ExportedAnswer, ExportedResponse
from bot.storage.report_queries import Filter

FACTS = (
    "id", "survey", "version", "touchpoint", "channel", "language", "status", "started_at", "ended_at",
    "contact", "name", "address",
)  # fmt: skip
COMMENT = ":comment"
"""Behind a question's name: the column with what was said beside its answers."""
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""With these a spreadsheet takes a cell for a formula (OWASP, "CSV Injection")."""


async def write(
    form: str, survey: str, start: datetime | None, end: datetime | None, all_answers: bool, output: Path | None
) -> None:
    """Stream the responses into `output` (None: standard output). A file appears whole or not at all.

    Raises ConductorError for an unknown survey and a file that can't be written."""
    wanted = Filter(survey, period_of(start, end))
    async with opened(reading=True) as house:
        export = Export(house.database)
        nodes = await export.nodes(wanted)
        if survey and not nodes:
            await house.catalogue.live(survey)
        count = 0
        with _target(output) as handle:
            line = _csv(handle, nodes, await export.commented(wanted)) if form == "csv" else _json_lines(handle)
            async for response in export.responses(wanted, all_answers):
                line(response)
                count += 1
    if output is not None:
        click.echo(f"{count} responses written to {output}.", err=True)


@contextmanager
def _target(output: Path | None) -> Iterator[TextIO]:
    if output is None:
        yield sys.stdout
        sys.stdout.flush()
        return
    unfinished = output.with_name(f".{output.name}.{os.getpid()}")
    try:
        with unfinished.open("w", encoding="utf-8", newline="") as handle:
            yield handle
        unfinished.replace(output)
    except OSError as error:
        raise ConductorError(f"The file {output} can't be written: {error.strerror}.") from error
    finally:
        unfinished.unlink(missing_ok=True)


def _csv(handle: TextIO, nodes: list[str], commented: list[str]) -> Any:
    """`commented`: questions beside whose answers something was said; their comments are the last columns."""
    writer = csv.writer(handle, lineterminator="\n" if handle is sys.stdout else "\r\n")
    writer.writerow([*FACTS, *nodes, *(f"{node}{COMMENT}" for node in commented)])

    def line(response: ExportedResponse) -> None:
        given = {answer.node: cell(answer) for answer in response.answers}
        facts = [_safe(getattr(response, name)) for name in FACTS]
        said = {answer.node: _safe(answer.comment) for answer in response.answers}
        beside = (said.get(node, "") for node in commented)
        writer.writerow([*facts, *(given.get(node, "") for node in nodes), *beside])

    return line


def _json_lines(handle: TextIO) -> Any:
    def line(response: ExportedResponse) -> None:
        handle.write(json.dumps(asdict(response), ensure_ascii=False) + "\n")

    return line


def cell(answer: ExportedAnswer) -> str:
    """An answer in one cell: several choices joined by ";", a skipped question empty."""
    if answer.value is None:
        return ""
    if isinstance(answer.value, bool):
        return "true" if answer.value else "false"
    if isinstance(answer.value, list):
        return _safe(";".join(map(str, answer.value)))
    return _safe(answer.value)


def _safe(value: object) -> str:
    """Numbers as they are; a text that a spreadsheet would run as a formula gets a ' in front."""
    if value is None:
        return ""
    text = str(value)
    return f"'{text}" if isinstance(value, str) and text.startswith(FORMULA) else text
