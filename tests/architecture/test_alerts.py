"""Alerts: each watches a figure that exists, and each says in plain words what to do."""

import importlib
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import prometheus_client
import pytest
import yaml

ROOT = Path(__file__).parents[2]
ALERTS = ROOT / "deploy" / "alerts"
OPERATIONS = (ROOT / "docs" / "operations.md").read_text()
RULES: list[dict[str, Any]] = yaml.safe_load((ALERTS / "tandem.yaml").read_text())["groups"][0]["rules"]

# Made by Prometheus itself, and by its client on Linux.
OF_PROMETHEUS = {"up", "process_start_time_seconds"}
SAMPLE = re.compile(r"\b((?:tandem|process)_[a-z_]+|up)\b")


@pytest.fixture(scope="module")
def figures() -> set[str]:
    """Every name that a service's `/metrics` may have."""
    importlib.import_module("shared.service")
    families = [family for family in prometheus_client.REGISTRY.collect() if family.name.startswith("tandem_")]
    endings = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count"), "gauge": ("",)}
    return {f"{family.name}{ending}" for family in families for ending in endings[family.type]}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_an_alert_watches_a_figure_that_exists(rule: dict[str, Any], figures: set[str]) -> None:
    watched = set(SAMPLE.findall(re.sub(r"\{[^}]*\}|\[[^\]]*\]|by \([^)]*\)", "", rule["expr"])))
    assert watched
    assert watched <= figures | OF_PROMETHEUS


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_an_alert_leads_to_what_it_means_and_what_to_do(rule: dict[str, Any]) -> None:
    assert rule["annotations"]["runbook"] == f"docs/operations.md#{rule['alert'].lower()}"
    section = OPERATIONS.partition(f"\n### {rule['alert']}\n")[2].partition("\n#")[0]
    assert re.search(r"\*\*What it means\.\*\* \w.+\n\n\*\*What to do\.\*\* \S", section)
    assert rule["labels"]["severity"] in {"page", "ticket"}


def test_no_words_are_left_of_an_alert_that_is_gone() -> None:
    told = set(re.findall(r"^### (Tandem\w+)$", OPERATIONS, re.MULTILINE))
    assert told == {rule["alert"] for rule in RULES}


@pytest.mark.parametrize("command", [["check", "rules", "tandem.yaml"], ["test", "rules", "tests.yaml"]], ids=["check", "test"])
def test_prometheus_accepts_the_rules_and_they_fire_when_they_should(command: list[str]) -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not installed: it comes with Prometheus")
    result = subprocess.run([promtool, *command], cwd=ALERTS, capture_output=True, text=True, check=False)  # noqa: S603 - found above
    assert result.returncode == 0, result.stdout + result.stderr
