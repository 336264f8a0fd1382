"""All benchmarks, one after the other: `make bench`, or `python -m benchmarks [--full] [NAME…]`.

Without --full some ten minutes (and, the first time, as long again for the training of stock Rasa). Each prints what
it measured beside its baseline, the ratio, what was to be reached, and the machine with its load. Those that need data
of others (BANKING77, CLINC150) are started by hand (`benchmarks/RESULTS.md`).
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time

from benchmarks.parts.servers import ROOT, environment, train

QUICK: dict[str, list[str]] = {
    "message": [],
    "growth": [],
    "several": [],
    "watched": [],
    "idle": [],
    "campaign": [],
    "faq": [],
    "start": [],
    "conversation": ["--turns", "200"],
    "engine": [],
    "voice": ["--rounds", "1"],
    "answers": [],
    "provider_limit": [],
    "inbox_search": [],
    "whatsapp_scale": [],
}
FULL: dict[str, list[str]] = {
    **{name: ["--full"] for name in ("message", "growth", "several", "idle", "campaign", "faq", "start")},
    "conversation": [],
    "engine": [],
    "voice": [],
    **{name: [] for name in ("answers", "watched", "provider_limit", "inbox_search", "whatsapp_scale")},
}


def main() -> int:
    """Run them, and say which did not reach what they were to reach."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--full", action="store_true", help="more messages, a million responses, 10,000 conversations")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(QUICK))
    wanted = parser.parse_args()
    train()
    short = []
    for name, arguments in (FULL if wanted.full else QUICK).items():
        if wanted.names and name not in wanted.names:
            continue
        print(f"\n== {name}", flush=True)
        begun = time.perf_counter()
        command = [sys.executable, "-W", "ignore", "-m", f"benchmarks.{name}", *arguments]
        if subprocess.run(command, cwd=ROOT, env=environment({})).returncode:
            short.append(name)
        print(f"({time.perf_counter() - begun:.0f} s)", flush=True)
    print(f"\nNot all reached in: {', '.join(short)}" if short else "\nAll reached.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
