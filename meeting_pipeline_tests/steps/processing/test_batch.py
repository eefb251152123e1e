"""The loop over many recordings, without Dagster."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from meeting_pipeline.domain.errors import StoreUnavailable, WorkerFenced
from meeting_pipeline.domain.recording import Stage
from meeting_pipeline.domain.result_kinds import ResultKind
from meeting_pipeline.foundation.interruptible import StopEvent
from meeting_pipeline.installation import Installation
from meeting_pipeline.steps.delivery.finish import Finished
from meeting_pipeline.steps.processing import batch as module
from meeting_pipeline.steps.processing import one_recording, stages
from meeting_pipeline.steps.processing.batch import Ended, ProcessingEvent, process_batch
from meeting_pipeline.steps.processing.one_recording import Item
from meeting_pipeline.store.tables import Recording
from meeting_pipeline_tests.fakes.control import Providers
from meeting_pipeline_tests.installations import TALK, OpenWith, accepted, drop, take_all
from meeting_pipeline_tests.webhooks.servers import serving_in_a_thread

ASK = "POST /v1/responses"


class Leases:
    """Hands out leases as a worker does, without a heartbeat."""

    def __init__(self, installation: Installation) -> None:
        self._store = installation.store
        self.fenced = False

    def may_start(self) -> bool:
        return not self.fenced

    @contextmanager
    def one_of_batch(self, key: str, number: int, *, collecting: bool, request: int | None) -> Iterator[str]:
        if self.fenced:
            raise WorkerFenced("run")
        lease = f"run/{number}"
        self._store.lifecycle.begin(key, lease, collecting=collecting, request=request)
        try:
            yield lease
        finally:
            self._store.leases.end(lease)


def items(installation: Installation, *names: str) -> list[Item]:
    """Requested recordings."""
    for name in names:
        accepted(installation, f"{name}.vtt", f"{TALK}\nNOTE {name}\n")
    tickets = installation.store.lifecycle.request_runs(50)
    return [Item(one.key, number, ResultKind.names(), one.request) for number, one in enumerate(tickets)]


def row(installation: Installation, item: Item) -> Recording:
    return installation.store.recordings.get(item.key)


def outcomes(found: list[ProcessingEvent]) -> dict[str, str]:
    return {one.item.key: one.what.outcome for one in found if isinstance(one.what, Ended)}


def test_each_recording_tells_its_stages_in_order_and_then_its_end(paid: Installation, providers: Providers) -> None:
    batch = items(paid, "a", "b")
    found = list(process_batch(paid, batch, Leases(paid), calls=4))
    for item in batch:
        told = [type(one.what).__name__ for one in found if one.item is item]
        assert told == ["Transcribed", "Extractions", "Finished", "Ended"]
    assert outcomes(found) == dict.fromkeys((item.key for item in batch), "available")


def test_more_recordings_than_places_are_all_processed(paid: Installation, providers: Providers) -> None:
    batch = items(paid, *"abcde")
    found = list(process_batch(paid, batch, Leases(paid), calls=2))
    assert outcomes(found) == dict.fromkeys((item.key for item in batch), "available")


def test_a_database_that_stays_away_ends_all_of_it_and_gives_nothing_up(
    paid: Installation, providers: Providers, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: Any) -> None:
        raise StoreUnavailable("database_busy", "It is busy.")

    batch = items(paid, *"abcd")
    monkeypatch.setattr(stages, "finish", away)
    with pytest.raises(StoreUnavailable):
        list(process_batch(paid, batch, Leases(paid), calls=1))
    stage = [row(paid, item).stage for item in batch]
    assert set(stage) <= {Stage.EXTRACTING, Stage.QUEUED}
    assert {row(paid, item).attempts for item in batch} == {0}
    assert paid.store.lease_watch.live_workers() == []


def test_a_caller_that_stops_begins_nothing_more(paid: Installation, providers: Providers) -> None:
    batch = items(paid, *"abcd")
    happening = process_batch(paid, batch, Leases(paid), calls=1)
    next(happening)
    happening.close()
    assert Stage.QUEUED in [row(paid, item).stage for item in batch]
    assert paid.store.lease_watch.live_workers() == []


def test_a_webhook_that_is_being_sent_when_the_run_is_ended_is_due_at_once(
    open_with: OpenWith, providers: Providers
) -> None:
    installation = open_with(**providers.environment())
    with hanging_receiver() as (url, reached):
        drop(installation, "a.vtt", TALK, webhook_url=url)
        take_all(installation)
        [ticket] = installation.store.lifecycle.request_runs(5)
        happening = process_batch(
            installation, [Item(ticket.key, 0, ResultKind.names(), ticket.request)], Leases(installation), calls=1
        )
        while not isinstance(next(happening).what, Finished):
            pass
        reached.wait()
        happening.close()
        assert installation.store.recordings.get(ticket.key).status == "completed"
        assert installation.store.deliveries.due() == 1, "nobody waits for a lease"
        assert [(sent.state, sent.attempts) for sent in installation.store.deliveries.list()] == [("pending", 0)]


@contextmanager
def hanging_receiver() -> Iterator[tuple[str, threading.Event]]:
    """A receiver that answers nothing; and what is set once a delivery has reached it."""
    reached = threading.Event()

    async def hangs(writer: asyncio.StreamWriter) -> None:
        reached.set()
        await asyncio.Event().wait()

    with serving_in_a_thread(hangs) as raw:
        yield f"http://127.0.0.1:{raw.ports['127.0.0.1']}/hook", reached


def test_a_wait_between_two_attempts_ends_when_the_run_does(
    paid: Installation, providers: Providers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(one_recording, "_wait_s", lambda *_: 3600.0)
    stopped = StopEvent()
    batch = items(paid, "a")
    providers.fault(ASK, "status", status=500, times=-1)
    happening = process_batch(paid, batch, Leases(paid), calls=1, stopped=stopped)
    next(happening)
    stopped.set()
    assert outcomes(list(happening)) == {batch[0].key: "stopped"}
    assert row(paid, batch[0]).stage == Stage.EXTRACTING, "recovery gives it to another run"


def test_a_worker_that_lost_its_lease_begins_nothing(paid: Installation, providers: Providers) -> None:
    batch, leases = items(paid, "a"), Leases(paid)
    leases.fenced = True
    assert outcomes(list(process_batch(paid, batch, leases, calls=1))) == {batch[0].key: "taken_away"}
    assert row(paid, batch[0]).stage == Stage.QUEUED


def test_a_run_that_is_over_buys_nothing_more(paid: Installation, providers: Providers) -> None:
    stopped = StopEvent()
    batch = items(paid, "a")
    happening = process_batch(paid, batch, Leases(paid), calls=1, stopped=stopped)
    stopped.set()
    assert outcomes(list(happening)) == {batch[0].key: "stopped"}
    assert row(paid, batch[0]).stage == Stage.QUEUED
    assert providers.ledger()["llm_calls"] == []


def test_a_bug_in_the_loop_itself_ends_its_recording_and_not_the_others(
    paid: Installation, providers: Providers, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = items(paid, "a", "b")

    def word(happened: Any) -> str:
        if getattr(getattr(happened, "record", None), "key", "") == batch[0].key:
            raise KeyError("a bug")
        return "fine"

    def give_back(*_: Any) -> None:
        raise KeyError("another")

    monkeypatch.setattr(module, "_word", word)
    monkeypatch.setattr(module._Batch, "_give_back", give_back)
    found = list(process_batch(paid, batch, Leases(paid), calls=2))
    assert outcomes(found) == {batch[0].key: "error", batch[1].key: "fine"}


@pytest.mark.parametrize("place", ["finish", "deliver_webhook"])
def test_a_library_that_ends_its_thread_ends_its_recording_and_not_the_others(
    paid: Installation, providers: Providers, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    batch = items(paid, "a", "b")
    where = stages if place == "finish" else module
    real = getattr(where, place)

    def quit_one(installation: Installation, one: Any, *more: Any) -> Any:
        if getattr(one, "key", one) == batch[0].key:
            raise SystemExit(3)
        return real(installation, one, *more)

    monkeypatch.setattr(where, place, quit_one)
    found = list(process_batch(paid, batch, Leases(paid), calls=2))
    assert outcomes(found) == {batch[0].key: "error", batch[1].key: "available"}
    [bug] = [one.what.bug for one in found if isinstance(one.what, Ended) and one.what.bug is not None]
    assert "SystemExit" in str(bug)
    expected = (Stage.READY, "internal_error") if place == "finish" else (Stage.DONE, None)
    assert (row(paid, batch[0]).stage, row(paid, batch[0]).error_code) == expected
    assert paid.store.lease_watch.live_workers() == []


def test_a_thread_that_cannot_be_started_ends_the_run_without_waiting_for_the_others(
    paid: Installation, providers: Providers, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped, started = StopEvent(), threading.Thread.start

    class Slow(Leases):
        def one_of_batch(self, key: str, number: int, *, collecting: bool, request: int | None) -> Any:
            stopped.wait(10)
            return super().one_of_batch(key, number, collecting=collecting, request=request)

    def start_one(thread: threading.Thread) -> None:
        if thread.name == "recording_1":
            raise RuntimeError("can't start new thread")
        started(thread)

    monkeypatch.setattr(threading.Thread, "start", start_one)
    batch = items(paid, *"abc")
    with pytest.raises(RuntimeError, match="can't start new thread"):
        list(process_batch(paid, batch, Slow(paid), calls=2, stopped=stopped))
    assert [row(paid, item).stage for item in batch[1:]] == [Stage.QUEUED] * 2
    assert row(paid, batch[0]).stage != Stage.DONE
    assert paid.store.lease_watch.live_workers() == []
