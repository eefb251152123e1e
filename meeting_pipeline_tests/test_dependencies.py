"""The lock: every file has its hash, every requirement is met, and no version has a known vulnerability."""

import json
import re
import subprocess
import sys
import tomllib
from itertools import chain
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
LOCK = ROOT / "requirements.lock"
_PIN = re.compile(r"(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^ ;]+)(?P<rest>.*)")


def _pins() -> list[tuple[str, str, str]]:
    lines = LOCK.read_text().replace("\\\n", " ").splitlines()
    return [(found["name"], found["version"], found["rest"]) for found in map(_PIN.fullmatch, lines) if found]


def test_every_pinned_package_has_hashes() -> None:
    """``pip`` then refuses any file other than the tested one."""
    pins = _pins()
    assert len(pins) > 100
    assert [name for name, _, rest in pins if "--hash=sha256:" not in rest] == []


def test_every_requirement_is_pinned_within_its_range() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    versions: dict[str, list[str]] = {}
    for name, version, _ in _pins():
        versions.setdefault(name, []).append(version)
    extras = project["optional-dependencies"]
    pinned_apart = extras.pop("whisper")  # in deploy/requirements-whisper.lock: 0.5 GB that no test needs
    assert pinned_apart
    assert extras.pop("voices"), (
        "a binary of 15 MB with models of the operator's own: tests use an engine that is made up"
    )
    for text in [*project["dependencies"], *chain(*extras.values())]:
        wanted = Requirement(text)
        found = versions.get(wanted.name.lower(), [])
        assert any(wanted.specifier.contains(version) for version in found), text


def test_no_pinned_version_has_a_known_vulnerability() -> None:
    command = [
        sys.executable,
        "-m",
        "pip_audit",
        "-r",
        str(LOCK),
        "--disable-pip",
        "--require-hashes",
        "--format",
        "json",
    ]
    done = subprocess.run([*command, "--progress-spinner", "off"], capture_output=True, text=True, timeout=240)
    if not done.stdout.strip():
        pytest.skip(f"the advisories cannot be reached: {done.stderr.strip().splitlines()[-1][:200]}")
    found = json.loads(done.stdout)["dependencies"]
    audited = [one for one in found if "skip_reason" not in one]
    if not audited:
        pytest.skip("the advisories cannot be reached: the index that is used here has none")
    assert [(one["name"], one["version"], one["vulns"]) for one in audited if one["vulns"]] == []
