"""Rasa's processor copies for its log lines only: so nothing depends on the copies."""

from __future__ import annotations

import ast
import inspect

import rasa.core.processor


def test_the_processor_copies_only_what_it_logs() -> None:
    tree = ast.parse(inspect.getsource(rasa.core.processor))
    logged = {id(part) for call in ast.walk(tree) if _logs(call) for part in ast.walk(call)}
    copies = [part for part in ast.walk(tree) if isinstance(part, ast.Attribute) and _names(part.value) == "copy"]
    assert copies, "the processor copies nothing any more: bot/rasa_glue/quiet.py can go"
    assert [ast.unparse(part) for part in copies if id(part) not in logged] == []


def _logs(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and _names(node.func.value) == "structlogger"
    )


def _names(node: ast.AST) -> str:
    return node.id if isinstance(node, ast.Name) else ""
