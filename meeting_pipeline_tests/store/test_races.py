"""Everyone who may end a recording does so at the same time: one wins, one event is created, no number is skipped.

Tested with threads that share a store, and with processes that each open their own.
"""

import contextlib
import json
import random
from collections.abc import Callable

import pytest
from cryptography.fernet import Fernet

from meeting_pipeline.domain.errors import PermanentError, WorkerFenced
from meeting_pipeline.store.engine.context import StoreContext
from meeting_pipeline.store.engine.database import Database
from meeting_pipeline.store.engine.secrets import Cipher
from meeting_pipeline.store.recordings.leases import LeaseHolder
from meeting_pipeline.store.store import Store
from meeting_pipeline_tests.store.recordings.test_lifecycle import LOST, SILENCE
from meeting_pipeline_tests.store.samples import (
    HOOK,
    Clock,
    Journey,
    new_recording,
    race,
    race_processes,
    render,
    transcript,
)

NO_SPEECH = PermanentError("no_speech", "Nobody speaks.")
SEEDS = range(4)


def complete(store: Store, worker: LeaseHolder) -> object:
    return store.lifecycle.complete(str(worker.key), worker.run_id)


def fail(store: Store, worker: LeaseHolder) -> object:
    return store.lifecycle.fail(str(worker.key), worker.run_id, NO_SPEECH)


def lose(store: Store, worker: LeaseHolder) -> object:
    return store.lease_watch.revoke_silent_lease(worker) and store.recovery.requeue(str(worker.key), LOST)


def cancel(store: Store, worker: LeaseHolder) -> object:
    return store.cancelling.cancel(str(worker.key))


def stop_run(store: Store, worker: LeaseHolder) -> object:
    return store.cancelling.cancel_run(worker)


def retry(store: Store, worker: LeaseHolder) -> object:
    return store.recordings.retry(str(worker.key), needs_order=False)


def beat(store: Store, worker: LeaseHolder) -> object:
    return store.leases.heartbeat(worker.run_id)


ENDS: list[Callable[[Store, LeaseHolder], object]] = [complete, fail, lose, cancel, stop_run, retry, beat]


def attempted(end: Callable[[Store, LeaseHolder], object], store: Store, worker: LeaseHolder) -> None:
    """Try to end the recording. A worker that comes too late is fenced, which is not an error here."""
    with contextlib.suppress(WorkerFenced):
        end(store, worker)


def check(store: Store, key: str) -> None:
    """Check what must hold, no matter who won."""
    events = store.recordings.events(key)
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    told = store.deliveries.events(key)
    row = store.recordings.get(key)
    assert [event.revision for event in told] == list(range(1, row.revision + 1))
    outcomes = [event.data["revision"] for event in events if event.type in ("completed", "failed")]
    # The same failure after a retry is not sent again: its event names the revision that was sent for it.
    assert list(dict.fromkeys(outcomes)) == [event.revision for event in told]
    bodies = [json.loads(event.body) for event in told]
    # An outcome is sent only if it differs from the one before, and `completed` is final.
    assert all(before != after for before, after in zip(map(said, bodies), map(said, bodies[1:]), strict=False))
    assert "meeting.completed" not in [event.type for event in told[:-1]]
    assert len(store.deliveries.list(key=key)) == len(told), "one delivery per event"
    if row.status in ("completed", "failed"):
        assert bodies[-1]["status"] == row.status
    if row.stage == "done":
        assert row.status in ("completed", "failed")
        assert row.due_at is None


def said(body: dict[str, object]) -> tuple[object, object]:
    return body["status"], body["error"]


def settled(store: Store, key: str) -> None:
    """End all workers. The recording then starts over if it failed, and completes."""
    for worker in store.lease_watch.live_workers():
        store.leases.end(worker.run_id)
    store.recordings.retry(key, needs_order=False)
    store.recovery.requeue(key, None)
    if store.recordings.get(key).status != "completed":
        before = store.recordings.get(key).revision
        assert Journey(store, key=key, number=99).begin().collect().complete() == before + 1
    check(store, key)
    assert store.recordings.get(key).status == "completed"


@pytest.mark.parametrize("seed", SEEDS)
def test_whoever_ends_a_recording_at_the_same_moment_one_wins(store: Store, clock: Clock, seed: int) -> None:
    chosen = random.Random(seed)
    journey = Journey(store, number=seed + 1).accept(hook=HOOK)
    for _ in range(3):
        if store.recordings.get(journey.key).stage != "ready":
            break
        clock.advance(3600)
        journey.begin().collect()
        clock.advance(SILENCE)
        worker = LeaseHolder(journey.run_id, journey.key)
        order = chosen.sample(ENDS, len(ENDS))
        race(len(order), lambda index, order=order, worker=worker: attempted(order[index], store, worker))  # type: ignore[misc]  # bound defaults
        check(store, journey.key)
    settled(store, journey.key)


def end_it(argument: str) -> str:
    """In a separate process, try all ends in random order."""
    url, key, run_id, secret = argument.split("|")
    store = Store(StoreContext(Database(url), Cipher(secret)), render)
    for end in random.SystemRandom().sample(ENDS, len(ENDS)):
        attempted(end, store, LeaseHolder(run_id, key))
    store.close()
    return "done"


def test_processes_that_end_a_recording_at_the_same_moment_agree(store_url: str) -> None:
    secret = Fernet.generate_key().decode()
    store = Store(StoreContext(Database(store_url), Cipher(secret)), render)
    key = store.recordings.accept(new_recording(1, hook=HOOK)).key
    store.lifecycle.request_runs(10)
    store.lifecycle.begin(key, "run", collecting=True)
    store.results.store_transcript(key, "run", transcript(), input_hash="t")
    store.lifecycle.extracting(key, "run")
    found = race_processes(4, end_it, f"{store_url}|{key}|run|{secret}")
    assert found == ["done"] * 4
    check(store, key)
    settled(store, key)
    store.close()
