"""The Kubernetes manifests refer only to what is there, and roll without a gap."""

from __future__ import annotations

import re
import shutil
import subprocess
import textwrap
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.settings import Settings
from bot.storage.engine import CONNECTIONS
from tests.deploy.files import DEPLOY, KUBERNETES, ROOT, assignments, documents, read

OPERATE = (ROOT / "docs" / "how-to" / "operate.md").read_text(encoding="utf-8")
KUSTOMIZATION = read(KUBERNETES / "kustomization.yaml")
ALL = [document for file in KUSTOMIZATION["resources"] for document in documents(KUBERNETES / file)]


def of(kind: str, name: str = "") -> dict[str, Any]:
    [found] = [d for d in ALL if d["kind"] == kind and name in d["metadata"]["name"]]
    return found


def containers(deployment: dict[str, Any]) -> list[dict[str, Any]]:
    pod = deployment["spec"]["template"]["spec"]
    return [*pod.get("initContainers", ()), *pod["containers"]]


DEPLOYMENTS = [d for d in ALL if d["kind"] == "Deployment"]


def test_every_file_is_listed_and_every_listed_file_is_there() -> None:
    there = {f.name for f in KUBERNETES.glob("*.yaml")} - {"kustomization.yaml", "secret.example.yaml"}
    assert there == set(KUSTOMIZATION["resources"])


@pytest.mark.parametrize("deployment", DEPLOYMENTS, ids=lambda d: d["metadata"]["name"])
def test_a_deployment_rolls_without_a_gap_and_gives_time_to_finish(deployment: dict[str, Any]) -> None:
    spec = deployment["spec"]
    assert spec["strategy"]["rollingUpdate"]["maxUnavailable"] == 0
    assert spec["selector"]["matchLabels"] == spec["template"]["metadata"]["labels"]
    scaler = of("HorizontalPodAutoscaler")["spec"]
    if scaler["scaleTargetRef"]["name"] == deployment["metadata"]["name"]:
        assert scaler["minReplicas"] >= 2
        assert "replicas" not in spec, "each 'kubectl apply' would undo what the autoscaler did"
    else:
        assert spec["replicas"] >= 2
    assert spec["template"]["spec"]["enableServiceLinks"] is False, "a Service's variables look like our settings"
    assert spec["template"]["spec"]["terminationGracePeriodSeconds"] > 15 + 8  # what is in hand, and preStop


@pytest.mark.parametrize("deployment", DEPLOYMENTS, ids=lambda d: d["metadata"]["name"])
def test_a_pod_has_limits_no_rights_and_its_secrets_by_reference(deployment: dict[str, Any]) -> None:
    assert deployment["spec"]["template"]["spec"]["securityContext"]["runAsNonRoot"] is True
    for container in containers(deployment):
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "readOnlyRootFilesystem": True,
        }
        scratch = {mount["mountPath"]: mount["name"] for mount in container["volumeMounts"]}
        volumes = {volume["name"]: volume for volume in deployment["spec"]["template"]["spec"]["volumes"]}
        assert "emptyDir" in volumes[scratch["/tmp"]], "HOME, and where Rasa unpacks its model"
        assert set(scratch.values()) <= set(volumes)
        assert {"cpu", "memory"} <= set(container["resources"]["requests"])
        assert "memory" in container["resources"]["limits"]
        [settings, secrets] = container["envFrom"]
        assert settings["configMapRef"]["name"] in {g["name"] for g in KUSTOMIZATION["configMapGenerator"]}
        [example] = documents(KUBERNETES / "secret.example.yaml")
        assert secrets["secretRef"]["name"] == example["metadata"]["name"]
        assert container["image"] in {image["name"] for image in KUSTOMIZATION["images"]}


def test_probes_ask_what_the_server_answers() -> None:
    [server] = of("Deployment", "server")["spec"]["template"]["spec"]["containers"]
    assert server["readinessProbe"]["httpGet"]["path"] == server["startupProbe"]["httpGet"]["path"] == "/health/ready"
    assert server["livenessProbe"]["httpGet"]["path"] == "/health/live"
    assert server["ports"] == [{"name": "http", "containerPort": 5005}]
    [worker] = of("Deployment", "worker")["spec"]["template"]["spec"]["containers"]
    assert worker["livenessProbe"]["httpGet"] == {"path": "/health/live", "port": "metrics"}
    assert worker["readinessProbe"]["httpGet"] == {"path": "/health/ready", "port": "metrics"}
    assert f"METRICS_PORT={worker['ports'][0]['containerPort']}" in (KUBERNETES / "settings.env").read_text("utf-8")
    startup = server["startupProbe"]
    assert startup["periodSeconds"] * startup["failureThreshold"] >= 60


def test_it_grows_with_what_a_server_computes_and_not_beyond_what_postgresql_takes() -> None:
    scaler = of("HorizontalPodAutoscaler")["spec"]
    [metric] = scaler["metrics"]
    assert metric["resource"]["target"] == {"type": "AverageValue", "averageValue": "700m"}
    most = scaler["maxReplicas"] + of("Deployment", "worker")["spec"]["replicas"] + 2  # one more of each while rolling
    said = (KUBERNETES / "autoscaling.yaml").read_text(encoding="utf-8")
    assert f"{CONNECTIONS} × (maxReplicas + workers + 2 while rolling)" in said
    assert f" {CONNECTIONS * most};" in said
    assert f"`max_connections` has to be {CONNECTIONS * most} or more" in OPERATE


def test_prometheus_finds_pods_where_they_show_their_figures() -> None:
    [job] = read(DEPLOY / "prometheus" / "kubernetes.yml")["scrape_configs"]
    asked = {label for rule in job["relabel_configs"] for label in rule["source_labels"]}
    assert job["kubernetes_sd_configs"][0]["namespaces"]["names"] == [of("Namespace")["metadata"]["name"]]
    for deployment in DEPLOYMENTS:
        pod = deployment["spec"]["template"]
        [container] = pod["spec"]["containers"]
        for name in pod["metadata"]["annotations"]:
            assert f"__meta_kubernetes_pod_annotation_{re.sub('[./]', '_', name)}" in asked
        [port] = container["ports"]
        assert pod["metadata"]["annotations"]["prometheus.io/port"] == str(port["containerPort"])
        assert re.fullmatch("http|metrics", port["name"])


def test_services_ingress_budgets_and_scaling_point_at_what_is_there() -> None:
    labels = [d["spec"]["template"]["metadata"]["labels"] for d in DEPLOYMENTS]
    service = of("Service")
    assert service["spec"]["selector"] in labels
    for path in of("Ingress")["spec"]["rules"][0]["http"]["paths"]:
        assert path["backend"]["service"]["name"] == service["metadata"]["name"]
        assert path["path"] in ("/webhooks", "/console")  # figures stay inside
    for kind in ("PodDisruptionBudget", "NetworkPolicy"):
        for found in [d for d in ALL if d["kind"] == kind]:
            selector = found["spec"].get("selector") or found["spec"]["podSelector"]
            assert selector["matchLabels"] in labels
    target = of("HorizontalPodAutoscaler")["spec"]["scaleTargetRef"]
    assert target["name"] in {d["metadata"]["name"] for d in DEPLOYMENTS}


def test_every_variable_is_one_of_our_settings() -> None:
    known = {name.upper() for field in Settings.__fields__.values() for name in field.field_info.extra["env_names"]}
    named = assignments((KUBERNETES / "settings.env").read_text(encoding="utf-8"))
    [secret] = documents(KUBERNETES / "secret.example.yaml")
    assert (named | set(secret["stringData"])) - known == {"LOG_FORMAT", "LOG_LEVEL"}
    assert not {name for name in named if "SECRET" in name or "TOKEN" in name or "PASSWORD" in name}


@pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl is not installed")
def test_kustomize_builds_it() -> None:
    built = subprocess.run(["kubectl", "kustomize", str(KUBERNETES)], capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    assert built.stdout.count("\nkind:") == len(ALL) + 1  # and the ConfigMap


@pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl is not installed")
def test_the_spool_may_outlive_its_pod(tmp_path: Path) -> None:
    shutil.copytree(KUBERNETES, tmp_path / "base")
    overlay = tmp_path / "overlay"
    overlay.mkdir()
    (overlay / "kustomization.yaml").write_text(
        "resources: [../base]\ncomponents: [../base/components/spool]\n", encoding="utf-8"
    )
    built = subprocess.run(["kubectl", "kustomize", str(overlay)], capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    found = list(yaml.safe_load_all(built.stdout))
    [claim] = [d for d in found if d["kind"] == "PersistentVolumeClaim"]
    [server] = [d for d in found if d["metadata"]["name"] == "conductor-server" and d["kind"] == "Deployment"]
    [volume] = [v for v in server["spec"]["template"]["spec"]["volumes"] if v["name"] == "spool"]
    assert volume == {"name": "spool", "persistentVolumeClaim": {"claimName": claim["metadata"]["name"]}}


@pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl is not installed")
def test_the_overlay_of_the_manual_builds(tmp_path: Path) -> None:
    """With its Ingress class, and its host in both places."""
    shutil.copytree(KUBERNETES, tmp_path / "survey-conductor" / "deploy" / "kubernetes")
    lines = OPERATE[OPERATE.index("    resources: [../survey-conductor/deploy/kubernetes]") :].split("\n\nThe Secret")[
        0
    ]
    overlay = tmp_path / "overlay"
    overlay.mkdir()
    (overlay / "kustomization.yaml").write_text(textwrap.dedent(lines), encoding="utf-8")
    built = subprocess.run(["kubectl", "kustomize", str(overlay)], capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    [ingress] = [d for d in yaml.safe_load_all(built.stdout) if d["kind"] == "Ingress"]
    assert ingress["spec"]["ingressClassName"] == "nginx"
    assert ingress["spec"]["rules"][0]["host"] == ingress["spec"]["tls"][0]["hosts"][0] == "surveys.your.example"
