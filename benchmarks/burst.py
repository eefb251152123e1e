"""Thirty recordings at once against loopback providers: CPU per recording, and latency on top of the providers' own.

Run: ``make benchmark``, or ``.venv/bin/python -m benchmarks.burst [--recordings 30] [--postgres URL]``.
Must not go here: anything that a test relies on.
"""

import argparse
import statistics
import tempfile
import time
from pathlib import Path

import psutil

from meeting_pipeline_tests.scenario.media import wav
from meeting_pipeline_tests.scenario.system import Dropped, Outside, System

PROCESSING_S = 5.0
"""Duration of the loopback transcription. One order and one insight of the slowest kind make up the providers' own time."""
LLM_S = 1.0
IDLE_S = 20.0


def cpu_seconds(system: System) -> float:
    """User and system time of the system's process tree, including children that have ended."""
    total = 0.0
    assert system.process is not None
    parent = psutil.Process(system.process.pid)
    for process in [parent, *parent.children(recursive=True)]:
        try:
            times = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system + times.children_user + times.children_system
    return total


def told_at(system: System, hook: str) -> float | None:
    """When a hook was first called."""
    received = system.outside.receiver.received(hook)
    return float(received[0]["time"]) if received else None


def burst(system: System, count: int, name: str) -> tuple[list[float], float, float]:
    """Drop ``count`` recordings; returns the seconds until each webhook, total CPU seconds, and wall-clock seconds."""
    before, began = cpu_seconds(system), time.time()
    dropped: list[Dropped] = [
        system.drop(f"{name}-{n}.wav", wav(f"{name}-{n}-{began}"), hook=f"{name}-{n}") for n in range(count)
    ]
    for one in dropped:
        system.wait_until_told(one.hook, seconds=900)
    wall = time.time() - began
    arrivals = [told_at(system, str(one.hook)) or 0.0 for one in dropped]
    return [at - began for at in arrivals], cpu_seconds(system) - before, wall


def main() -> None:
    """Measure and print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--recordings", type=int, default=30)
    parser.add_argument("--postgres", help="URL of an empty PostgreSQL database")
    options = parser.parse_args()
    extra = {"MEETING_PIPELINE_DATABASE_URL": options.postgres} if options.postgres else {}
    own = PROCESSING_S + LLM_S
    with tempfile.TemporaryDirectory() as folder, Outside() as outside:
        outside.providers.settings(processing_seconds=PROCESSING_S, llm_seconds=LLM_S)
        system = System(Path(folder) / "home", outside, **extra)
        system.start()
        try:
            before = cpu_seconds(system)
            time.sleep(IDLE_S)
            idle = (cpu_seconds(system) - before) / IDLE_S
            burst(system, 1, "warm")
            single, _, _ = burst(system, 1, "single")
            seconds, cpu, wall = burst(system, options.recordings, "burst")
        finally:
            system.stop()
    beyond = sorted(s - own for s in seconds)
    print("| what | measured |")
    print("|---|---|")
    print(f"| idle system, CPU-s a second | {idle:.3f} |")
    print(f"| one recording: seconds beyond the providers' own {own:.0f} s | {single[0] - own:.1f} |")
    print(f"| {options.recordings} at once: CPU-s a recording, everything included | {cpu / options.recordings:.2f} |")
    print(f"| ... less the idle system's | {(cpu - idle * wall) / options.recordings:.2f} |")
    print(f"| ... seconds beyond the providers' own: first, median, last | {beyond[0]:.1f}, "
          f"{statistics.median(beyond):.1f}, {beyond[-1]:.1f} |")  # fmt: skip
    print(f"| ... wall-clock until the last webhook | {wall:.1f} s |")


if __name__ == "__main__":
    main()
