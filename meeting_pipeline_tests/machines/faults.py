"""What goes wrong with machines while they work: each fault is one function over a lab, and a plan is a list of them.

Must not go here: expectations (``test_bad_days.py``), how machines and brokers start and end (``lab.py``, ``brokers.py``).
"""

from __future__ import annotations

import random
import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

import psutil

from meeting_pipeline_tests.machines.lab import Lab, WorkerMachine
from meeting_pipeline_tests.object_storage import ObjectStorage

CUT_SECONDS: Final = 60.0
"""Twice as long as a lease lives: others take over what the machine had."""


@dataclass
class Day:
    """Machines at work, and what becomes due later: a cut cable is repaired, the bucket is back. Times are monotonic seconds."""

    lab: Lab
    storage: ObjectStorage
    workers: list[WorkerMachine]
    luck: random.Random
    later: list[tuple[float, str, Callable[[], object]]] = field(default_factory=list)

    def worker(self) -> WorkerMachine:
        """One of the workers."""
        return self.luck.choice(self.workers)

    def do_what_is_due(self) -> list[str]:
        """Do what became due; returns what it was."""
        now = time.monotonic()
        due = [each for each in self.later if each[0] <= now]
        self.later = [each for each in self.later if each[0] > now]
        for _, _, do in due:
            do()
        return [name for _, name, _ in due]


def kill_a_worker_machine(day: Day) -> str:
    """It loses its power, and comes back."""
    worker = day.worker()
    worker.kill()
    worker.start()
    return f"killed {worker.name}"


def kill_a_run_worker(day: Day) -> str:
    """One process that executes a run is killed, as when memory is short."""
    worker = day.worker()
    with suppress(psutil.NoSuchProcess):
        processes = worker.run_workers()
        if processes:
            day.luck.choice(processes).kill()
    return f"killed a run worker of {worker.name}"


def stop_a_worker(day: Day) -> str:
    """Its service manager restarts it."""
    worker = day.worker()
    worker.stop()
    worker.start()
    return f"stopped {worker.name} and started it again"


def restart_the_broker(day: Day) -> str:
    """It is killed and keeps what it had."""
    day.lab.broker.kill()
    day.lab.broker.start()
    return "restarted the broker"


def empty_the_broker(day: Day) -> str:
    """It is killed and forgets everything."""
    day.lab.broker.kill()
    day.lab.broker.forget()
    day.lab.broker.start()
    return "emptied the broker"


def wipe_a_home(day: Day) -> str:
    """A worker machine is replaced by a new one of the same name."""
    worker = day.worker()
    worker.kill()
    shutil.rmtree(worker.home, ignore_errors=True)
    worker.start()
    return f"wiped {worker.name}"


def cut_a_cable(day: Day) -> str:
    """A machine is without a network for a minute, and does not learn it."""
    worker = day.worker()
    worker.cables.cut()
    day.later.append((time.monotonic() + CUT_SECONDS, f"mended the cables of {worker.name}", worker.cables.mend))
    return f"cut the cables of {worker.name}"


def stop_the_bucket(day: Day) -> str:
    """Nothing can be stored or read for a minute: recordings, and the inbox in it."""
    day.storage.stop()
    day.later.append((time.monotonic() + CUT_SECONDS, "the bucket is back", day.storage.start))
    return "stopped the bucket"


def kill_the_control_machine(day: Day) -> str:
    """It loses its power, and comes back."""
    day.lab.control.kill()
    day.lab.control.start()
    return "killed the control machine"


ALL: Final = (
    kill_a_worker_machine,
    kill_a_run_worker,
    stop_a_worker,
    restart_the_broker,
    empty_the_broker,
    wipe_a_home,
    cut_a_cable,
    stop_the_bucket,
)


def plan(luck: random.Random, rounds: int) -> list[Callable[[Day], str]]:
    """Every fault once in each round, in a random order; the control machine's in the first only."""
    faults: list[Callable[[Day], str]] = []
    for number in range(rounds):
        some: list[Callable[[Day], str]] = [*ALL, *([] if number else [kill_the_control_machine])]
        luck.shuffle(some)
        faults += some
    return faults
