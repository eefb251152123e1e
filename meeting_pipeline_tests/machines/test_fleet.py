"""What the machines of an installation show of themselves, whose clock may be wrong, and which versions work side by side."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import httpx
import pytest

from meeting_pipeline.store.engine.schema import SCHEMA_HEAD
from meeting_pipeline_tests.machines.brokers import Redis
from meeting_pipeline_tests.machines.lab import Lab, WorkerMachine, opened_lab, require_machines
from meeting_pipeline_tests.machines.test_machines import asked_twice, under_way
from meeting_pipeline_tests.machines.versions import NEWER_SCHEMA, newer_program, wrong_clock
from meeting_pipeline_tests.ports import free_port
from meeting_pipeline_tests.scenario import media
from meeting_pipeline_tests.scenario.system import AN_HOUR, PATIENCE_SECONDS, RESPONSE_SECONDS, Dropped, System

pytestmark = [pytest.mark.chaos, pytest.mark.processes, pytest.mark.timeout(3600)]
AT_ONCE_SECONDS = 30.0
"""Two recordings that wait for two free slots start within one tick of the queue: seconds, and more on a busy machine."""


@pytest.fixture(scope="module")
def lab(postgres_server: object, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    require_machines()
    Redis.require()
    from meeting_pipeline_tests.postgres import PostgresServer

    assert isinstance(postgres_server, PostgresServer)
    folder = tmp_path_factory.mktemp("fleet")
    url = postgres_server.url(postgres_server.create())
    with opened_lab(folder, url, Redis(free_port(), folder / "broker")) as lab:
        yield lab


def at_work(lab: Lab, *workers: WorkerMachine) -> None:
    for worker in workers:
        worker.wait_until_ready()
    names = {worker.name for worker in workers}
    lab.control.wait_for(lambda: names <= {one["host"] for one in machines(lab.control)}, "workers to be shown")


def machines(control: System) -> list[dict[str, object]]:
    answer = httpx.get(f"{control.api_url}/v1/machines", timeout=RESPONSE_SECONDS, trust_env=False).raise_for_status()
    found: list[dict[str, object]] = answer.json()["machines"]
    return found


def doctor(control: System) -> str:
    command = control.command("doctor")
    done = subprocess.run(command, env=control.environment(), capture_output=True, text=True, timeout=PATIENCE_SECONDS)
    return done.stdout + done.stderr


def drop(control: System, name: str, count: int) -> list[Dropped]:
    talks = [media.vtt(("Dana", f"We decided on {name} {n}.")).encode() for n in range(count)]
    return [control.drop(f"{name}-{n}.vtt", talk, hook=f"{name}-{n}") for n, talk in enumerate(talks)]


def starts(control: System, dropped: list[Dropped]) -> dict[str, datetime]:
    """When each host took the first of these recordings, by the clock of the database."""
    keys = {control.key(one) for one in dropped}
    rows = control.rows(
        "SELECT host, recording_key, started_at FROM run_leases WHERE host LIKE '%-%' ORDER BY started_at DESC"
    )
    return {row["host"]: row["started_at"] for row in rows if row["recording_key"] in keys}


def test_two_workers_with_one_slot_start_two_recordings_at_once_and_are_shown(lab: Lab) -> None:
    control = lab.control
    control.outside.providers.settings(llm_seconds=AN_HOUR)
    one, two = (lab.worker(name, slots=1).start() for name in ("slot-one", "slot-two"))
    at_work(lab, one, two)
    dropped = drop(control, "slot", 2)
    control.wait_for(lambda: all(under_way(control, each) for each in dropped), "both to be under way")
    shown = {each["host"]: (each["slots"], each["busy"], each["state"]) for each in machines(control)}
    assert shown["slot-one"] == shown["slot-two"] == (1, 1, "working")
    text = httpx.get(f"{control.api_url}/metrics", timeout=RESPONSE_SECONDS, trust_env=False).text
    busy = [line for line in text.splitlines() if line.startswith("meeting_pipeline_worker_slots_busy{")]
    assert [line.rpartition(" ")[2] for line in busy] == ["1.0", "1.0"]
    said = doctor(control)
    assert "recordings: 2 workers, 0 runs wait." in said
    assert "Worker slot-one-" in said
    assert "of 1 slots busy, serves meeting-pipeline-" in said
    assert "This machine's clock and the database's are" in said
    first, second = sorted(starts(control, dropped).values())
    assert (second - first).total_seconds() < AT_ONCE_SECONDS
    print(f"the second recording started {(second - first).total_seconds():.1f} s after the first")  # noqa: T201
    control.outside.providers.settings(llm_seconds=0.2)
    control.wait_until_over(*dropped)
    for worker in (one, two):
        worker.stop()
    assert [each["role"] for each in machines(control)] == ["control"], "those that stopped are gone at once"
    assert "No worker serves" in doctor(control)


def test_clocks_that_are_90_s_off_both_ways_lose_nothing(lab: Lab, tmp_path: Path) -> None:
    control = lab.control
    control.outside.providers.settings(llm_seconds=8.0)
    ahead, behind = lab.worker("ahead"), lab.worker("behind")
    ahead.start(**wrong_clock(tmp_path, 90))
    behind.start(**wrong_clock(tmp_path, -90))
    at_work(lab, ahead, behind)
    dropped = drop(control, "clock", 8)
    control.wait_for(lambda: any(under_way(control, each) for each in dropped), "work")
    said = doctor(control)
    for host, way in (("ahead", "ahead of"), ("behind", "behind")):
        [line] = [line for line in said.splitlines() if line.startswith(f"WARN clock: The clock of {host}-")]
        assert f"s {way} the database's" in line
        assert 89 < float(line.partition(" is ")[2].partition(" s ")[0]) < 91
    control.wait_until_over(*dropped)
    assert {control.recording(each)["status"] for each in dropped} == {"completed"}
    assert sum(control.recording(each)["worker_losses"] for each in dropped) == 0
    assert {host.partition("-")[0] for host in starts(control, dropped)} == {"ahead", "behind"}
    assert asked_twice(control) == []
    for worker in (ahead, behind):
        worker.stop()


def refused(worker: WorkerMachine, code: str) -> None:
    assert worker.wait() == 2, worker.output()[-3000:]
    assert f"[{code}]" in worker.output(), worker.output()[-3000:]


def version_of(control: System) -> str:
    return str(control.rows("SELECT version_num FROM meeting_pipeline_version")[0]["version_num"])


def test_an_upgrade_while_workers_run_finishes_what_they_have_and_refuses_them_more(lab: Lab, tmp_path: Path) -> None:
    control = lab.control
    control.outside.providers.settings(llm_seconds=AN_HOUR)
    newer = newer_program(tmp_path)
    old = lab.worker("old", slots=1).start(PYTHONPATH="")
    at_work(lab, old)

    early = lab.worker("early").start(**newer)
    refused(early, "other_code")
    assert version_of(control) == SCHEMA_HEAD, "a newer worker changes nothing below an older system"

    dropped = drop(control, "upgrade", 3)
    first = control.wait_for(
        lambda: next((each for each in dropped if under_way(control, each)), None), "a recording on the old worker"
    )
    control.stop()
    control.start(**newer)
    assert version_of(control) == NEWER_SCHEMA
    control.outside.providers.settings(llm_seconds=0.2)
    began = time.monotonic()
    refused(old, "other_code")
    print(f"the old worker ended {time.monotonic() - began:.0f} s after the new `up` was there")  # noqa: T201
    control.wait_until_over(first)
    assert control.recording(first)["status"] == "completed"
    hosts = control.rows("SELECT host FROM run_leases WHERE recording_key = :key", key=control.key(first))
    assert {row["host"].partition("-")[0] for row in hosts} == {"old"}, (
        "it finished what it had, below the newer schema"
    )

    again = lab.worker("again").start(PYTHONPATH="")
    refused(again, "other_code")
    new = lab.worker("new").start(**newer)
    at_work(lab, new)
    control.wait_until_over(*dropped)
    assert {control.recording(each)["status"] for each in dropped} == {"completed"}
    assert sum(control.recording(each)["worker_losses"] for each in dropped) == 0
    assert asked_twice(control) == []
    for each in dropped:
        assert len({body["event_id"] for body in control.wait_until_told(each.hook)}) == 1
