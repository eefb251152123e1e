"""Tests of a group run on one pytest worker: otherwise each worker starts the systems that the scenarios share."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.processes]

COMMAND = [
    "-m",
    "pytest",
    "-q",
    "-c",
    "/dev/null",
    "-p",
    "xdist",
    "-p",
    "no:cacheprovider",
    "-n",
    "2",
    "--dist",
    "loadgroup",
]
TESTS = """
import os
import time
import pytest

@pytest.mark.parametrize("turn", range(6))
@pytest.mark.parametrize("group", [pytest.param(name, marks=pytest.mark.xdist_group(name)) for name in ("one", "two")])
def test_it(group, turn):
    time.sleep(0.05)  # long enough for the other worker to take a test
    with open(group, "a") as file:
        file.write(os.environ["PYTEST_XDIST_WORKER"] + "\\n")
"""


def test_a_group_stays_on_one_worker(tmp_path: Path) -> None:
    (tmp_path / "test_groups.py").write_text(TESTS)
    done = subprocess.run(
        [sys.executable, *COMMAND, "--rootdir", tmp_path, tmp_path],
        cwd=tmp_path,
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},  # the other plugins take seconds to import
        capture_output=True,
        text=True,
    )
    assert re.search("12 passed", done.stdout), done.stdout + done.stderr
    used = [(tmp_path / group).read_text().split() for group in ("one", "two")]
    assert [(len(workers), len(set(workers))) for workers in used] == [(6, 1), (6, 1)]
