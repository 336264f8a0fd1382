"""The documentation holds together: no link leads nowhere, no two decisions have one number."""

from __future__ import annotations

import re
import subprocess
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
DECISIONS = ROOT / "docs" / "adr"
PAGES = sorted(
    ROOT / name
    for name in subprocess.run(
        ["git", "ls-files", "*.md"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
)


def anchors(page: Path) -> set[str]:
    """As GitHub makes them of headings."""
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.S)
    titles = re.findall(r"^#+ +(.+?) *$", text, re.M)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def broken(page: Path) -> list[str]:
    """Links of `page` to files that are not there, or to headings that a page does not have."""
    text = re.sub(r"```.*?```|`[^`]*`", "", page.read_text(encoding="utf-8"), flags=re.S)
    found = []
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", link):
            continue
        file, _, heading = link.partition("#")
        there = (page.parent / file).resolve() if file else page
        if not there.exists() or (heading and there.suffix == ".md" and heading not in anchors(there)):
            found.append(link)
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    assert broken(page) == []


def test_each_decision_has_a_number_of_its_own_and_stands_in_the_list() -> None:
    files = sorted(DECISIONS.glob("[0-9]*.md"))
    numbers = Counter(file.name[:4] for file in files)

    listed = re.findall(r"^- \[(\d{4}): .+?\]\((.+?)\)$", (DECISIONS / "README.md").read_text(encoding="utf-8"), re.M)

    assert [number for number, times in numbers.items() if times > 1] == []
    assert listed == [(file.name[:4], file.name) for file in files]
    assert [
        file.name for file in files if not file.read_text(encoding="utf-8").startswith(f"# {file.name[:4]}: ")
    ] == []
