"""CPU and latency of a run under Dagster's default launcher and the warm one, measured alternately in one session.

    python benchmarks/run_launchers.py --runs 10

The job has one asset that does nothing; the executor is ``in_process``, the storage SQLite in a temporary folder. CPU
covers the code server, the fork server, the workers, and this process's time inside ``launch_run``; waiting for the
run to end is not counted. The first run of each launcher is shown separately because it starts the fork server.
"""

import argparse
import statistics
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg
import psutil

sys.path.insert(0, str(Path(__file__).parents[1]))

from meeting_pipeline_tests.launching.support import LAUNCHER, Stage, open_stage, wait_until

DEFAULT = {"module": "dagster", "class": "DefaultRunLauncher"}


@dataclass(frozen=True)
class Cost:
    """One run: CPU seconds, seconds from ``launch_run`` to the first step, seconds to the run's final status."""

    cpu_s: float
    first_step_s: float
    verdict_s: float


def process_cpu_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system + times.children_user + times.children_system)


class Bench:
    """One launcher with its own instance and code server."""

    def __init__(self, stack: ExitStack, name: str, launcher: dict[str, Any]) -> None:
        self.name = name
        self.costs: list[Cost] = []
        before = {child.pid for child in psutil.Process().children()}
        home = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        self._stage: Stage = stack.enter_context(open_stage(home, run_launcher=launcher))
        self._servers = [child for child in psutil.Process().children() if child.pid not in before]

    def _cpu_s(self) -> float:
        return sum(process_cpu_s(server) for server in self._servers)

    def measure(self) -> None:
        """Launch one run, wait until its worker is reaped, and record its cost."""
        stage = self._stage
        run_id = stage.create("quick_job")
        known = {child.pid for child in psutil.Process().children()}
        cpu, own, started = self._cpu_s(), time.process_time(), time.time()
        stage.instance.launch_run(run_id, stage.workspace)
        own = time.process_time() - own
        # If this launch started a fork server, the fork server's whole lifetime counts.
        self._servers += [child for child in psutil.Process().children() if child.pid not in known]
        stage.await_status(run_id, dg.DagsterRunStatus.SUCCESS)
        wait_until(self._idle, "the worker is reaped")
        [step] = stage.instance.all_logs(run_id, of_type=dg.DagsterEventType.STEP_START)
        [end] = stage.instance.all_logs(run_id, of_type=dg.DagsterEventType.RUN_SUCCESS)
        self.costs.append(Cost(self._cpu_s() - cpu + own, step.timestamp - started, end.timestamp - started))

    def _idle(self) -> bool:
        # multiprocessing's resource tracker lives as long as its code server. A zombie is not idle: no process accounts
        # for its CPU until its parent has reaped it.
        children = [child for server in self._servers for child in server.children()]
        return all(_is_resource_tracker(child) for child in children)

    def report(self) -> str:
        """A table row: median and range without the first run, then the first run."""
        first, rest = self.costs[0], self.costs[1:]
        columns = [[getattr(cost, field) for cost in rest] for field in ("cpu_s", "first_step_s", "verdict_s")]
        shown = " | ".join(f"{statistics.median(c):.2f} ({min(c):.2f}-{max(c):.2f})" for c in columns)
        return f"| {self.name} | {shown} | {first.cpu_s:.2f} | {first.first_step_s:.2f} |"


def _is_resource_tracker(process: psutil.Process) -> bool:
    try:
        return "resource_tracker" in " ".join(process.cmdline())
    except psutil.NoSuchProcess:  # also a zombie: the next check shows whether it was reaped
        return False


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=10, help="runs per launcher after the first")
    runs = parser.parse_args().runs
    with ExitStack() as stack:
        benches = [Bench(stack, "default", DEFAULT), Bench(stack, "warm", LAUNCHER)]
        for _ in range(runs + 1):
            for bench in benches:
                bench.measure()
        print("| launcher | CPU-s a run | s to first step | s to verdict | first run CPU-s | first run s to step |")
        print("|---|---|---|---|---|---|")
        for bench in benches:
            print(bench.report())
        ratio = statistics.median(c.cpu_s for c in benches[0].costs[1:]) / statistics.median(
            c.cpu_s for c in benches[1].costs[1:]
        )
        print(f"\nCPU, default / warm: {ratio:.1f}")


if __name__ == "__main__":
    main()
