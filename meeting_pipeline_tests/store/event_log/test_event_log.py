"""One order over the events of all recordings: none is skipped or repeated, whatever the commit order."""

import contextlib
import random
import threading

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import func, select, text, update

from meeting_pipeline.store.engine.context import StoreContext
from meeting_pipeline.store.engine.database import Database
from meeting_pipeline.store.engine.row_helpers import add_event, locked_recording
from meeting_pipeline.store.engine.secrets import Cipher
from meeting_pipeline.store.event_log.event_log import BEGINNING, FeedEvent, Position
from meeting_pipeline.store.store import Store
from meeting_pipeline.store.tables import FeedEntry, Recording
from meeting_pipeline_tests.store.samples import (
    START,
    Clock,
    Journey,
    completed,
    failed,
    new_recording,
    race_processes,
    render,
    summary,
)

ON_POSTGRES = pytest.mark.parametrize(
    "store_url", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True
)
SECRET = Fernet.generate_key().decode()


def everything(store: Store, limit: int = 7) -> list[FeedEvent]:
    """The whole feed, page by page."""
    found: list[FeedEvent] = []
    while page := store.feed.after(found[-1].position if found else BEGINNING, limit):
        found += page
    return found


def pairs(events: list[FeedEvent]) -> list[tuple[str, int]]:
    return [(event.key, event.seq) for event in events]


def stored(store: Store) -> set[tuple[str, int]]:
    return {
        (row.key, event.seq) for row in store.recordings.list(limit=500) for event in store.recordings.events(row.key)
    }


def accept(store: Store, number: int) -> str:
    return store.recordings.accept(new_recording(number)).key


def test_every_event_is_in_the_feed_once_and_in_order(store: Store) -> None:
    completed(store, 1)
    failed(store, 2)
    found = pairs(everything(store))
    assert set(found) == stored(store)
    assert len(found) == len(set(found))
    for key in {key for key, _ in found}:
        numbers = [seq for name, seq in found if name == key]
        assert numbers == list(range(1, len(numbers) + 1))


def test_an_event_says_where_the_recording_was_after_it(store: Store) -> None:
    journey = completed(store)
    shown = [(event.type, event.status, event.stage) for event in everything(store)]
    assert shown[0] == ("accepted", "pending", "ready")
    assert ("run_started", "processing", "queued") in shown
    assert ("stage", "processing", "extracting") in shown
    assert shown[-1] == ("completed", "completed", "done")
    assert [(row.status, row.stage) for row in store.feed.of(journey.key, 0, 100)] == [found[1:] for found in shown]


def test_a_recording_that_was_refused_says_so_from_its_first_event(store: Store, clock: Clock) -> None:
    from meeting_pipeline.domain.record import Problem
    from meeting_pipeline.domain.sidecar_options import SidecarOptions

    store.recordings.refuse("bad.txt", SidecarOptions(), "api", clock().date(), Problem("no_speech", "Nobody speaks."))
    assert [(event.type, event.status, event.stage) for event in everything(store)] == [
        ("refused", "failed", "done"),
        ("failed", "failed", "done"),
    ]


def test_whoever_follows_from_the_horizon_gets_what_comes_later_and_nothing_else(store: Store) -> None:
    accept(store, 1)
    place = store.feed.horizon()
    assert store.feed.after(place, 10) == []
    key = accept(store, 2)
    assert pairs(store.feed.after(place, 10)) == [(key, 1)]


def test_what_was_undone_leaves_nothing_in_the_feed(store: Store) -> None:
    key = accept(store, 1)
    with pytest.raises(Undone):
        write_one(store, key, undo=True)
    completed(store, 2)
    assert set(pairs(everything(store))) == stored(store)


def test_a_deleted_recording_takes_its_entries_along_and_its_key_may_come_again(store: Store) -> None:
    journey = failed(store, 1)
    other = accept(store, 2)
    before = everything(store)
    store.deletions.delete(journey.key, "a person")
    told = store.feed.after(before[-1].position, 10)
    assert [(event.key, event.seq, event.type, event.at) for event in told] == [(journey.key, 0, "deleted", None)]
    assert pairs(everything(store)) == [(other, 1), (journey.key, 0)]
    assert accept(store, 1) == journey.key
    assert [(event.type, event.seq) for event in store.feed.after(told[-1].position, 10)] == [("accepted", 1)]


def test_progress_says_when_nothing_more_is_to_come(store: Store, clock: Clock) -> None:
    journey = Journey(store).accept().begin().collect().answer(summary())
    assert store.feed.progress("2025-03-14-none-00000000") is None
    assert over(store, journey) is False
    store.results.store_minutes(journey.key, journey.run_id, "hash")
    store.lifecycle.complete(journey.key, journey.run_id)
    assert over(store, journey) is False, "its run has not ended"
    store.leases.end(journey.run_id)
    assert over(store, journey) is True
    store.lifecycle.begin(journey.key, "again", collecting=False)
    assert over(store, journey) is False, "a person has it made again"
    journey.run_id = "again"
    journey.answer(summary("Another view."))
    store.leases.end("again")
    assert over(store, journey) is False, "what changed is still to be told"


def over(store: Store, journey: Journey) -> bool:
    progress = store.feed.progress(journey.key)
    assert progress is not None
    assert progress.last_seq == len(store.recordings.events(journey.key))
    return progress.over


def test_a_place_that_is_still_to_come_is_not_known(store: Store) -> None:
    accept(store, 1)
    [event] = everything(store)
    assert store.feed.knows(BEGINNING)
    assert store.feed.knows(event.position)
    assert store.feed.knows(store.feed.horizon())
    assert not store.feed.knows(Position(event.position.transaction + 1_000_000, 0))


@ON_POSTGRES
def test_nothing_settles_before_an_older_transaction_has_ended(store: Store) -> None:
    """Two transactions commit in reverse order: the event of the younger one waits for that of the older one."""
    slow, quick = accept(store, 1), accept(store, 2)
    start = store.feed.horizon()
    with store.database.write() as session:
        add_event(session, locked_recording(session, slow), "waiting", START)
        session.flush()
        with store.database.write() as other:
            add_event(other, locked_recording(other, quick), "waiting", START)
        assert store.feed.after(start, 10) == []
        [early] = store.feed.visible(start, 10)
        assert (early.key, early.seq, early.settled) == (quick, 2, False)
    assert pairs(store.feed.after(start, 10)) == [(slow, 2), (quick, 2)]
    assert all(event.settled for event in store.feed.visible(start, 10))


@ON_POSTGRES
def test_an_event_never_comes_before_an_earlier_one_of_its_recording(store: Store) -> None:
    """A transaction may get its number before it gets the recording's lock."""
    key, other = accept(store, 1), accept(store, 2)
    start = store.feed.horizon()
    with store.database.write() as older:
        older.execute(update(Recording).where(Recording.key == other).values(title="Other"))
        with store.database.write() as younger:
            add_event(younger, locked_recording(younger, key), "first", START)
        add_event(older, locked_recording(older, key), "second", START)
    found = store.feed.after(start, 10)
    assert [event.type for event in found] == ["first", "second"]


@ON_POSTGRES
def test_a_database_that_was_moved_to_another_server_is_read_on(store: Store) -> None:
    key = accept(store, 1)
    with store.database.write() as session:  # as if the old server had reached higher numbers
        session.execute(update(FeedEntry).values(transaction=FeedEntry.transaction + 10**9))
    assert everything(store) == []
    store.feed.take_over()
    store.lifecycle.request_runs(1)
    assert pairs(everything(store)) == [(key, 1), (key, 2)]


@ON_POSTGRES
def test_a_write_wakes_whoever_listens_once(store: Store) -> None:
    with store.database.engine.connect() as connection:
        connection = connection.execution_options(isolation_level="AUTOCOMMIT")
        connection.execute(text("LISTEN meeting_pipeline_feed"))
        key = accept(store, 1)
        with store.database.write() as session:
            row = locked_recording(session, key)
            for _ in range(3):
                add_event(session, row, "waiting", START)
        connection.execute(text("SELECT 1"))
        driver = connection.connection.driver_connection
        assert driver is not None
        driver.poll()
        assert len(driver.notifies) == 2, "one word for each transaction"


class Undone(Exception):
    """Rolls back a transaction."""


def write_one(store: Store, key: str, count: int = 1, *, undo: bool = False, wait: random.Random | None = None) -> None:
    with store.database.write() as session:
        row = locked_recording(session, key)
        for _ in range(count):
            add_event(session, row, "waiting", START)
        if wait is not None and not store.database.sqlite:
            session.execute(text("SELECT pg_sleep(:s)"), {"s": wait.choice([0, 0, 0.002, 0.02])})
        if undo:
            raise Undone


def write_some(argument: str) -> str:
    """In a separate process, write events of all recordings in transactions of varying length; roll some back."""
    url, count = argument.split("|")
    store = Store(StoreContext(Database(url), Cipher(SECRET)), render)
    keys = [new_recording(number).key for number in range(int(count))]
    chosen = random.SystemRandom()
    for _ in range(25):
        with contextlib.suppress(Undone):
            write_one(store, chosen.choice(keys), chosen.randint(1, 3), undo=chosen.random() < 0.1, wait=chosen)
    store.close()
    return "done"


def test_a_reader_misses_nothing_that_many_processes_write_at_once(store_url: str) -> None:
    store = Store(StoreContext(Database(store_url), Cipher(SECRET)), render)
    for number in range(3):
        accept(store, number)
    ended = threading.Event()
    found: list[FeedEvent] = []

    def follow() -> None:
        place = BEGINNING
        while True:
            last = ended.is_set()
            page = store.feed.after(place, 5)
            found.extend(page)
            place = page[-1].position if page else place
            if last and not page:
                return

    reader = threading.Thread(target=follow)
    reader.start()
    try:
        assert race_processes(4, write_some, f"{store_url}|3") == ["done"] * 4
    finally:
        ended.set()
        reader.join(300)
    seen = pairs(found)
    with store.database.read() as session:
        assert len(seen) == session.scalar(select(func.count()).select_from(FeedEntry))
    assert len(seen) == len(set(seen))
    for key in {key for key, _ in seen}:
        numbers = [seq for name, seq in seen if name == key]
        assert numbers == list(range(1, len(numbers) + 1))
    assert set(seen) == stored(store)
    store.close()
