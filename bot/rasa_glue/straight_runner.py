"""A model's graph, run one node after the other.

Rasa runs it with dask, which orders the graph anew for each run and passes every node through its scheduler: a third of
what it costs to understand a text. The order is always the same, so it is found once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rasa.engine.exceptions import GraphRunError

Step = tuple[str, Any, tuple[str, ...]]
"""A node's name, the node, and whose outputs it needs."""


def run_straight(runner: Any) -> None:
    """Let `runner`, a `DaskGraphRunner` that was loaded, run its nodes in their order."""
    schema, nodes = runner._graph_schema, runner._instantiated_nodes
    orders: dict[tuple[str, ...], list[Step]] = {}

    def run(inputs: Mapping[str, Any] | None = None, targets: Sequence[str] | None = None) -> dict[str, Any]:
        wanted = tuple(targets or schema.target_names)
        if wanted not in orders:
            orders[wanted] = _in_order(schema.minimal_graph_schema(list(wanted)).nodes, nodes)
        done: dict[str, Any] = {name: (name, value) for name, value in (inputs or {}).items()}
        try:
            for name, node, needs in orders[wanted]:
                # Like dask: whose output is not there is passed by name, and the node says what it misses.
                done[name] = node(*(done.get(need, need) for need in needs))
        except RuntimeError as error:
            raise GraphRunError("Error running runner.") from error
        return {name: done[name][1] for name in wanted}

    runner.run = run


def _in_order(wanted: Mapping[str, Any], nodes: Mapping[str, Any]) -> list[Step]:
    """Each node after those that it needs."""
    order: dict[str, Step] = {}

    def add(name: str) -> None:
        if name in order or name not in wanted:
            return
        needs = tuple(wanted[name].needs.values())
        for need in needs:
            add(need)
        order[name] = (name, nodes[name], needs)

    for name in wanted:
        add(name)
    return list(order.values())
