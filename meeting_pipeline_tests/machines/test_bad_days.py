"""Sixty recordings on three worker machines, and something breaks every twenty seconds.

Each recording ends once, is told of once, and nothing is bought twice. Minutes long: `make machines`, not `make test`.
The variables RECORDINGS, ROUNDS and SEED change it.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import httpx
import pytest

from meeting_pipeline_tests.machines import faults
from meeting_pipeline_tests.machines.brokers import Broker, RabbitMQ, Redis
from meeting_pipeline_tests.machines.lab import Lab, opened_lab, require_machines
from meeting_pipeline_tests.machines.test_machines import asked_twice
from meeting_pipeline_tests.object_storage import KEY, ObjectStorage
from meeting_pipeline_tests.object_storage import SECRET as STORAGE_SECRET
from meeting_pipeline_tests.ports import free_port
from meeting_pipeline_tests.postgres import PostgresServer
from meeting_pipeline_tests.scenario import media
from meeting_pipeline_tests.scenario.system import RESPONSE_SECONDS, SECRET, Dropped, System

pytestmark = [pytest.mark.chaos, pytest.mark.processes, pytest.mark.timeout(3600)]
RECORDINGS = int(os.environ.get("RECORDINGS", "60"))
"""A quarter each: sound and exports in the drop folder, sound in a bucket, and sound that is uploaded."""
ROUNDS = int(os.environ.get("ROUNDS", "2"))
"""How often each fault happens. The control machine is killed in the first round only."""
SEED = int(os.environ.get("SEED", "1"))
FAULT_SECONDS = 20.0
SETTLE_SECONDS = 1500.0


@pytest.fixture(params=[Redis, RabbitMQ])
def lab(
    request: pytest.FixtureRequest, postgres_server: PostgresServer, object_storage: ObjectStorage, tmp_path: Path
) -> Iterator[Lab]:
    require_machines()
    request.param.require()
    broker: Broker = request.param(free_port(), tmp_path / "broker")
    name = broker.url.partition(":")[0]
    settings = {
        **object_storage.environment(f"of-bad-days-{name}"),
        "MEETING_PIPELINE_INBOX_URL": f"s3://{object_storage.bucket}/{inbox_of(broker)}",
        "AWS_ACCESS_KEY_ID": KEY,
        "AWS_SECRET_ACCESS_KEY": STORAGE_SECRET,
        "AWS_REGION": "us-east-1",
    }
    with opened_lab(tmp_path, postgres_server.url(postgres_server.create()), broker, **settings) as lab:
        yield lab


def inbox_of(broker: Broker) -> str:
    """The prefix under which objects are recordings."""
    return f"inbox-of-bad-days-{broker.url.partition(':')[0]}"


def export(day: faults.Day, number: int) -> Dropped:
    """Drop a transcript."""
    talk = media.vtt(("Dana", f"We decided on plan {number}.")).encode()
    return day.lab.control.drop(f"export-{number}.vtt", talk, hook=f"export-{number}")


def sound(day: faults.Day, number: int) -> Dropped:
    """Drop a recording."""
    return day.lab.control.drop(f"sound-{number}.wav", media.wav(f"bad days {number}"), hook=f"sound-{number}")


def upload(day: faults.Day, number: int) -> Dropped:
    """Submit a recording as a CMS does."""
    content, hook = media.wav(f"uploaded {number}"), f"upload-{number}"
    answer = httpx.post(
        f"{day.lab.control.api_url}/v1/recordings",
        files={"file": (f"upload-{number}.wav", content)},
        data={
            "title": f"Uploaded {number}",
            "webhook_url": day.lab.control.outside.receiver.hook(hook),
            "webhook_secret": SECRET,
        },
        headers={"Idempotency-Key": f"bad-days-{number}"},
        timeout=RESPONSE_SECONDS,
        trust_env=False,
    )
    answer.raise_for_status()
    return Dropped(f"upload-{number}.wav", hashlib.sha256(content).hexdigest(), hook)


def put(day: faults.Day, number: int) -> Dropped:
    """Put a recording into the bucket, its sidecar first."""
    name, content, hook = f"bucket-{number}", media.wav(f"put {number}"), f"bucket-{number}"
    sidecar = {"webhook_url": day.lab.control.outside.receiver.hook(hook), "webhook_secret": SECRET}
    prefix = inbox_of(day.lab.broker)
    day.storage.put(f"{prefix}/{name}.json", json.dumps(sidecar).encode())
    day.storage.put(f"{prefix}/{name}.wav", content)
    return Dropped(f"{name}.wav", hashlib.sha256(content).hexdigest(), hook)


WAYS: Final = (sound, export, upload, put)


class Desk:
    """Somebody who submits recordings one after the other, in all ways in turn, and tries again later what is refused."""

    def __init__(self, day: faults.Day) -> None:
        self.handed_in: list[Dropped] = []
        self._day = day
        self._waiting: list[int] = []
        self._next = 0

    def add(self, count: int) -> None:
        """Have more recordings to submit."""
        more = range(self._next, min(self._next + count, RECORDINGS))
        self._waiting += more
        self._next += len(more)

    def hand_in(self) -> None:
        """Hand in what can be, and keep the rest."""
        refused = []
        for number in self._waiting:
            way = WAYS[number % len(WAYS)]
            if way is put and self._day.storage.is_stopped:
                refused.append(number)
                continue
            try:
                self.handed_in.append(way(self._day, number))
            except httpx.HTTPStatusError as error:
                if error.response.status_code != 503:
                    raise
                refused.append(number)
        self._waiting = refused


def over(control: System) -> int:
    """How many recordings have an outcome."""
    return int(control.rows("SELECT count(*) AS n FROM recordings WHERE status IN ('completed', 'failed')")[0]["n"])


def live_through(day: faults.Day) -> tuple[list[Dropped], list[str]]:
    """Break something every twenty seconds and submit the next recordings after it, until all are over.

    Returns the recordings, and what broke and how long work stood still after it.
    """
    control, desk = day.lab.control, Desk(day)
    told: list[str] = []
    left = faults.plan(day.luck, ROUNDS)
    share = -(-RECORDINGS // (len(left) + 1))
    desk.add(2 * share)  # so that work waits for every slot
    since, before = 0.0, -1
    began = time.monotonic()
    next_at = began + FAULT_SECONDS
    deadline = began + len(left) * FAULT_SECONDS + SETTLE_SECONDS
    while True:
        desk.hand_in()
        done, now = over(control), time.monotonic()
        if 0 <= before < done:
            told.append(f"  the next recording was over after {now - since:.0f} s")
            before = -1
        if done == RECORDINGS and not left and not day.later:
            return desk.handed_in, told
        if now >= deadline:
            print(*told, sep="\n")  # noqa: T201 - what led to it
            pytest.fail(f"{RECORDINGS - done} recordings have no outcome\n{control.describe()}")
        told += [f"{now - began:.0f} s, {done} over: {each}" for each in day.do_what_is_due()]
        if left and now >= next_at:
            since, before = now, done
            told.append(f"{now - began:.0f} s, {done} over: {left.pop(0)(day)}")
            desk.add(share)
            next_at = time.monotonic() + FAULT_SECONDS
        time.sleep(0.5)  # between two looks


def test_mixed_recordings_end_once_whatever_breaks(lab: Lab, object_storage: ObjectStorage) -> None:
    control, outside = lab.control, lab.control.outside
    outside.providers.settings(llm_seconds=15.0)
    workers = [lab.worker(f"worker-{n}").start() for n in (1, 2, 3)]
    for worker in workers:
        worker.wait_until_ready()
    began = time.monotonic()
    everything, told = live_through(faults.Day(lab, object_storage, workers, random.Random(SEED)))
    print(  # noqa: T201 - the proof's figures
        f"{lab.broker.url.partition(':')[0]}, seed {SEED}: {RECORDINGS} over after {time.monotonic() - began:.0f} s",
        *told,
        sep="\n",
    )
    for each in everything:
        control.wait_until_told(each.hook)
    assert {each.name: control.recording(each)["status"] for each in everything} == {
        each.name: "completed" for each in everything
    }
    orders = {each.name: len(outside.orders(each.sha256)) for each in everything}
    assert orders == {each.name: 0 if each.name.endswith(".vtt") else 1 for each in everything}
    assert asked_twice(control) == []
    for each in everything:
        bodies = [entry["body"] for entry in outside.receiver.received(each.hook)]
        assert len(set(bodies)) == 1, f"{each.name} was told of in {len(set(bodies))} different ways"
