"""CPU seconds and memory of processes with all their children."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial

import psutil


def tree(pids: Iterable[int]) -> list[psutil.Process]:
    """The processes and all below them that live now."""
    found: dict[int, psutil.Process] = {}
    for pid in pids:
        with suppress(psutil.NoSuchProcess):
            root = psutil.Process(pid)
            found.update((process.pid, process) for process in (root, *root.children(recursive=True)))
    return list(found.values())


def cpu_seconds(processes: Iterable[psutil.Process]) -> float:
    """User and system time, of children that have ended too."""
    total = 0.0
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            times = process.cpu_times()
            total += times.user + times.system + times.children_user + times.children_system
    return total


def memory_mb(pids: Iterable[int]) -> float:
    """Resident memory, MB. Shared pages count once for each process."""
    return sum(process.memory_info().rss for process in tree(pids)) / 1e6


def backends(postmaster: int, database: str) -> list[psutil.Process]:
    """PostgreSQL's processes that serve `database`: they say so in their command line."""
    return [one for one in psutil.Process(postmaster).children() if f" {database} " in _command(one)]


def _command(process: psutil.Process) -> str:
    with suppress(psutil.NoSuchProcess):
        return " ".join(process.cmdline()) + " "
    return ""


class Meter:
    """CPU seconds since it was made: `servers` and `database`, each a way to find the processes."""

    def __init__(self, pids: Iterable[int], postmaster: int | None = None, database: str = "") -> None:
        self._ways: list[Callable[[], list[psutil.Process]]] = [partial(tree, list(pids))]
        if postmaster is not None:
            self._ways.append(partial(backends, postmaster, database))
        self._before = [{one.pid: cpu_seconds([one]) for one in way()} for way in self._ways]

    def read(self) -> list[float]:
        """Seconds of the servers, and of the database's processes where they are asked for."""
        return [
            sum(cpu_seconds([one]) - before.get(one.pid, 0.0) for one in way())
            for way, before in zip(self._ways, self._before, strict=True)
        ]
