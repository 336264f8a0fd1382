"""What needs a database is tested on SQLite and on PostgreSQL with Redis, or says why not (`about_sqlite`)."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).resolve().parent
SQLITE_ALONE = re.compile(r"sqlite(\+aiosqlite)?:///|embedded: Backend|embedded_in\(")
BOTH = {"backend", "bare_backend", "here", "grown"}
MARK = "about_sqlite("


def alone(source: str) -> Iterator[str]:
    """Functions of a test file that name SQLite, ask for no other backend, and give no reason."""
    tree = ast.parse(source)
    marked = any(
        isinstance(node, ast.Assign) and MARK in (ast.get_source_segment(source, node) or "") for node in tree.body
    )
    for node in ast.walk(tree):
        if marked or not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        words = ast.get_source_segment(source, node) or ""
        reasons = [MARK in (ast.get_source_segment(source, mark) or "") for mark in node.decorator_list]
        helps = not node.name.startswith("test_") and MARK in source
        asks = {argument.arg for argument in node.args.args} & BOTH
        if SQLITE_ALONE.search(words) and not (any(reasons) or helps or asks or "postgresql" in words):
            yield node.name


def test_what_runs_on_sqlite_alone_says_why() -> None:
    found = {
        str(file.relative_to(HERE)): names
        for file in sorted(HERE.rglob("test_*.py"))
        if file != Path(__file__).resolve() and (names := list(alone(file.read_text(encoding="utf-8"))))
    }
    assert found == {}, "ask for `backend` (tests/backends.py), or give the reason: @pytest.mark.about_sqlite(…)"
