"""compose.yaml holds together, by the rules of the Compose specification that can be checked without Docker."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from ipaddress import ip_address, ip_network
from typing import Any

import pytest

from bot.settings import Settings
from tests.deploy.files import DEPLOY, ROOT, assignments, read

COMPOSE = read(ROOT / "compose.yaml")
SERVICES: dict[str, Any] = COMPOSE["services"]
NOT_OURS = {"POSTGRES_PASSWORD", "GRAFANA_PASSWORD", "IMAGE_TAG", "SITE_ADDRESS", "SERVERS", "METRICS_TOKEN"}
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
    server, worker = SERVICES["server-1"], SERVICES["worker"]
    assert server == SERVICES["server-2"], "one after the other is replaced: they are services of their own"
    assert server["image"] == worker["image"] == SERVICES["migrate"]["image"]
    assert worker["command"] == ["conductor", "worker"]
    for service in (server, worker):
        assert int(service["stop_grace_period"].rstrip("s")) > 15  # what is in hand may take so long
        assert {"DATABASE_URL", "REDIS_URL"} <= set(service["environment"])


def test_a_server_is_in_nobodys_reach_but_the_proxys() -> None:
    assert [name for name, service in SERVICES.items() if service.get("ports")] == ["proxy", "grafana"]
    assert SERVICES["grafana"]["ports"] == ["127.0.0.1:3000:3000"]
    assert SERVICES["server-1"]["environment"]["CONDUCTOR_PLAYGROUND"] == "false"


def test_every_variable_is_one_of_our_settings() -> None:
    named = set(SERVICES["server-1"]["environment"]) | assignments((DEPLOY / "example.env").read_text(encoding="utf-8"))
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


@pytest.mark.parametrize("name", ["server-1", "server-2", "worker", "migrate"])
def test_a_container_of_ours_writes_to_volumes_and_scratch_alone(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["tmpfs"] == ["/tmp"]
    assert Settings().spool.parts[0] == ".conductor"
    assert ("spool:/app/.conductor" in service.get("volumes", ())) == name.startswith("server")


@pytest.mark.parametrize("name", SERVICES)
def test_no_log_fills_the_disk(name: str) -> None:
    kept = SERVICES[name]["logging"]
    assert kept["driver"] == "json-file"
    assert {"max-size", "max-file"} <= set(kept["options"])


def test_prometheus_finds_every_server_by_one_name() -> None:
    [job] = read(DEPLOY / "prometheus" / "prometheus.yml")["scrape_configs"]
    names = {name for found in job["dns_sd_configs"] for name in found["names"]}
    assert names - set(SERVICES) == set(SERVICES["server-2"]["networks"]["default"]["aliases"]) == {"server"}


def test_the_proxy_is_believed_in_whatever_network_docker_gives_it() -> None:
    trusted = [ip_network(net) for net in SERVICES["server-1"]["environment"]["CONDUCTOR_TRUSTED_PROXIES"].split(",")]
    for address in ("172.17.0.2", "172.31.255.254", "192.168.0.2", "192.168.240.3"):
        assert any(ip_address(address) in net for net in trusted), address
    assert not any(ip_address("8.8.8.8") in net for net in trusted)


CADDYFILES = {name: (DEPLOY / "caddy" / name).read_text(encoding="utf-8") for name in ("Caddyfile", "Caddyfile.alone")}
TWILIO_WAITS = 15
"""Seconds for a webhook's answer (channels/twilio)."""


def test_the_proxy_keeps_figures_inside_and_goes_to_servers_that_are_ready() -> None:
    caddy = CADDYFILES["Caddyfile"]
    assert re.search(r"@inside path /metrics /metrics/\* /health/\* .*\n\s*respond @inside 404", caddy)
    found = re.search(r"reverse_proxy \{\$SERVERS:([^}]+)\} \{", caddy)
    assert found is not None
    target = (DEPLOY / "systemd" / "conductor.target").read_text(encoding="utf-8")
    assert [a.rpartition(":")[2] for a in found[1].split()] == re.findall(r"conductor-server@(\d+)", target)
    told = SERVICES["proxy"]["environment"]["SERVERS"].removeprefix("${SERVERS:-").removesuffix("}").split()
    assert told == [f"{name}:5005" for name in SERVICES if name.startswith("server")]
    assert re.search(r"health_uri /health/ready\n", caddy), "a server that hangs or leaves would get requests"
    assert caddy.count("{") == caddy.count("}")


@pytest.mark.parametrize("name", CADDYFILES)
def test_requests_wait_for_a_server_as_long_as_twilio_waits_for_us(name: str) -> None:
    [seconds] = re.findall(r"lb_try_duration (\d+)s", CADDYFILES[name])
    assert TWILIO_WAITS - 2 <= int(seconds) < TWILIO_WAITS


@pytest.mark.parametrize("name", CADDYFILES)
@pytest.mark.skipif(shutil.which("caddy") is None, reason="Caddy is not installed")
def test_caddy_understands_it(name: str) -> None:
    check = ["caddy", "validate", "--adapter", "caddyfile", "--config", str(DEPLOY / "caddy" / name)]
    env = {**os.environ, "SITE": "http://127.0.0.1:8099"}
    done = subprocess.run(check, capture_output=True, text=True, check=False, env=env)
    assert done.returncode == 0, done.stderr
