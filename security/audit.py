"""Known weaknesses of the locked packages: is each explained, and is the list still true?

    python security/audit.py             without network: the list against requirements.lock and docs/security.md
    python security/audit.py --refresh   with it: pip-audit asks the public database (OSV) and names what is not listed

Exit code 1: something is to be done; the lines above say what.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml
from packaging.specifiers import SpecifierSet
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[1]
ACCEPTED = ("never", "inside", "build")
PIP_AUDIT = "pip-audit==2.9.0"


@dataclass(frozen=True)
class Advisory:
    package: str
    id: str
    affected: str
    about: str
    reach: str


def advisories(text: str) -> list[Advisory]:
    return [Advisory(**entry) for entry in yaml.safe_load(text)["advisories"]]


def pins(lock: str) -> dict[str, list[Version]]:
    """Package → its versions: markers may pin several."""
    found: dict[str, list[Version]] = {}
    for name, version in re.findall(r"^([a-z0-9][a-z0-9._-]*)==([^ \\;\n]+)", lock, re.MULTILINE):
        found.setdefault(name, []).append(Version(version))
    return found


def complaints(known: list[Advisory], lock: str, explained: str) -> Iterator[str]:
    """What is wrong with the list, a sentence each."""
    pinned = pins(lock)
    for one in known:
        hit = [v for v in pinned.get(one.package, ()) if v in SpecifierSet(one.affected, prereleases=True)]
        if not hit:
            yield f"{one.id}: no locked {one.package} is affected any more ({one.affected}). Take it off the list."
        if one.reach not in ACCEPTED:
            yield f"{one.id}: 'reach' is {one.reach!r}. What can be reached from outside is mended, not accepted."
        if one.id not in explained:
            yield f"{one.id} ({one.package}) is not explained in docs/security.md."
    for stray in set(re.findall(r"CVE-\d+-\d+", explained)) - {one.id for one in known}:
        yield f"docs/security.md explains {stray}, which is not on the list."


def unlisted(report: str, known: list[Advisory]) -> Iterator[str]:
    """What pip-audit found (its JSON) that is not on the list."""
    ids = {one.id for one in known}
    for package in json.loads(report)["dependencies"]:
        for found in package.get("vulns", ()):
            names = {found["id"], *found.get("aliases", ())}
            if not names & ids:
                fixed = ", ".join(found.get("fix_versions", ())) or "no version"
                yield f"{package['name']} {package['version']}: {' '.join(sorted(names))}, fixed in {fixed}."


def refresh(known: list[Advisory]) -> list[str]:
    command = [str(ROOT / ".tools/bin/uv"), "tool", "run", "--from", PIP_AUDIT, "pip-audit", "--format", "json"]
    command += ["--vulnerability-service", "osv", "--disable-pip", "--no-deps", "-r", str(ROOT / "requirements.lock")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if not done.stdout.startswith("{"):
        last = ([line for line in done.stderr.splitlines() if line.strip()] or ["no answer"])[-1].strip()
        return [f"The public database was not asked ({last}). Try where there is a network; nothing is known anew."]
    return list(unlisted(done.stdout, known))


def main(arguments: list[str]) -> int:
    listed = (ROOT / "security/advisories.yml").read_text(encoding="utf-8")
    known = advisories(listed)
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    said = list(complaints(known, lock, (ROOT / "docs/security.md").read_text(encoding="utf-8")))
    if "--refresh" in arguments:
        said += refresh(known)
    for line in said:
        print(line)
    print(
        f"{len(known)} known weaknesses, each explained; checked {yaml.safe_load(listed)['checked']}."
        if not said
        else ""
    )
    return 1 if said else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
