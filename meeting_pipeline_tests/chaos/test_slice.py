"""Some minutes of bad days with fixed seeds, on both databases at the same time: all invariants hold.

A run that fails leaves its plan, its log and the system's files below ``meeting_pipeline_tests/.artifacts/chaos``; the same
seed gives the same plan. The long runs are ``make chaos``.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest

pytestmark = [pytest.mark.chaos, pytest.mark.postgres, pytest.mark.timeout(900)]

SEEDS = {"sqlite": 1321, "postgres": 1965}
"""Plans with deaths of a worker and of everything or of `up`, a crash point, a bad database, lost answers of each service."""
MINUTES = "1"
SLACK = "4"
"""Times are judged by the long runs. Here other tests have the machine, and that all goes on at last is what counts."""


@pytest.fixture(scope="module")
def runs() -> Iterator[dict[str, subprocess.Popen[str]]]:
    """Both runs, started; ended with the tests whatever becomes of those."""
    found = {}
    for database, seed in SEEDS.items():
        command = [sys.executable, "-m", "meeting_pipeline_tests.chaos", "--minutes", MINUTES, "--slack", SLACK]
        command += ["--database", database, "--seed", str(seed)]
        found[database] = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    yield found
    for run in found.values():
        run.terminate()
        run.wait(60)


@pytest.mark.parametrize("database", sorted(SEEDS))
def test_all_invariants_hold(runs: dict[str, subprocess.Popen[str]], database: str) -> None:
    said, _ = runs[database].communicate()
    print(said)  # noqa: T201 - the counts, shown when it fails
    assert runs[database].returncode == 0, said
