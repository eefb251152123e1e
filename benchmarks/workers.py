"""Throughput of recordings on one, two and four workers: on a queue, with PostgreSQL and Redis.

Run: ``.venv/bin/python -m benchmarks.workers [--workers 1,2,4] [--slots 2] [--waves 6] [--seconds 20] [--batch 1]``.
Each worker is a process tree with a home, host name and process table of its own. Every recording is a run of its own, unless
``--batch`` lets more share one, and asks four questions at once, which the loopback model answers after ``--seconds``. The
steady part begins when the first wave is over. Linear: recordings per minute and worker, divided by those with the fewest
workers.
Must not go here: anything that a test relies on.
"""

import argparse
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from benchmarks.anchors.measure import Trees, difference
from meeting_pipeline_tests.machines.brokers import Redis
from meeting_pipeline_tests.machines.lab import opened_lab
from meeting_pipeline_tests.postgres import PostgresServer, running_server
from meeting_pipeline_tests.scenario import media

BROKER_PORT = 46379
PATIENCE_SECONDS = 1800.0


@dataclass(frozen=True)
class Measured:
    """What a number of workers did. ``per_minute``: recordings in the steady part; CPU in seconds, memory in bytes."""

    workers: int
    recordings: int
    per_minute: float
    worker_cpu: float
    control_cpu: float
    worker_memory: int


def measure(server: PostgresServer, workers: int, slots: int, waves: int, seconds: float, batch: int) -> Measured:
    """Take ``waves`` recordings for each slot through the system."""
    count = workers * slots * waves
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        broker = Redis(BROKER_PORT, folder / "redis")
        settings = {
            "MEETING_PIPELINE_MAX_CONCURRENT_RUNS": str(workers * slots),
            "MEETING_PIPELINE_TIME_SCALE": "1",
            "MEETING_PIPELINE_BATCH_RECORDINGS": str(batch),
        }
        with opened_lab(folder, server.url(server.create()), broker, **settings) as lab:
            lab.control.outside.providers.settings(llm_seconds=seconds)
            machines = [lab.worker(f"worker-{n}", slots).start() for n in range(workers)]
            for machine in machines:
                machine.wait_until_ready()
            assert lab.control.process is not None
            roots = {machine.name: machine.pid for machine in machines} | {"control": lab.control.process.pid}
            trees = Trees(roots)
            before = trees.cpu()
            dropped = [lab.control.drop(f"talk-{n}.wav", media.wav(f"talk {n}")) for n in range(count)]
            memory = 0
            deadline = time.monotonic() + PATIENCE_SECONDS
            while not all(lab.control.recording(one).get("status") == "completed" for one in dropped):
                assert time.monotonic() < deadline, lab.control.describe()
                memory = max(memory, Trees({key: roots[key] for key in roots if key != "control"}).memory())
                time.sleep(2.0)
            used = difference(before, trees.cpu())
            rows = lab.control.rows(
                "SELECT extract(epoch FROM completed_at) AS ended FROM recordings ORDER BY completed_at"
            )
    ends = [float(row["ended"]) for row in rows]
    steady = (count - workers * slots) / (ends[-1] - ends[workers * slots - 1]) * 60
    of_workers = sum(spent for key, spent in used.items() if key != "control")
    return Measured(workers, count, steady, of_workers / count, used["control"] / count, memory // workers)


def table(found: Sequence[Measured], slots: int) -> str:
    """The figures as Markdown."""
    first = found[0].per_minute / found[0].workers
    lines = [
        f"| workers with {slots} slots | recordings | a minute | linear | CPU-s each, workers | control | MB a worker |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {each.workers} | {each.recordings} | {each.per_minute:.1f} | {each.per_minute / each.workers / first:.2f} | "
        f"{each.worker_cpu:.2f} | {each.control_cpu:.2f} | {each.worker_memory / 1e6:.0f} |"
        for each in found
    ]
    return "\n".join(lines)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workers", default="1,2,4")
    parser.add_argument("--slots", type=int, default=2)
    parser.add_argument("--waves", type=int, default=6)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--batch", type=int, default=1)
    wanted = parser.parse_args()
    found = []
    with running_server() as server:
        for workers in map(int, wanted.workers.split(",")):
            load = psutil.getloadavg()[0]
            found.append(measure(server, workers, wanted.slots, wanted.waves, wanted.seconds, wanted.batch))
            print(f"{workers} workers, load at the start {load:.1f}", table(found, wanted.slots), sep="\n", flush=True)


if __name__ == "__main__":
    main()
