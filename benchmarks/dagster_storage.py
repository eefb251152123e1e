"""What a run and an opening of the instance cost on Dagster's own SQLite storage and on ours, side by side.

`python -m benchmarks.dagster_storage`: a job of two assets and a check, executed in one process for 20 partitions after 5 that
warm it up, then 20 openings of the instance. Prints CPU-s, wall time and disk for each storage, and the ratios.
"""

import json
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import Any

WARM_UP, RUNS, OPENINGS = 5, 20, 20


def main() -> None:
    """Measure each storage in a process of its own, in turn."""
    found = {}
    for kind in ("dagster", "ours"):
        command = [sys.executable, "-W", "ignore", "-m", "benchmarks.dagster_storage", kind]
        found[kind] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    print(f"{'':32}{'Dagster':>10}{'ours':>10}{'ratio':>8}")
    for what in found["ours"]:
        theirs, ours = found["dagster"][what], found["ours"][what]
        print(f"{what:32}{theirs:10.4f}{ours:10.4f}{ours / theirs:8.2f}")


def measure(kind: str) -> dict[str, float]:
    """The figures of one storage."""
    import dagster as dg

    from meeting_pipeline_tests.dagster_storage.support import opened, ours, run, theirs

    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        storage: dict[str, Any] = ours(home) if kind == "ours" else theirs(home)
        with opened(home, storage) as instance:
            for number in range(WARM_UP):
                run(instance, f"warm-{number}")
            files, size = _files_and_bytes(home)
            cpu, wall = _cpu_seconds(), time.perf_counter()
            for number in range(RUNS):
                run(instance, f"key-{number}")
            cpu, wall = _cpu_seconds() - cpu, time.perf_counter() - wall
            assert len(instance.get_materialized_partitions(dg.AssetKey("second"))) == WARM_UP + RUNS
        more_files, more_size = _files_and_bytes(home)
        opening = _cpu_seconds()
        for _ in range(OPENINGS):
            with opened(home, storage) as instance:
                instance.get_runs(limit=1)
        opening = _cpu_seconds() - opening
    return {
        "run, CPU-s": cpu / RUNS,
        "run, wall s": wall / RUNS,
        "opening the instance, CPU-s": opening / OPENINGS,
        "databases a run, MB": (more_size - size) / RUNS / 1e6,
        "database files a run": (more_files - files) / RUNS,
    }


def _files_and_bytes(home: Path) -> tuple[int, int]:
    found = list(home.rglob("*.db"))
    for path in found:
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA wal_checkpoint")  # so that what is still in the journal counts
    return len(found), sum(path.stat().st_size for path in found)


def _cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(measure(sys.argv[1])))
    else:
        main()
