"""`meeting-pipeline instance` and `worker`: Dagster's configuration for each way of running, and refusals."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from meeting_pipeline.cli import main
from meeting_pipeline.settings import VARIABLES, load_settings
from meeting_pipeline.supervisor.instance import write_instance


@pytest.fixture
def called(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    for variable in VARIABLES.values():
        monkeypatch.delenv(variable, raising=False)

    def call(*arguments: str, **variables: str) -> Result:
        given = {"MEETING_PIPELINE_HOME": str(tmp_path / "home"), **variables}
        return CliRunner().invoke(main, arguments, env=given)

    return call


def test_each_way_of_running_has_its_launcher_and_the_rest_is_the_same(called: Any) -> None:
    found = {
        way: yaml.safe_load(called("instance", "--for", way, "--print").stdout)
        for way in ("local", "celery", "kubernetes")
    }
    launchers = {way: config.pop("run_launcher")["class"] for way, config in found.items()}
    assert launchers == {"local": "WarmRunLauncher", "celery": "QueueRunLauncher", "kubernetes": "K8sRunLauncher"}
    assert found["celery"].pop("run_monitoring")["start_timeout_seconds"] == 24 * 3600
    del found["local"]["run_monitoring"], found["kubernetes"]["run_monitoring"]
    assert found["local"] == found["celery"] == found["kubernetes"]


def test_it_is_written_into_the_home_and_holds_no_address(called: Any, tmp_path: Path) -> None:
    secret = "redis://user:canary-broker-password@127.0.0.1:6379/0"
    assert called("instance", "--for", "celery", MEETING_PIPELINE_BROKER_URL=secret).exit_code == 0
    text = (tmp_path / "home" / "dagster" / "dagster.yaml").read_text()
    assert "canary-broker-password" not in text
    assert yaml.safe_load(text)["run_launcher"]["config"]["broker"] == {"env": "MEETING_PIPELINE_BROKER_URL"}


def test_a_broker_selects_the_queue_at_every_start(tmp_path: Path) -> None:
    for given, expected in (
        ({}, "WarmRunLauncher"),
        ({"MEETING_PIPELINE_BROKER_URL": "redis://127.0.0.1/0"}, "QueueRunLauncher"),
    ):
        settings = load_settings({"MEETING_PIPELINE_HOME": str(tmp_path), **given})
        settings.dagster_home.mkdir(exist_ok=True)
        write_instance(settings)
        assert yaml.safe_load((tmp_path / "dagster" / "dagster.yaml").read_text())["run_launcher"]["class"] == expected


def test_a_worker_without_a_broker_is_refused_and_makes_nothing(called: Any, tmp_path: Path) -> None:
    result = called("worker")
    assert result.exit_code == 2
    assert "no_broker" in result.output
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize("command", ["up", "worker"])
def test_with_a_broker_all_shared_settings_are_asked_for_at_once(called: Any, tmp_path: Path, command: str) -> None:
    result = called(command, MEETING_PIPELINE_BROKER_URL="redis://127.0.0.1:1/0")
    assert result.exit_code == 2
    for name in ("database_url", "encryption_key", "webhook_signing_secret", "public_url"):
        assert f"Set {VARIABLES[name]}" in " ".join(result.output.split())
    assert not (tmp_path / "home").exists(), "no key is made that others do not have"
