"""`conductor doctor` on the folder in which messages wait while the database is gone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from bot.bootstrap import SystemClock
from bot.cli.doctor_finding import Finding
from bot.connected import PROVIDERS
from bot.errors import ConductorError
from bot.settings import Settings
from bot.storage.spool import ASIDE, ASIDE_DAYS, Spool

MOUNTS = Path("/proc/self/mountinfo")
LAYER = "the container's own layer"
PASSING = {"tmpfs": "memory", "ramfs": "memory", "overlay": LAYER, "aufs": LAYER}
"""Kinds of file systems that end with the container or the machine's power."""
EMPTY_DIR = "kubernetes.io~empty-dir"

LASTING = 'docs/how-to/operate.md, "When the database is gone", says how it gets a disk that lasts.'
MEND_ASIDE = (
    f"See the server's log, mend the cause, and move the files back up: after {ASIDE_DAYS} days they are deleted."
)


def spooled(settings: Settings) -> Iterator[Finding]:
    """Messages on disk; nothing, where there are none and could be some."""
    spool = Spool(settings.spool, SystemClock())
    try:
        spool.try_out()
    except OSError as error:
        words = (
            f"{settings.spool} takes no file ({error.strerror}): Twilio's messages would be lost without the database"
        )
        yield Finding(
            "fail", "Spool", words, "Give the folder to the user that runs the server, or set CONDUCTOR_SPOOL."
        )
        return
    if waiting := len(spool):
        words = f"{waiting} messages wait on disk in {settings.spool}, since the database was gone"
        yield Finding("warn", "Spool", words, "They are taken in once a server runs and the database answers.")
    if aside := spool.set_aside:
        words = f"{aside} messages could not be taken in: {settings.spool / ASIDE}"
        yield Finding("fail", "Spool", words, MEND_ASIDE)


def lasting(folder: Path, environment: Mapping[str, str], mounts: str | None = None) -> Iterator[Finding]:
    """A warning where a provider is connected that sends a message only once, and the spool's `folder` ends with its
    container or pod. `mounts`: what /proc/self/mountinfo says; where there is none nothing is known."""
    if not _sent_once(environment):
        return
    where = passing(folder.absolute(), _mounts() if mounts is None else mounts)
    if where:
        words = f"{folder} is in {where}: what Twilio sends while the database is gone does not outlive it"
        yield Finding("warn", "Spool", words, LASTING)


def passing(folder: Path, mounts: str) -> str:
    """In what the folder lies that does not last, in words; "" where it lasts, or nobody knows."""
    found, best = "", -1
    for line in mounts.splitlines():
        head, _, tail = line.partition(" - ")
        fields, kind = head.split(" "), tail.partition(" ")[0]
        if len(fields) < 5:
            continue
        root, point = fields[3], Path(fields[4].replace("\\040", " "))
        if (point == folder or point in folder.parents) and len(point.parts) >= best:
            best = len(point.parts)  # of two on one another the later one is seen
            found = "an emptyDir of its pod" if EMPTY_DIR in root else PASSING.get(kind, "")
    return found


def _mounts() -> str:
    try:
        return MOUNTS.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _sent_once(environment: Mapping[str, str]) -> bool:
    """Whether a provider is connected that does not deliver again."""
    for provider in PROVIDERS:
        try:
            settings = provider.settings(environment)
        except ConductorError:  # set up by half: another finding says so
            continue
        if settings is not None and getattr(provider.sender(settings), "sends_once", False):
            return True
    return False
