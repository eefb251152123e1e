"""What a killed part leaves: a worker without its parents, zombies below process 1. One system, on a separate home."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import psutil
import pytest

from meeting_pipeline_tests.chaos.speed import in_time
from meeting_pipeline_tests.processes import has_ended
from meeting_pipeline_tests.scenario import media
from meeting_pipeline_tests.scenario.parts import DAEMON, HEALED_SECONDS, part_of, processes_below, zombies_below
from meeting_pipeline_tests.scenario.system import (
    AN_HOUR,
    BUSY_STOP_SECONDS,
    PATIENCE_SECONDS,
    Dropped,
    Outside,
    System,
)
from meeting_pipeline_tests.scenario.workers import sender

pytestmark = pytest.mark.scenario


@pytest.fixture(scope="module")
def started(others_at_work: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    with Outside() as outside:
        system = System(tmp_path_factory.mktemp("orphans") / "home", outside)
        try:
            yield system.start()
        finally:
            system.kill()


def drop(system: System, name: str) -> Dropped:
    return system.drop(f"{name}.wav", media.wav(f"orphans: {name}"), hook=name, title=f"Orphans {name}")


def test_a_worker_whose_daemon_was_killed_sends_no_webhook_a_second_time_after_a_restart(started: System) -> None:
    """Stopping ends the worker although its parents are gone; only then are its deliveries requeued."""
    started.outside.receiver.fault("POST /hook/orphan", "slow", times=-1, seconds=AN_HOUR)
    drop(started, "orphan")
    worker = sender(started, HEALED_SECONDS)
    part_of(started, "daemon").kill()
    assert worker in started.family(), "otherwise the stop would not notice that it works on"
    started.stop()
    assert has_ended(worker)
    assert started.outside.told("orphan") == []
    started.outside.receiver.reset_behaviour()
    started.start()
    bodies = started.wait_until_told("orphan", seconds=HEALED_SECONDS)
    assert len(bodies) == 1
    assert started.rows("SELECT key FROM recordings WHERE worker_losses > 0") == []


@pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0, reason="a process table of its own needs root on Linux"
)
def test_as_process_1_it_leaves_no_zombies_and_stops_in_time(started: System) -> None:
    started.stop()
    environment, place = started.environment(), started.home / "up.json"
    command = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child", *started.command("up", "--port", "0")]
    with (started.home / "contained.out").open("wb") as output:
        outer = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
    try:
        deadline = time.monotonic() + HEALED_SECONDS
        while not place.is_file() and outer.poll() is None and time.monotonic() < deadline:
            time.sleep(0.2)
        if outer.poll() is not None and b"unshare" in (started.home / "contained.out").read_bytes():
            pytest.skip("this machine gives no process table of its own")
        [first] = psutil.Process(outer.pid).children()
        dropped = drop(started, "contained")
        started.wait_until_over(dropped, seconds=HEALED_SECONDS)
        killed = processes_below(first, DAEMON)
        for process in killed:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()  # its fork server and workers become children of process 1
        started.wait_for(lambda: set(processes_below(first, DAEMON)) - set(killed), "another daemon", HEALED_SECONDS)
        started.wait_for(lambda: not zombies_below(first), "zombies to be gone", HEALED_SECONDS)
        began = time.monotonic()
        first.send_signal(signal.SIGTERM)
        outer.wait(PATIENCE_SECONDS)
        assert in_time(time.monotonic() - began, BUSY_STOP_SECONDS), "15 s on a quiet machine"
        assert (started.home / "contained.out").read_text().endswith("Stopped.\n")
    finally:
        outer.kill()
        outer.wait()
