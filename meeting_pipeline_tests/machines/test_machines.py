"""Control, two workers and a broker: whatever breaks, each recording ends once, and nothing is bought twice."""

from __future__ import annotations

import subprocess
import time
from collections import Counter
from collections.abc import Iterator

import httpx
import pytest

from meeting_pipeline_tests.machines.brokers import RabbitMQ, Redis
from meeting_pipeline_tests.machines.lab import Lab, opened_lab, require_machines
from meeting_pipeline_tests.ports import free_port
from meeting_pipeline_tests.scenario import media
from meeting_pipeline_tests.scenario.system import AN_HOUR, PATIENCE_SECONDS, RESPONSE_SECONDS, Dropped, System

pytestmark = [pytest.mark.chaos, pytest.mark.processes, pytest.mark.timeout(3600)]
CANCELLED_SECONDS = 30.0
ASKED_AGAIN_SECONDS = 60.0


@pytest.fixture(scope="module", params=[Redis, RabbitMQ])
def lab(
    request: pytest.FixtureRequest, postgres_server: object, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Lab]:
    require_machines()
    request.param.require()
    from meeting_pipeline_tests.postgres import PostgresServer

    assert isinstance(postgres_server, PostgresServer)
    url = postgres_server.url(postgres_server.create())
    folder = tmp_path_factory.mktemp("lab")
    with opened_lab(folder, url, request.param(free_port(), folder / "broker")) as lab:
        yield lab


def under_way(control: System, dropped: Dropped) -> dict[str, str]:
    """The live lease of a recording, once a worker asks its questions; empty before."""
    row = control.recording(dropped)
    if not row or row["stage"] != "extracting":
        return {}
    found = control.rows(
        "SELECT run_id, host FROM run_leases WHERE recording_key = :key AND state = 'live'", key=row["key"]
    )
    return found[0] if found else {}


def first_under_way(control: System, among: list[Dropped]) -> tuple[Dropped, dict[str, str]] | None:
    """A recording that a worker is asking about, and its lease."""
    return next(((each, lease) for each in among if (lease := under_way(control, each))), None)


def first_asked_about(control: System, among: list[Dropped]) -> tuple[Dropped, dict[str, str]] | None:
    """The same, once the provider has questions about it."""
    asked = [each for each in among if under_way(control, each) and questions(control, control.key(each))]
    return first_under_way(control, asked)


def in_the_ui(lab: Lab, _key: str, lease: dict[str, str]) -> None:
    lab.control.ui.terminate(lease["run_id"])


def by_the_api(lab: Lab, key: str, _lease: dict[str, str]) -> None:
    httpx.post(
        f"{lab.control.api_url}/v1/recordings/{key}:cancel", timeout=RESPONSE_SECONDS, trust_env=False
    ).raise_for_status()


def by_the_command_elsewhere(lab: Lab, key: str, _lease: dict[str, str]) -> None:
    """On a machine where no system runs."""
    command = lab.control.command("cancel", key)
    done = subprocess.run(command, env=at_a_desk(lab), capture_output=True, text=True, timeout=PATIENCE_SECONDS)
    assert done.returncode == 0, done.stdout + done.stderr


def at_a_desk(lab: Lab) -> dict[str, str]:
    """The environment of commands on a machine that only has the database."""
    return lab.control.environment({"MEETING_PIPELINE_HOME": str(lab.control.home.with_name("desk"))})


def questions(control: System, key: str) -> int:
    """How many questions about a recording were sent to the provider, answered or not."""
    return int(control.rows("SELECT count(*) AS n FROM paid_answers WHERE recording_key = :key", key=key)[0]["n"])


def asked_twice(control: System) -> list[object]:
    """Questions that were answered, and paid for, more than once."""
    rows = control.rows("SELECT recording_key, question_hash FROM paid_answers WHERE state = 'answered'")
    return [one for one, count in Counter(tuple(row.values()) for row in rows).items() if count > 1]


def test_a_worker_with_another_key_or_without_shared_settings_is_refused(lab: Lab) -> None:
    command = lab.control.command("worker")
    home = str(lab.control.home.with_name("refused"))
    other = lab.control.environment(
        {
            "MEETING_PIPELINE_HOME": home,
            "MEETING_PIPELINE_ENCRYPTION_KEY": "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
        }
    )
    refused = subprocess.run(command, env=other, capture_output=True, text=True, timeout=PATIENCE_SECONDS)
    assert (refused.returncode, "wrong_encryption_key" in refused.stderr) == (2, True), refused.stderr
    del other["MEETING_PIPELINE_ENCRYPTION_KEY"]
    refused = subprocess.run(command, env=other, capture_output=True, text=True, timeout=PATIENCE_SECONDS)
    assert (refused.returncode, "Fernet.generate_key" in refused.stderr) == (2, True), refused.stderr


def test_twelve_mixed_recordings_survive_a_killed_worker_an_emptied_broker_and_a_cancellation(lab: Lab) -> None:
    control, outside = lab.control, lab.control.outside
    outside.providers.settings(llm_seconds=AN_HOUR)
    subprocess.run(
        control.command("init"), env=at_a_desk(lab), check=True, capture_output=True, timeout=PATIENCE_SECONDS
    )
    one, two = lab.worker("worker-one").start(), lab.worker("worker-two").start()
    one.wait_until_ready()
    two.wait_until_ready()
    dropped = [control.drop(f"sound-{n}.wav", media.wav(f"machines {n}"), hook=f"sound-{n}") for n in range(8)]
    dropped += [
        control.drop(f"export-{n}.vtt", media.vtt(("Dana", f"We decided on plan {n}.")).encode(), hook=f"export-{n}")
        for n in range(4)
    ]
    left = list(dropped)
    cancelled_after: dict[str, float] = {}
    asked_then: dict[str, int] = {}
    chosen: list[Dropped] = []
    began = time.monotonic()
    subprocess.run(
        control.command("list"), env=at_a_desk(lab), check=True, capture_output=True, timeout=PATIENCE_SECONDS
    )
    start_of_a_command = time.monotonic() - began
    for way in (in_the_ui, by_the_api, by_the_command_elsewhere):  # each on a run of another machine
        one_of_them, run = control.wait_for(lambda: first_asked_about(control, left), "a recording that is asked about")
        began = time.monotonic()
        way(lab, control.key(one_of_them), run)
        control.wait_until_over(one_of_them)
        cancelled_after[way.__name__] = round(time.monotonic() - began, 1)
        assert control.recording(one_of_them)["error_code"] == "cancelled"
        asked_then[control.key(one_of_them)] = questions(control, control.key(one_of_them))
        left.remove(one_of_them)
        chosen.append(one_of_them)
    print(f"cancelled after {cancelled_after} s; a command takes {start_of_a_command:.1f} s to start and list")  # noqa: T201 - figures of the proof

    # The broker forgets everything while runs are healthy.
    outside.providers.settings(llm_seconds=15.0)
    control.wait_for(lambda: any(under_way(control, each) for each in left), "work")
    lab.broker.kill()
    lab.broker.forget()
    lab.broker.start()
    control.wait_for(lambda: any(under_way(control, each) for each in left), "work goes on")
    assert [row["worker_losses"] for row in control.rows("SELECT worker_losses FROM recordings")] == [0] * len(dropped)

    # A whole worker machine dies.
    busy = control.wait_for(
        lambda: next((found for each in left if (found := under_way(control, each))), None), "a busy worker"
    )
    (one if busy["host"].startswith("worker-one") else two).kill()

    control.wait_until_over(*dropped)
    for each in dropped:
        control.wait_until_told(each.hook)
    assert max(cancelled_after.values()) < CANCELLED_SECONDS + start_of_a_command
    outcomes = {each.name: control.recording(each)["status"] for each in dropped}
    assert outcomes == {each.name: "failed" if each in chosen else "completed" for each in dropped}
    assert [len(outside.orders(each.sha256)) for each in dropped] == [1] * 8 + [0] * 4
    assert asked_twice(control) == []
    assert {key: questions(control, key) for key in asked_then} == asked_then, "nothing was asked after a cancellation"
    told = {each.name: {body["event_id"] for body in outside.told(each.hook)} for each in dropped}
    assert {name: len(events) for name, events in told.items()} == {each.name: 1 for each in dropped}
    hosts = {
        row["host"].partition("-")[0] for row in control.rows("SELECT host FROM run_leases WHERE run_id LIKE '%/task'")
    }
    assert hosts == {"worker"}, "the control machine processed none"
    for machine in (one, two):
        odd = [line for line in machine.output().splitlines() if not line.startswith("{")]
        assert odd == [], "each line of a worker's log is a JSON object"
