"""The reconciler and a backup over a store with many recordings: time and peak memory.

Run: ``.venv/bin/python -m benchmarks.many_recordings [--recordings 10000] [--lost 10] [--versions]``.
One recording is processed; its rows in the store and in Dagster's event index are then copied under other keys. All
recordings therefore have the same small results, and Dagster knows all of them. Must not go here: anything that a test
relies on.
"""

import argparse
import logging
import resource
import tempfile
import time
from pathlib import Path
from typing import Any

import dagster as dg

from benchmarks.copies import copy_index, copy_store, numbered
from meeting_pipeline.backup.writing import write_backup
from meeting_pipeline.defs.ops.reconciling import Reconciled, reconcile
from meeting_pipeline.installation import open_installation
from meeting_pipeline.settings import load_settings
from meeting_pipeline_tests.dagster_runs import Runs
from meeting_pipeline_tests.installations import TALK, accepted


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _timed(what: str, work: Any) -> Any:
    began, used = time.monotonic(), time.process_time()
    found = work()
    print(
        f"{what}: {time.monotonic() - began:.1f} s, CPU {time.process_time() - used:.1f} s, peak {_peak_mb():.0f} MB",
        flush=True,
    )
    return found


def main() -> None:
    """Prepare, measure, print."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--recordings", type=int, default=10_000)
    arguments.add_argument("--lost", type=int, default=10, help="recordings of which Dagster has lost everything")
    arguments.add_argument("--versions", action="store_true", help="compare versions too, which takes minutes")
    chosen = arguments.parse_args()
    logging.disable(logging.INFO)
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        installation = open_installation(load_settings({"MEETING_PIPELINE_HOME": str(home)}))
        installation.settings.dagster_home.mkdir()
        with dg.DagsterInstance.local_temp(str(installation.settings.dagster_home)) as instance:
            runs = Runs(installation, instance)
            key = accepted(installation, "one.vtt", TALK).key
            assert runs.job("intake").success
            assert runs.recording(key).success
            keys, lost = numbered(key, chosen.recordings), numbered(key, chosen.lost, first="f")
            _timed("preparing", lambda: copy_store(installation, key, keys))
            copy_index(instance, key, keys)
            done: Reconciled = _timed("reconcile --quick", lambda: reconcile(installation, instance, versions=False))
            assert done.changes == 0, list(done.lines())
            if chosen.versions:
                _timed("reconcile", lambda: reconcile(installation, instance))
            copy_store(installation, key, lost)
            done = _timed(
                f"reconcile --quick, {chosen.lost} lost", lambda: reconcile(installation, instance, versions=False)
            )
            assert done.partitions_added == chosen.lost
            _timed("backup", lambda: write_backup(installation.settings, Path(folder) / "backup", lambda _: None))
        installation.store.close()


if __name__ == "__main__":
    main()
