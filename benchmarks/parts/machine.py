"""What ran where: a line that every result carries."""

from __future__ import annotations

import os
import platform
from datetime import datetime, timezone
from pathlib import Path


def processor() -> str:
    """The processor's name as the kernel has it."""
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def line() -> str:
    """Date, machine, and how busy it is at this moment."""
    now = datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M UTC")
    load = "/".join(f"{value:.1f}" for value in os.getloadavg())
    return f"{now}; {processor()}, {os.cpu_count()} cores; load average {load}; CPython {platform.python_version()}"
