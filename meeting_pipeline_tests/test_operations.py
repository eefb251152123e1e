"""What operators use: runbook, error codes, alert rules and dashboard agree with the program."""

import ast
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from meeting_pipeline.api.metrics.system import _metrics as metrics_of_the_system
from meeting_pipeline.api.metrics.system import metrics_of_parts
from meeting_pipeline.api.routes.metrics import Metrics
from meeting_pipeline.domain import errors
from meeting_pipeline.foundation.dagster_api import SensorState, SystemState
from meeting_pipeline.installation import Installation
from meeting_pipeline.store.engine.driver_errors import _STATES as DATABASE_ERRORS
from meeting_pipeline.supervisor.health import Health
from meeting_pipeline_tests.documentation import ROOT, text_of

RUNBOOK = text_of("operations.md")
ERRORS = text_of("reference/errors.md")
RULES = ROOT / "docs/prometheus/alerts.yml"
DASHBOARD = ROOT / "docs/grafana/meeting_pipeline.json"
MADE_UP_OF_PARTS = {
    "assemblyai_key_refused", "openai_key_refused", "assemblyai_no_credit", "openai_no_credit", "provider_busy",
    "upload_expired", "order_unknown", "provider_rejected", "webhook_url_refused", "no_speech", "bad_audio",
    "provider_failed",
}  # fmt: skip
"""Codes that are computed, defined by a constant, or come from a provider."""
KINDS = {
    name: 0 for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, errors.PipelineError)
} | {"Problem": 0}
OF_PROMETHEUS = {"up"}
METRIC = re.compile(r"\bmeeting_pipeline_\w+")
promtool = pytest.mark.skipif(
    shutil.which("promtool") is None, reason="promtool is not installed (Debian: package prometheus)"
)


def codes() -> Iterator[str]:
    """Error codes that the packages raise or store, as written in the source."""
    for path in sorted((ROOT / "meeting_pipeline").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and node.args and _called(node) in KINDS:
                code = node.args[0]
                if isinstance(code, ast.Constant) and isinstance(code.value, str):
                    yield code.value
    yield from re.findall(r'"(webhook_[a-z_]+)", f?"', (ROOT / "meeting_pipeline/webhooks/client.py").read_text())
    yield from DATABASE_ERRORS
    yield from MADE_UP_OF_PARTS


def _called(node: ast.Call) -> str:
    match node.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def test_the_reference_knows_every_error_code() -> None:
    known = set(re.findall(r"`([a-z]+(?:_[a-z]+)*)`", ERRORS))
    found = set(codes())
    assert len(found) > 80
    assert sorted(found - known) == []


def test_the_reference_speaks_of_no_error_code_that_is_gone() -> None:
    source = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "meeting_pipeline").rglob("*.py"))
    tables = re.findall(r"^\| (`[^|]+) \|", ERRORS, re.MULTILINE)
    named = {code for cell in tables for code in re.findall(r"`(\w+)`", cell)}
    assert len(named) > 70
    gone = {code for code in named - MADE_UP_OF_PARTS if f'"{code}"' not in source}
    assert gone == set()


def rules() -> list[dict[str, Any]]:
    return [rule for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]]


def test_every_alert_leads_to_its_section_of_the_runbook() -> None:
    headings = {line.removeprefix("### ") for line in RUNBOOK.splitlines() if line.startswith("### ")}
    for rule in rules():
        assert rule["annotations"]["summary"]
        section = rule["annotations"]["runbook"].removeprefix("docs/operations.md#")
        wanted = "DiskLow" if rule["alert"] == "DiskFull" else rule["alert"]
        assert wanted in headings
        assert section == wanted.lower()


@pytest.fixture
def scraped(installation: Installation) -> set[str]:
    """All names that a scrape can contain, with the labels of series that appear only after something has happened."""
    from prometheus_client import generate_latest

    metrics = Metrics(installation)
    metrics.http.answered("/metrics", "GET", 200, 0.1)
    text = generate_latest(metrics.registry).decode()
    names = {sample.name for family in text_string_to_metric_families(text) for sample in family.samples}
    names |= set(re.findall(r"^# TYPE (\S+)", text, re.MULTILINE))
    histograms = re.findall(r"^# TYPE (\S+) histogram", text, re.MULTILINE)
    names |= {f"{name}_{part}" for name in histograms for part in ("bucket", "sum", "count")}
    sensor = SensorState("s", running=True, began=0.0, seconds=1.0, failed=False)
    state = SystemState(daemons={"d": True}, locations={"l": True}, sensors=(sensor,))
    parts = Health((), {"p": 1}, {"p": True})
    return names | {family.name for family in [*metrics_of_the_system(state, 1.0), *metrics_of_parts(parts)]}


def test_every_metric_of_the_alerts_exists(scraped: set[str]) -> None:
    used = {name for rule in rules() for name in METRIC.findall(rule["expr"]) if name not in OF_PROMETHEUS}
    assert len(used) > 15
    assert sorted(used - scraped) == []


def test_every_metric_of_the_dashboard_exists(scraped: set[str]) -> None:
    dashboard = json.loads(DASHBOARD.read_text())
    panels = [panel for panel in dashboard["panels"] if panel["type"] != "row"]
    queries = [target["expr"] for panel in panels for target in panel["targets"]]
    used = {name for query in queries for name in METRIC.findall(query)}
    assert len(used) > 20
    assert sorted(used - scraped) == []
    assert all(METRIC.search(query) for query in queries)
    assert len({panel["id"] for panel in dashboard["panels"]}) == len(dashboard["panels"])


@promtool
@pytest.mark.parametrize(
    "command", [["check", "rules", str(RULES)], ["test", "rules", str(Path(__file__).with_name("alerts_test.yml"))]]
)
def test_prometheus_own_tool_accepts_the_rules_and_their_tests(command: list[str]) -> None:
    ran = subprocess.run(["promtool", *command], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
