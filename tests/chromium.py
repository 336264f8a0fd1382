"""Where the browser for the browser tests is, and what to say when there is none."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

COMMANDS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# Where `playwright install chromium` and macOS put theirs.
PLACES = (
    (Path.home() / ".cache/ms-playwright", "chromium-*/chrome-linux*/chrome"),
    (Path.home() / "Library/Caches/ms-playwright", "chromium-*/chrome-mac*/*.app/Contents/MacOS/*"),
    (Path("/Applications"), "Google Chrome.app/Contents/MacOS/Google Chrome"),
)
HOW_TO_GET_ONE = (
    "No Chromium was found, so the browser tests were left out. To get one: "
    "'apt-get install chromium' (Debian, Ubuntu), '.venv/bin/playwright install chromium' (anywhere), "
    "or name yours in the environment: CHROMIUM=/path/to/chrome."
)


def find_chromium() -> str | None:
    """The path of a Chromium or Chrome: $CHROMIUM, then the usual commands, then the usual places; None without one."""
    named = os.environ.get("CHROMIUM")
    if named:
        return named
    found = next(filter(None, map(shutil.which, COMMANDS)), None)
    if found:
        return found
    installed = (path for folder, pattern in PLACES for path in sorted(folder.glob(pattern), reverse=True))
    return next((str(path) for path in installed if path.is_file()), None)
