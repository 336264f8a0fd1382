"""The dashboard and the alerts use exactly the figures that are exported."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from bot.console.operations.exposition import Gauging, Snapshot
from bot.storage.gauges import Gauges
from bot.telemetry.figures import FAILURES, REGISTRY
from bot.telemetry.redis_look import RedisHealth
from bot.telemetry.webhooks import Webhooks
from tests.deploy.files import DEPLOY, ROOT, read
from tests.doubles import NOON

DASHBOARD: dict[str, Any] = json.loads((DEPLOY / "grafana" / "dashboards" / "survey-conductor.json").read_text("utf-8"))
RULES = [rule for group in read(DEPLOY / "prometheus" / "alerts.yml")["groups"] for rule in group["rules"]]
QUERIES = {
    **{f"{p['title']}, {t['refId']}": t["expr"] for p in DASHBOARD["panels"] for t in p.get("targets", ())},
    **{f"alert {rule['alert']}": rule["expr"] for rule in RULES},
}
SUFFIXES = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count"), "gauge": ("",)}


def exported() -> set[str]:
    """Every name under which a query may ask."""
    moment = CollectorRegistry()
    moment.register(Webhooks())
    moment.register(Gauging(Snapshot(NOON, "m", Gauges(), RedisHealth(True))))
    text = (generate_latest(REGISTRY) + generate_latest(moment)).decode()
    families = text_string_to_metric_families(text)
    return {f.name + suffix for f in families for suffix in SUFFIXES.get(f.type, ("",))}


EXPORTED = exported()


@pytest.mark.parametrize("query", QUERIES)
def test_a_query_asks_for_what_is_exported(query: str) -> None:
    asked = set(re.findall(r"\b((?:conductor|process)_[a-z_]+)", QUERIES[query]))
    assert asked <= EXPORTED
    assert asked or "up{" in QUERIES[query]
    assert QUERIES[query].count("(") == QUERIES[query].count(")")


def test_every_figure_of_ours_is_seen_somewhere() -> None:
    seen = " ".join(QUERIES.values())
    ours = {re.sub("_(bucket|sum|count)$", "", name) for name in EXPORTED if name.startswith("conductor_")}
    assert {name for name in ours if name not in seen} == set()


def test_each_alert_says_what_is_wrong_and_what_to_do() -> None:
    for rule in RULES:
        assert rule["labels"]["severity"] in ("page", "ticket")
        assert rule["annotations"]["summary"].endswith(".")
        assert rule["annotations"]["description"].endswith(".")
    assert {"LettersUnknown", "MessagesParked", "ClocksMissed", "ChannelDead", "NoWorker"} <= {
        r["alert"] for r in RULES
    }


def test_panels_lie_side_by_side() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        at = panel["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert not cells & taken, panel["title"]
        assert max(x for x, _ in cells) < 24
        taken |= cells
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])


def test_every_way_in_which_a_turn_fails_is_explained() -> None:
    ways = {s.labels["outcome"] for family in FAILURES.collect() for s in family.samples}
    told = (ROOT / "docs" / "how-to" / "monitor.md").read_text(encoding="utf-8")
    [row] = [line for line in told.splitlines() if "conductor_turn_failures_total" in line]
    counted = set(
        re.findall(r'FAILURES\.labels\(.*?"(\w+)"', (ROOT / "bot/conversation/handler.py").read_text("utf-8"))
    )
    assert counted <= ways, "there from the start, so that the first one is seen as an increase"
    assert {way for way in ways if way not in row} == set()
