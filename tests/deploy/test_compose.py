"""compose.yaml holds together, by the rules of the Compose specification that can be checked without Docker."""

from __future__ import annotations

import re
from typing import Any

import pytest

from bot.settings import Settings
from tests.deploy.files import DEPLOY, ROOT, assignments, read

COMPOSE = read(ROOT / "compose.yaml")
SERVICES: dict[str, Any] = COMPOSE["services"]
NOT_OURS = {"POSTGRES_PASSWORD", "GRAFANA_PASSWORD", "IMAGE_TAG", "SITE_ADDRESS", "METRICS_TOKEN"}
"""Read by compose itself; the last one by our settings, too."""


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_waits_only_for_what_can_come(name: str) -> None:
    waits = SERVICES[name].get("depends_on", {})
    for other in waits:
        assert other in SERVICES
        condition = waits[other]["condition"] if isinstance(waits, dict) else "service_started"
        if condition == "service_healthy":
            assert "test" in SERVICES[other]["healthcheck"]
        if condition == "service_completed_successfully":
            assert SERVICES[other]["restart"] == "no"


def test_volumes_secrets_and_files_are_there() -> None:
    for name, service in SERVICES.items():
        for volume in service.get("volumes", ()):
            source = volume.split(":")[0]
            assert (ROOT / source).exists() if source.startswith("./") else source in COMPOSE["volumes"], (name, source)
        for secret in service.get("secrets", ()):
            assert secret in COMPOSE["secrets"]


def test_two_servers_and_a_worker_share_one_image_and_end_gracefully() -> None:
    server, worker = SERVICES["server"], SERVICES["worker"]
    assert server["deploy"]["replicas"] == 2
    assert server["image"] == worker["image"] == SERVICES["migrate"]["image"]
    assert worker["command"] == ["conductor", "worker"]
    for service in (server, worker):
        assert int(service["stop_grace_period"].rstrip("s")) > 15  # what is in hand may take so long
        assert {"DATABASE_URL", "REDIS_URL"} <= set(service["environment"])


def test_a_server_is_in_nobodys_reach_but_the_proxys() -> None:
    assert [name for name, service in SERVICES.items() if service.get("ports")] == ["proxy", "grafana"]
    assert SERVICES["grafana"]["ports"] == ["127.0.0.1:3000:3000"]
    assert SERVICES["server"]["environment"]["CONDUCTOR_PLAYGROUND"] == "false"


def test_every_variable_is_one_of_our_settings() -> None:
    named = set(SERVICES["server"]["environment"]) | assignments((DEPLOY / "example.env").read_text(encoding="utf-8"))
    named |= set(re.findall(r"\$\{([A-Z_]+)", (ROOT / "compose.yaml").read_text(encoding="utf-8")))
    known = {name.upper() for field in Settings.__fields__.values() for name in field.field_info.extra["env_names"]}
    assert named - NOT_OURS - known - {"LOG_FORMAT", "LOG_LEVEL"} == set()


def test_the_doctor_knows_every_variable_of_the_example() -> None:
    """All of them come into the containers; "nothing reads it" would be a finding that nobody can mend."""
    for name in assignments((DEPLOY / "example.env").read_text(encoding="utf-8")) & NOT_OURS - {"METRICS_TOKEN"}:
        assert not name.startswith("CONDUCTOR_"), name


def test_no_secret_stands_in_a_file() -> None:
    for line in (DEPLOY / "example.env").read_text(encoding="utf-8").splitlines():
        name, _, value = line.partition("=")
        if re.search("PASSWORD|TOKEN|SECRET", name):
            assert value == "", name


def test_the_proxy_keeps_figures_inside_and_goes_to_the_servers() -> None:
    caddy = (DEPLOY / "caddy" / "Caddyfile").read_text(encoding="utf-8")
    assert re.search(r"@inside path /metrics /metrics/\* /health/\* .*\n\s*respond @inside 404", caddy)
    assert re.search(r"name server\n\s*port 5005", caddy)
    assert caddy.count("{") == caddy.count("}")
