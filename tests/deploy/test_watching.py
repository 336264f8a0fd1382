"""The dashboard and the alerts use exactly the figures that are exported."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, get_args

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from bot.bootstrap import Conductor
from bot.console.operations.exposition import Gauging, Snapshot
from bot.settings import load_settings
from bot.storage.gauges import Gauges
from bot.telemetry.figures import FAILURES, REGISTRY
from bot.telemetry.redis_look import RedisHealth
from bot.telemetry.webhooks import Webhooks
from bot.working import NoAgent
from channels.contract import Retry
from tests.deploy.files import DEPLOY, ROOT, read
from tests.doubles import NOON, FrozenClock, RecordingSender

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


GAUGES = {
    family.name
    for family in Gauging(Snapshot(NOON, "m", Gauges(), RedisHealth(True))).collect()
    if family.type == "gauge"
}
ADDED_UP = re.compile(r"(?:sum|avg)(?: by \([^)]*\))? ?\((conductor_[a-z_]+)")
"""What a query adds up over all processes."""


@pytest.mark.parametrize("query", QUERIES)
def test_what_every_server_says_of_the_one_database_is_not_added_up(query: str) -> None:
    assert not GAUGES & set(ADDED_UP.findall(QUERIES[query]))


def test_a_sum_over_servers_is_seen() -> None:
    assert ADDED_UP.findall('sum by (channel) (conductor_parked_messages{job="j"}) > 0') == [
        "conductor_parked_messages"
    ]
    assert ADDED_UP.findall("sum(max by (channel) (conductor_parked_messages))") == []


def test_an_increase_is_looked_for_where_series_begin_at_zero() -> None:
    """Prometheus sees no increase in a series that begins with 1."""
    counted = {name for query in QUERIES.values() for name in re.findall(r"increase\((\w+)", query)}
    assert counted == {"conductor_sends_total"}


@pytest.mark.about_sqlite("nothing is asked of the database")
async def test_the_first_attempt_that_fails_is_an_increase(tmp_path: Path) -> None:
    """A connected channel's series are there, at 0, before it sends anything: of each way in which an attempt ends."""
    settings = load_settings(database_url=f"sqlite:///{tmp_path}/c.db")
    Conductor(settings, NoAgent(), FrozenClock(), {"never_sent_by": RecordingSender()})
    for outcome in (*get_args(Retry), "sent", "unknown"):
        labels = {"channel": "never_sent_by", "outcome": outcome}
        assert REGISTRY.get_sample_value("conductor_sends_total", labels) == 0
    assert REGISTRY.get_sample_value("conductor_send_retries_total", {"channel": "never_sent_by"}) == 0


def test_every_figure_of_ours_is_seen_somewhere() -> None:
    seen = " ".join(QUERIES.values())
    ours = {re.sub("_(bucket|sum|count)$", "", name) for name in EXPORTED if name.startswith("conductor_")}
    assert {name for name in ours if name not in seen} == set()


def test_each_alert_says_what_is_wrong_and_what_to_do() -> None:
    for rule in RULES:
        assert rule["labels"]["severity"] in ("page", "ticket")
        assert rule["annotations"]["summary"].endswith(".")
        assert rule["annotations"]["description"].endswith(".")
    assert {"LettersUnknown", "LettersFail", "MessagesParked", "ClocksMissed", "ChannelDead", "NoWorker"} <= {
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
