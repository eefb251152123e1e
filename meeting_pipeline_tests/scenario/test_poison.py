"""Files that hang careless parsers next to good ones, and a frozen worker: the good ones complete, and nothing keeps spinning.

Nothing else uses the system meanwhile: its CPU time is measured when everything is finished.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Mapping

import psutil
import pytest

from meeting_pipeline_tests.canaries import files_below
from meeting_pipeline_tests.processes import has_ended, words_of
from meeting_pipeline_tests.scenario import media
from meeting_pipeline_tests.scenario.freezing import freeze
from meeting_pipeline_tests.scenario.system import AN_HOUR, Dropped, System
from meeting_pipeline_tests.scenario.workers import runs_at_work, worker_of

pytestmark = pytest.mark.scenario

SECONDS = 600.0
"""Much less on an idle machine: the worker lease is 30 s, and parsing a hostile transcript is limited to 16 s of CPU time."""
GOOD = 10
QUIET_SECONDS = 20.0
QUIET_SHARE = 0.6
"""CPU seconds per second of an idle system on a busy machine, with sensor ticks every 5 s; a busy loop uses a full second."""
_BYTES = 300_000
_HEAD = "WEBVTT\n\n00:00:00.000 --> 00:00:10.000\n"
POISON: Mapping[str, str] = {
    "newlines.txt": "Hello there world" + "\n" * _BYTES + "end of the meeting",
    "newlines.srt": "\n" * _BYTES + "1\n00:00:00,000 --> 00:00:05,000\nHello there this is text\n",
    "voice.vtt": _HEAD + "<v " * (_BYTES // 3) + "\nhello\n",
    "voice_spaces.vtt": _HEAD + "<v" + " " * _BYTES + "hello there\n",
    "tag.vtt": _HEAD + "<c." * (_BYTES // 3) + " hello there this\n",
}
"""Inputs on which backtracking patterns take hours."""


@pytest.fixture(scope="module")
def started(plain: System) -> System:
    return plain


def good(system: System, name: str) -> Dropped:
    talk = media.vtt(
        ("Dana", f"Good morning, we decided to ship the {name} release in two steps."),
        ("Priya", f"I will send the draft of the {name} plan by Friday."),
    )
    return system.drop(f"{name}.vtt", talk.encode())


def test_good_files_complete_beside_poison_which_is_taken_or_rejected(started: System) -> None:
    for name, text in POISON.items():
        started.drop(name, text.encode())
    dropped = [good(started, f"good{number}") for number in range(GOOD)]
    for one in dropped:
        started.wait_until_over(one, seconds=SECONDS)
    assert [started.recording(one)["status"] for one in dropped] == ["completed"] * GOOD
    started.wait_for(lambda: not list(started.inbox.iterdir()), "all poison to be taken or rejected", SECONDS)
    aside = {path.name for path in files_below(started.home / "rejected")}
    taken = {row["original_name"] for row in started.rows("SELECT original_name FROM recordings")}
    assert set(POISON) <= aside | taken


def test_a_recording_whose_worker_is_frozen_completes_by_another_run_and_the_frozen_process_is_gone(
    started: System,
) -> None:
    # Of this recording only: poison that was taken may ask the model at the same time, and must not wait for it.
    started.outside.providers.fault("POST /v1/responses", "slow", times=-1, words="the frozen plan", seconds=AN_HOUR)
    dropped = good(started, "frozen")
    frozen = started.wait_for(lambda: worker_at(started, dropped), "a worker to begin", SECONDS)
    begun_by = leases(started, dropped)
    freeze(started, frozen.pid)
    started.outside.providers.clear_faults()
    started.wait_until_over(dropped, seconds=SECONDS)
    assert started.recording(dropped)["status"] == "completed"
    started.wait_for(lambda: has_ended(frozen), "the frozen process to be ended", SECONDS)
    assert leases(started, dropped) - begun_by, "another run has taken it"


def leases(system: System, dropped: Dropped) -> set[str]:
    """The runs that have worked on this recording. Not Dagster's of its partition: a run of many may have taken it."""
    noted = "SELECT run_id FROM run_leases WHERE recording_key = :key"
    return {str(row["run_id"]) for row in system.rows(noted, key=system.key(dropped))}


def worker_at(system: System, dropped: Dropped) -> psutil.Process | None:
    """The process of the run that works on this recording and calls the language model."""
    row = system.recording(dropped)
    if row.get("stage") != "extracting":
        return None
    noted = system.rows("SELECT id FROM paid_answers WHERE recording_key = :key", key=row["key"])
    if len(noted) < 3:  # one for each insight but the speakers, whom the export names
        return None
    runs = runs_at_work(system, str(row["key"]))
    return worker_of(system, runs[0]) if runs else None


def test_afterwards_nothing_spins(started: System) -> None:
    """The wait ends with the first interval in which the system is quiet."""
    started.wait_for(
        lambda: used_within(started, QUIET_SECONDS) < QUIET_SECONDS * QUIET_SHARE, "the system to rest", SECONDS
    )
    assert [one for one in started.family() if "sandbox_process" in " ".join(words_of(one)) and is_busy(one)] == []


def used_within(system: System, seconds: float) -> float:
    """CPU time that the system used within this many seconds, excluding processes that ended in between."""
    before = cpu_of(system)
    time.sleep(seconds)
    after = cpu_of(system)
    return sum(after[pid] - before.get(pid, 0.0) for pid in after)


def cpu_of(system: System) -> dict[tuple[int, float], float]:
    found = {}
    for process in system.family():
        with contextlib.suppress(psutil.Error):
            times = process.cpu_times()
            found[process.pid, process.create_time()] = times.user + times.system
    return found


def is_busy(process: psutil.Process) -> bool:
    with contextlib.suppress(psutil.Error):
        return process.status() == psutil.STATUS_RUNNING
    return False
