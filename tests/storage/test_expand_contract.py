"""A migration leaves the version before able to work: it adds (expand). What takes away or tightens (contract) comes a
version later, says `CONTRACT = "why nobody needs it any more"`, and puts its revision into `schema_floor`, so that
older code refuses to start there (docs/how-to/operate.md, "Upgrade")."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.storage import migrations

FILES = sorted((Path(migrations.__file__).parent / "versions").glob("[0-9]*.py"))
RELEASED = "0014"
"""Up to here nothing was ever rolled out beside an older version."""

TAKES_AWAY = ("drop_table", "drop_column", "rename_table", "create_check_constraint", "create_unique_constraint")
SQL = re.compile(r"\b(DROP|RENAME|SET\s+NOT\s+NULL|ALTER\s+COLUMN)\b", re.IGNORECASE)


def contracting(source: str) -> Iterator[str]:
    """What a migration's way up does that the version before may not survive."""
    for top in ast.parse(source).body:
        if isinstance(top, ast.FunctionDef) and top.name != "downgrade":
            for call in (node for node in ast.walk(top) if isinstance(node, ast.Call)):
                yield from _of(call)


def _of(call: ast.Call) -> Iterator[str]:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    given = {word.arg: word.value for word in call.keywords}
    if name in TAKES_AWAY:
        yield name
    if name == "alter_column":
        if "new_column_name" in given or "type_" in given:
            yield "alter_column: another name or type"
        if isinstance(none := given.get("nullable"), ast.Constant) and none.value is False:
            yield "alter_column: NOT NULL"
    if name == "add_column":
        for column in (node for node in call.args if isinstance(node, ast.Call)):
            has = {word.arg: word.value for word in column.keywords}
            none = has.get("nullable")
            if isinstance(none, ast.Constant) and none.value is False and "server_default" not in has:
                yield "add_column: NOT NULL without a server_default"
    if name in ("execute", "text", "exec_driver_sql"):
        for words in (node.value for node in call.args if isinstance(node, ast.Constant)):
            if isinstance(words, str) and SQL.search(words):
                yield f"SQL: {words[:60]}"


def marked(source: str) -> bool:
    """Whether it says that it contracts and why it may, and tells older code so."""
    says = re.search(r'^CONTRACT = ["\'(].{20,}', source, re.MULTILINE)
    return bool(says) and "INSERT INTO schema_floor" in source


@pytest.mark.parametrize("file", [f for f in FILES if f.name[:4] > RELEASED], ids=lambda f: f.stem)
def test_a_migration_only_adds_or_says_why_it_may_take_away(file: Path) -> None:
    source = file.read_text(encoding="utf-8")
    found = list(contracting(source))
    assert not found or marked(source), f"{file.name}: {found}. Add first; take away a version later, and say CONTRACT."


def up(line: str) -> str:
    return f"def upgrade() -> None:\n    {line}\n\n\ndef downgrade() -> None:\n    op.drop_table('t')\n"


@pytest.mark.parametrize(
    "line",
    [
        "op.drop_table('t')",
        "op.drop_column('t', 'c')",
        "batch.drop_column('c')",
        "op.rename_table('t', 'u')",
        "op.alter_column('t', 'c', new_column_name='d')",
        "op.alter_column('t', 'c', nullable=False)",
        "op.alter_column('t', 'c', type_=sa.Integer())",
        "op.add_column('t', sa.Column('c', sa.Text(), nullable=False))",
        "op.create_unique_constraint('u', 't', ['c'])",
        "op.execute('ALTER TABLE t RENAME COLUMN c TO d')",
        "op.get_bind().execute(sa.text('alter table t drop column c'))",
    ],
)
def test_what_takes_away_is_seen(line: str) -> None:
    assert list(contracting(up(line)))
    assert not marked(up(line))
    why = 'CONTRACT = "since 0.4 nobody reads the column"\n'
    assert not marked(why + up(line)), "older code would start on it"
    assert marked(why + up(line) + "op.execute(f\"INSERT INTO schema_floor VALUES ('{revision}')\")")


@pytest.mark.parametrize(
    "line",
    [
        "op.create_table('t', sa.Column('c', sa.Text(), nullable=False))",
        "op.add_column('t', sa.Column('c', sa.Text(), nullable=True))",
        "op.add_column('t', sa.Column('c', sa.Integer(), nullable=False, server_default='0'))",
        "op.create_index('i', 't', ['c'])",
        "op.drop_index('i', 't')",
        "op.execute('UPDATE t SET c = 1')",
        "op.alter_column('t', 'c', nullable=True)",
    ],
)
def test_what_adds_passes(line: str) -> None:
    assert list(contracting(up(line))) == []
