"""Writes `on_channels/*.yml` anew from what the customers in them get now: ``python -m
tests.journeys.write_transcripts``. Read the difference before you commit it: it is what customers will read."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import Any

import yaml

from tests.backends import embedded_in
from tests.journeys.test_on_channels import FILES, play, read, stored
from tests.live.town import Town, town


class Dumper(yaml.SafeDumper):
    """Several lines as several lines."""


def _text(dumper: yaml.SafeDumper, text: str) -> Any:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


Dumper.add_representer(str, _text)


async def relived(here: Town, channel: str, journeys: dict[str, dict[str, Any]]) -> dict[str, Any]:
    lived = {}
    for number, (name, journey) in enumerate(journeys.items()):
        customer = here.customer(channel, number)
        transcript = await play(here, customer, journey["transcript"])
        lived[name] = {"transcript": transcript, "in the end": stored(here, customer)}
    return lived


async def main() -> None:
    written = read()
    with tempfile.TemporaryDirectory() as folder:
        async with town(Path(folder), embedded_in(Path(folder))) as here:
            lived = await asyncio.gather(*(relived(here, name, journeys) for name, journeys in written.items()))
    for file, journeys in zip(FILES, lived, strict=True):
        lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
        head = "".join(line for line in lines if line.startswith("#"))
        body = yaml.dump(journeys, Dumper=Dumper, allow_unicode=True, sort_keys=False, width=110)
        file.write_text(head + body, encoding="utf-8")


if __name__ == "__main__":
    asyncio.run(main())
