"""The compose file and the Kubernetes files are valid, and start what the proof with several machines starts.

Validated by schema only: no container runtime and no cluster is needed here, and none has run them.
"""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from meeting_pipeline.launching.fleet import require_shared_settings
from meeting_pipeline.launching.policies import QUEUE_DRAIN_SECONDS
from meeting_pipeline.settings import VARIABLES, load_settings
from meeting_pipeline.supervisor import shutdown
from meeting_pipeline_tests.packaging.installing import ROOT
from meeting_pipeline_tests.packaging.test_deploy import program

COMPOSE = ROOT / "deploy" / "compose.yaml"
KUBERNETES = ROOT / "deploy" / "kubernetes"
VERSION = "1.32.0"
"""Of Kubernetes: the oldest that its makers still supported when the files were written."""
VALUES = {
    "POSTGRES_PASSWORD": "secret",
    "MEETING_PIPELINE_ENCRYPTION_KEY": "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
    "MEETING_PIPELINE_WEBHOOK_SIGNING_SECRET": "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
}


def compose() -> dict[str, Any]:
    loaded = yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))
    assert isinstance(loaded, dict)
    return loaded


def validated(path: Path) -> subprocess.CompletedProcess[str]:
    command = [program("check-jsonschema"), "--builtin-schema", "vendor.compose-spec", str(path)]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)


def checked(path: Path) -> subprocess.CompletedProcess[str]:
    command = [program("kubernetes-validate"), "--strict", "--kubernetes-version", VERSION, str(path)]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)


@pytest.fixture(scope="module")
def resources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What ``kubectl apply -k`` would send."""
    built = subprocess.run(
        [program("kubectl"), "kustomize", str(KUBERNETES)], capture_output=True, text=True, timeout=300, check=False
    )
    assert built.returncode == 0, built.stderr
    path = tmp_path_factory.mktemp("kubernetes") / "all.yaml"
    path.write_text(built.stdout)
    return path


def containers(path: Path) -> dict[str, dict[str, Any]]:
    pods = [
        each["spec"]["template"]["spec"] for each in yaml.safe_load_all(path.read_text()) if "template" in each["spec"]
    ]
    return {each["containers"][0]["name"]: {**each, **each["containers"][0]} for each in pods}


def test_the_compose_file_follows_the_specification_and_an_error_in_it_is_found(tmp_path: Path) -> None:
    done = validated(COMPOSE)
    assert done.returncode == 0, done.stdout + done.stderr
    wrong = tmp_path / "compose.yaml"
    wrong.write_text(COMPOSE.read_text(encoding="utf-8").replace("stop_grace_period:", "stop_grace_time:"))
    assert validated(wrong).returncode == 1


def test_the_kubernetes_files_are_valid_and_an_error_in_them_is_found(resources: Path, tmp_path: Path) -> None:
    done = checked(resources)
    assert done.returncode == 0, done.stdout + done.stderr
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(resources.read_text().replace("minAvailable:", "minimumAvailable:"))
    assert checked(wrong).returncode != 0


def test_each_command_is_one_that_the_program_knows(resources: Path) -> None:
    from meeting_pipeline.cli import main

    services = compose()["services"]
    commands = [services[name]["command"] for name in ("control", "worker")]
    commands += [each["args"] for each in containers(resources).values()]
    assert [each[0] for each in commands] == ["up", "worker", "up", "worker", "init"]
    assert isinstance(main, click.Group)
    for first, *rest in commands:
        command = main.get_command(click.Context(main), first)
        assert command is not None
        command.make_context(first, list(rest))  # raises an error of usage


def test_each_setting_in_them_exists_and_is_enough_to_start(
    resources: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("control", "worker"):
        environment = compose()["services"][name]["environment"]
        given = {**environment.pop("<<", {}), **environment}
        for variable, value in given.items():
            assert variable in VARIABLES.values(), variable
            filled = str(value).partition(":-")[2].rstrip("}") if ":-" in str(value) else str(value)
            for placeholder, meaning in VALUES.items():
                filled = filled.replace(f"${{{placeholder}:?see the first lines of compose.yaml}}", meaning)
            assert "${" not in filled, f"{variable} has no value without a file .env"
            monkeypatch.setenv(variable, filled)
        monkeypatch.setenv(VARIABLES["home"], str(tmp_path))
        require_shared_settings(load_settings())
    for each in containers(resources).values():
        assert {entry["name"] for entry in each.get("env", [])} <= set(VARIABLES.values())


def test_workers_and_control_have_the_time_that_they_need_to_stop(resources: Path) -> None:
    services, pods = compose()["services"], containers(resources)
    stop = shutdown._STOP_S + shutdown._KILL_S
    assert int(services["worker"]["stop_grace_period"].rstrip("s")) > QUEUE_DRAIN_SECONDS + 10
    assert int(services["control"]["stop_grace_period"].rstrip("s")) > stop
    assert pods["worker"]["terminationGracePeriodSeconds"] > QUEUE_DRAIN_SECONDS + 10
    assert pods["control"]["terminationGracePeriodSeconds"] > stop


def test_nothing_runs_as_root_or_writes_to_its_own_code(resources: Path) -> None:
    for each in containers(resources).values():
        assert each["securityContext"]["readOnlyRootFilesystem"] is True
        assert each["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    for name in ("control", "worker"):
        service = compose()["services"][name]
        assert (service["read_only"], service["cap_drop"]) == (True, ["ALL"])
