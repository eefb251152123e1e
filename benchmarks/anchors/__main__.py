"""Measure the pipeline and the Celery pipeline side by side, and print a table.

Run: ``make benchmark``, or ``.venv/bin/python -m benchmarks.anchors [--only alone,burst30] [--full] [--database postgres]``.
``--runs``, ``--burst``, ``--waiting``, ``--meetings`` and ``--idle-s`` change sizes, to try the benchmark out. The table and all
figures are written to ``benchmarks/.results`` as well, after every pipeline.
"""

import argparse
import json
import os
import platform
import shutil
import signal
import subprocess
import sys
import time
from contextlib import ExitStack
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from benchmarks.anchors import backfill, celery_parts, ours, plan
from benchmarks.anchors.celery_environment import ROOT, Unavailable, prepare
from benchmarks.anchors.figures import Measured
from benchmarks.anchors.plan import Sizes
from benchmarks.anchors.progress import say
from benchmarks.anchors.providers import Services
from benchmarks.anchors.table import table
from meeting_pipeline_tests.postgres import running_server

RESULTS = ROOT / "benchmarks" / ".results"
SIZES = ("runs", "burst", "waiting", "meetings", "idle_s", "backfill_limit_s", "celery_waiting", "celery_meetings")


class Report:
    """What was measured so far, and where it is written."""

    def __init__(self, sizes: Sizes, about: dict[str, Any]) -> None:
        self._sizes = sizes
        self.ours = Measured()
        self.celery = {slots: Measured() for slots in plan.SLOTS}
        self._about = about
        self._path = RESULTS / f"anchors-{time.strftime('%Y%m%d-%H%M%S')}.json"

    def text(self) -> str:
        """The table."""
        return table(self.ours, {f"Celery, {slots} slots": found for slots, found in self.celery.items()}, self._sizes)

    def write(self) -> Path:
        """Write everything; returns the path of the raw figures."""
        RESULTS.mkdir(exist_ok=True)
        celery = {str(slots): asdict(found) for slots, found in self.celery.items()}
        self._path.write_text(json.dumps({**self._about, "ours": asdict(self.ours), "celery": celery}, indent=1) + "\n")
        self._path.with_suffix(".md").write_text(self.text() + "\n")
        return self._path


def main() -> None:
    """Measure, print, write."""
    given = _arguments()
    sizes = replace(Sizes(), **{name: getattr(given, name) for name in SIZES if getattr(given, name) is not None})
    sizes = sizes.unscaled() if given.full else sizes
    parts = plan.chosen(given.only)
    report = Report(sizes, _about(sizes, given.database))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that everything started is stopped
    try:
        if "ours" in given.pipelines:
            _measure_ours(sizes, parts, report, given.database)
            report.write()
        if "celery" in given.pipelines:
            try:
                with Services() as services:
                    celery_parts.measure(prepare(), services, sizes, parts, report.celery)
            except Unavailable as reason:
                say(f"The Celery pipeline is skipped: {reason}.")
    finally:
        path = report.write()
        print(report.text())
        say(f"the end; raw figures: {path.relative_to(ROOT)}")


def _measure_ours(sizes: Sizes, parts: Any, report: Report, database: str) -> None:
    with ExitStack() as stack:
        server = stack.enter_context(running_server()) if database == "postgres" else None
        services = stack.enter_context(Services())
        if set(parts) - {"backfill"}:
            with ours.new_system(services, sizes, server) as system:
                system.measure(parts, report.ours)
            report.write()
        if "backfill" in parts:
            with ours.new_system(services, sizes, server) as system:
                backfill.measure(system, report.ours)


def _about(sizes: Sizes, database: str) -> dict[str, Any]:
    commit = ""
    if shutil.which("git"):
        command = ["git", "-C", str(ROOT), "describe", "--always", "--dirty"]
        commit = subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
    return {
        "began": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
        "commit": commit or None,
        "python": platform.python_version(),
        "cpus": os.cpu_count(),
        "load": os.getloadavg(),
        "database": database,
        "sizes": asdict(sizes),
    }


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.anchors", description=__doc__)
    parser.add_argument("--only", help=f"parts, separated by commas: {', '.join(plan.PARTS)}")
    parser.add_argument("--full", action="store_true", help="scale nothing; takes hours")
    parser.add_argument("--database", choices=("sqlite", "postgres"), default="sqlite", help="of the pipeline")
    parser.add_argument("--pipelines", nargs="+", choices=("ours", "celery"), default=["ours", "celery"])
    for name in SIZES:
        parser.add_argument(f"--{name.replace('_', '-')}", type=float if name.endswith("_s") else int)
    given = parser.parse_args()
    try:
        plan.chosen(given.only)
    except ValueError as error:
        parser.error(str(error))
    return given


if __name__ == "__main__":
    main()
