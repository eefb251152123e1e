"""A few minutes of faults with fixed seeds, on both databases in parallel: all invariants hold.

A failing run leaves its plan, its log and the system's files below ``meeting_pipeline_tests/.artifacts/chaos``; the
same seed gives the same plan. ``make chaos`` does the long runs.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest

pytestmark = [pytest.mark.chaos, pytest.mark.postgres, pytest.mark.timeout(7200)]

SEEDS = {"sqlite": 1321, "postgres": 1965}
"""Plans that kill a worker and everything or `up`, hit a crash point, disturb the database, and lose each service's responses."""
MINUTES = "1"
SLACK = "8"
"""The long runs check times. Here other tests use the machine too, and it only matters that everything continues in the end."""

CLEAN_UP_SECONDS = 600.0
"""A run that is terminated ends its system, its database and its disk."""


@pytest.fixture(scope="module")
def runs() -> Iterator[dict[str, subprocess.Popen[str]]]:
    """Start both runs; terminate them with the tests, whatever their result."""
    found = {}
    for database, seed in SEEDS.items():
        command = [sys.executable, "-m", "meeting_pipeline_tests.chaos", "--minutes", MINUTES, "--slack", SLACK]
        command += ["--database", database, "--seed", str(seed)]
        found[database] = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    yield found
    for run in found.values():
        run.terminate()
    for run in found.values():
        run.wait(CLEAN_UP_SECONDS)


@pytest.mark.parametrize("database", sorted(SEEDS))
def test_all_invariants_hold(runs: dict[str, subprocess.Popen[str]], database: str) -> None:
    said, _ = runs[database].communicate()
    print(said)  # noqa: T201 - the counts, shown when it fails
    assert runs[database].returncode == 0, said
