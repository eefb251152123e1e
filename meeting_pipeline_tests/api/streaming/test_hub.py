"""Queues, their limits, and the single reader that fills them."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from meeting_pipeline.api import policies
from meeting_pipeline.api.app import build_app
from meeting_pipeline.api.dependencies import Service
from meeting_pipeline.api.schemas.problems import ApiError
from meeting_pipeline.api.streaming.event_ids import read_position, write_position
from meeting_pipeline.api.streaming.hub import Feed, StreamedEvent, Subscription
from meeting_pipeline.api.streaming.reader import FeedReader
from meeting_pipeline.domain.errors import StoreUnavailable
from meeting_pipeline.installation import Installation
from meeting_pipeline.store.event_log.event_log import BEGINNING, Position
from meeting_pipeline_tests.processor_time import assert_within
from meeting_pipeline_tests.store.samples import Journey, completed


@pytest.fixture
def service(installation: Installation) -> Service:
    return Service(installation, guarded=False)


def readers() -> int:
    return sum(1 for thread in threading.enumerate() if thread.name == "feed-reader")


def run(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(asyncio.wait_for(work(), 60))


async def until(look: Callable[[], object]) -> None:
    while not look():
        await asyncio.sleep(0.01)


@pytest.mark.parametrize("position", [BEGINNING, Position(0, 7), Position(731, 12), Position(10**17, 10**17)])
def test_an_id_stands_for_a_place(position: Position) -> None:
    assert read_position(write_position(position)) == position


@pytest.mark.parametrize("text", ["", "x", "MC4", "Lg", "LTEuMQ", "MS4y.", "é", "A" * 100])
def test_what_is_no_id_is_refused(text: str) -> None:
    with pytest.raises(ApiError) as caught:
        read_position(text)
    assert caught.value.code == "bad_last_event_id"


def test_one_thread_reads_for_all_and_only_while_somebody_listens(service: Service) -> None:
    before = readers()

    async def work() -> None:
        feed = Feed(service)
        with feed.subscribed(None), feed.subscribed("2025-03-14-weekly-00000001"), feed.subscribed(None):
            await feed.ready()
            assert (readers(), feed.streams) == (before + 1, 3)
        assert feed.streams == 0
        await until(lambda: readers() == before)
        with feed.subscribed(None):
            await feed.ready()
            assert readers() == before + 1
        await until(lambda: readers() == before)

    run(work)


def test_each_client_gets_what_it_follows(service: Service) -> None:
    store = service.installation.store

    async def work() -> None:
        feed = Feed(service)
        journey, other = Journey(store, number=1).accept(), Journey(store, number=2).accept()
        with feed.subscribed(None) as everything, feed.subscribed(journey.key) as one:
            await feed.ready()
            await asyncio.to_thread(completed, store, 3)
            await asyncio.to_thread(journey.begin)
            await asyncio.to_thread(other.begin)
            got: list[StreamedEvent] = []
            mine: list[StreamedEvent] = []

            def came() -> bool:
                got.extend(everything.take())
                mine.extend(one.take())
                return len(got) == sum(len(store.recordings.events(row.key)) for row in store.recordings.list()) - 2

            await until(came)
            assert len(mine) == len(store.recordings.events(journey.key)) - 1
            assert {told.data.split('"')[3] for told in mine} == {journey.key}
            assert [told.position for told in got] == sorted(told.position for told in got)

    run(work)


def test_more_streams_than_there_is_room_for_are_told_to_come_again(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(policies, "EVENTS_STREAMS", 0)
    with TestClient(build_app(service), base_url="http://127.0.0.1:3001") as client:
        answer = client.get("/v1/events")
    assert (answer.status_code, answer.json()["code"]) == (503, "too_many_streams")
    assert answer.headers["content-type"] == "application/problem+json"
    assert "Retry-After" in answer.headers


def test_a_service_that_ends_takes_no_new_streams_and_ends_those_it_has(service: Service) -> None:
    async def work() -> None:
        feed = Feed(service)
        with feed.subscribed(None) as subscription:
            await feed.ready()
            service.stopping.set()
            await until(lambda: subscription.ended)
            with pytest.raises(ApiError) as caught, feed.subscribed(None):
                pass
            assert (caught.value.status, caught.value.code) == (503, "shutting_down")

    run(work)


def test_a_queue_that_is_full_is_dropped_and_says_so(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(policies, "EVENTS_QUEUE", 3)
    completed(installation.store)
    told = [StreamedEvent(event) for event in installation.store.feed.after(BEGINNING, 5)]
    called: list[bool] = []

    async def work() -> None:
        subscription = Subscription(None)
        subscription.on_overflow = lambda: called.append(subscription.overflowed)
        for one in told:
            subscription.put(one)
        assert (called, subscription.take()) == ([True], [])
        subscription.restart()
        subscription.put(told[0])
        assert (subscription.overflowed, subscription.take()) == (False, told[:1])

    run(work)


def test_while_the_database_is_away_nobody_can_begin_and_afterwards_everybody(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> Position:
        raise StoreUnavailable("database_unreachable", "It is away.")

    async def work() -> None:
        feed = Feed(service)
        with monkeypatch.context() as patched:
            patched.setattr(service.installation.store.feed, "horizon", away)
            with feed.subscribed(None), pytest.raises(StoreUnavailable):
                await feed.ready()
        with feed.subscribed(None):
            await feed.ready()

    run(work)


@pytest.mark.slow
def test_a_database_that_goes_away_for_a_while_costs_no_event(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = service.installation.store
    real, broken, failed = store.feed.visible, threading.Event(), threading.Event()

    def sometimes(position: Position, limit: int) -> Any:
        if broken.is_set():
            failed.set()
            raise StoreUnavailable("database_unreachable", "It is away.")
        return real(position, limit)

    monkeypatch.setattr(store.feed, "visible", sometimes)

    async def work() -> None:
        feed = Feed(service)
        with feed.subscribed(None) as subscription:
            await feed.ready()
            broken.set()
            journey = await asyncio.to_thread(completed, store)
            failed.clear()
            await until(failed.is_set)  # the reader has tried again since the last event
            broken.clear()
            got: list[StreamedEvent] = []

            def got_all() -> bool:
                got.extend(subscription.take())
                return len(got) == len(store.recordings.events(journey.key))

            await until(got_all)
            assert [told.seq for told in got] == list(range(1, len(got) + 1))

    run(work)


def test_a_reader_that_breaks_sends_its_clients_back(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(_self: FeedReader) -> float:
        raise ValueError("a fault of ours")

    async def work() -> None:
        feed = Feed(service)
        with monkeypatch.context() as patched, feed.subscribed(None) as subscription:
            patched.setattr(FeedReader, "_read", breaks)
            await until(lambda: subscription.ended)
        with feed.subscribed(None) as subscription:
            await feed.ready()
            await asyncio.sleep(0.1)
            assert not subscription.ended

    run(work)


@pytest.mark.slow
def test_a_silent_stream_says_that_it_is_alive_and_ends_after_its_hour(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(policies, "EVENTS_HEARTBEAT_SECONDS", 0.1)
    monkeypatch.setattr(policies, "EVENTS_STREAM_SECONDS", 4.0)
    key = Journey(service.installation.store).accept().key
    with TestClient(build_app(service), base_url="http://127.0.0.1:3001") as client:
        answer = client.get(f"/v1/recordings/{key}/events")
    assert answer.text.startswith("retry: ")
    assert answer.text.count(": still here\n\n") >= 2
    assert "event: accepted" in answer.text
    assert "event: end" not in answer.text


def test_a_token_follows_its_recording_and_not_all(service: Service) -> None:
    store = service.installation.store
    journey, other = completed(store, 1), completed(store, 2)
    headers = {"Authorization": f"Bearer {store.api_keys.create('reader', 'read').key}"}
    with TestClient(build_app(service), base_url="http://127.0.0.1:3001") as client:
        path = f"/v1/recordings/{journey.key}"
        assert client.get(f"{path}/events").status_code == 401
        token = client.post(f"{path}/token", headers=headers).json()["token"]
        assert "event: end" in client.get(f"{path}/events?token={token}").text
        assert client.get(f"/v1/recordings/{other.key}/events?token={token}").status_code == 401
        assert client.get(f"/v1/events?token={token}").json()["code"] == "unknown_parameter"
        assert "event: end" in client.get(f"{path}/events", headers=headers).text


def test_a_look_at_an_idle_database_costs_next_to_nothing(installation: Installation, tmp_path: Path) -> None:
    from meeting_pipeline.store.event_log.watch import FeedWatch

    watch = FeedWatch(installation.store.database)
    with watch:
        # A millisecond each would be far too much.
        assert_within(1.0, lambda: [watch._read_version() for _ in range(1000)])
    watch.close()
