"""One clock for all processes: what one of them wrote is compared by the clock of the database, not by its own."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import Connection, text

from meeting_pipeline import policies as shared_policies
from meeting_pipeline.store import policies
from meeting_pipeline.store.engine.clock import DatabaseClock
from meeting_pipeline.store.engine.context import StoreContext
from meeting_pipeline.store.engine.database import Database
from meeting_pipeline.store.engine.secrets import Cipher
from meeting_pipeline.store.store import Store
from meeting_pipeline_tests.chaos.speed import in_time
from meeting_pipeline_tests.store.samples import OPTIONS, Journey, new_recording, render

OFF = pytest.mark.parametrize("off_s", [-90, 90])
"""A clock that is behind, and one that is ahead: by twice as much as a busy machine may take between two looks."""


class Server:
    """A server, the clocks of a machine, and the time that a query takes."""

    def __init__(self, off_s: float = 0.0) -> None:
        self.time = datetime(2026, 3, 14, 9, 0, tzinfo=UTC)
        self.machine = self.time + timedelta(seconds=off_s)
        self.monotonic_s = 1000.0
        self.half_a_trip_s = 0.0
        self.asked = 0

    def clock(self) -> DatabaseClock:
        return DatabaseClock(lambda: self.machine, lambda: self.monotonic_s)

    def pass_by(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)
        self.machine += timedelta(seconds=seconds)
        self.monotonic_s += seconds

    def execute(self, _: object) -> "Server":
        self.asked += 1
        self.pass_by(self.half_a_trip_s)
        return self

    def scalar_one(self) -> datetime:
        told = self.time
        self.pass_by(self.half_a_trip_s)
        return told

    def answer(self, clock: DatabaseClock) -> None:
        clock.measure(cast("Connection", self))


@OFF
def test_the_time_is_that_of_the_server_and_goes_on_without_it(off_s: float) -> None:
    server = Server(off_s)
    clock = server.clock()
    assert clock.is_due()
    assert clock.now() == server.machine, "until it is known"
    server.answer(clock)
    for _ in range(3):
        server.pass_by(3.0)
        assert clock.now() == server.time
        assert not clock.is_due()
    server.pass_by(policies.CLOCK_SECONDS)
    assert clock.is_due()


def test_half_of_the_round_trip_is_the_largest_error() -> None:
    server = Server(90)
    server.half_a_trip_s = 0.4
    clock = server.clock()
    server.answer(clock)
    assert clock.now() == server.time


def test_a_machine_whose_clock_is_set_asks_at_once_and_keeps_the_time() -> None:
    server = Server()
    clock = server.clock()
    server.answer(clock)
    server.machine -= timedelta(hours=1)
    assert clock.now() == server.time
    assert clock.is_due()
    server.answer(clock)
    assert not clock.is_due()
    assert clock.now() == server.time


def test_what_is_within_the_error_of_asking_is_no_change_and_what_is_beyond_it_is_adopted() -> None:
    server = Server()
    clock = server.clock()
    server.answer(clock)
    kept = server.time
    server.time += policies.CLOCK_TOLERANCE
    server.answer(clock)
    assert clock.now() == kept
    server.time += timedelta(milliseconds=1)
    server.answer(clock)
    assert clock.now() == server.time


def test_a_server_that_cannot_be_asked_is_not_asked_again_at_once() -> None:
    server = Server()
    clock = server.clock()
    assert clock.may_connect()
    clock.missed()
    assert not clock.may_connect()
    server.pass_by(policies.CLOCK_RETRY_SECONDS + 0.1)
    assert clock.may_connect()


@OFF
def test_times_of_the_database_are_converted_where_they_meet_times_of_this_machine(
    monkeypatch: pytest.MonkeyPatch, off_s: float
) -> None:
    server, cipher = Server(off_s), Cipher(Fernet.generate_key().decode())
    monkeypatch.setattr("meeting_pipeline.store.engine.context.utc_now", lambda: server.machine)
    database = cast("Database", SimpleNamespace(now=lambda: server.time))
    assert StoreContext(database, cipher).on_this_machine(server.time) == server.machine
    assert StoreContext(database, cipher, lambda: server.time).on_this_machine(server.time) == server.time


# --- the real databases -------------------------------------------------------------------------------------------------


@contextmanager
def opened(url: str, off_s: float = 0.0) -> Iterator[Store]:
    """The store of a process on a machine whose clock is off."""
    store = Store(StoreContext(Database(url), Cipher(Fernet.generate_key().decode())), render)
    store.database.clock = DatabaseClock(lambda: datetime.now(UTC) + timedelta(seconds=off_s))
    try:
        yield store
    finally:
        store.close()


def server_time(store: Store) -> datetime:
    with store.database.read() as session:
        return cast("datetime", session.scalar(text("SELECT clock_timestamp()")))


def test_a_store_on_sqlite_has_the_time_of_this_machine(tmp_path: Path) -> None:
    with opened(f"sqlite:///{tmp_path / 'meetings.sqlite3'}") as store:
        assert abs(store.context.now() - datetime.now(UTC)) < timedelta(seconds=45)
        assert not (tmp_path / "meetings.sqlite3").exists(), "nothing was asked"


@OFF
def test_a_store_on_postgres_has_the_time_of_its_server(postgres_url: str, off_s: float) -> None:
    with opened(postgres_url, off_s) as store:
        assert abs(store.context.now() - server_time(store)) < timedelta(seconds=45)
        store.recordings.accept(new_recording())
        [event, *_] = store.recordings.events(new_recording().key)
        assert abs(event.at - server_time(store)) < timedelta(seconds=45)


def test_inside_a_transaction_its_own_connection_is_asked(postgres_url: str) -> None:
    """A process whose connections are all in use must not wait for one more."""
    with opened(postgres_url) as store:
        store.database.use_at_most(2)
        with store.database.read(), store.database.write():
            store.database.clock = DatabaseClock()  # it does not know the time yet
            began = time.monotonic()
            store.database.now()
            assert in_time(time.monotonic() - began, 10), "a connection more would be waited for for 30 s"


def test_a_server_that_is_away_leaves_the_last_known_time(postgres_url: str) -> None:
    with opened(postgres_url) as store:
        before = store.context.now()
        store.database.clock._asked_s -= policies.CLOCK_SECONDS + 1
        store.database._engine = Database("postgresql+psycopg2://nobody@127.0.0.1:9/nothing").engine
        assert timedelta() <= store.context.now() - before < timedelta(seconds=10)


@OFF
def test_a_claim_is_held_by_one_of_two_workers_whose_clocks_are_apart(postgres_url: str, off_s: float) -> None:
    with opened(postgres_url) as right, opened(postgres_url, off_s) as wrong:
        journey = Journey(right).accept(needs_order=True)
        order = right.orders.open(journey.key, OPTIONS)
        assert wrong.orders.claim(order.id, "wrong") is not None
        assert right.orders.claim(order.id, "right") is None
        wrong.orders.release(order.id, "wrong")
        assert right.orders.claim(order.id, "right") is not None
        assert wrong.orders.claim(order.id, "wrong") is None


@OFF
def test_a_recording_is_due_at_the_same_time_for_all(postgres_url: str, off_s: float) -> None:
    with opened(postgres_url) as right, opened(postgres_url, off_s) as wrong:
        Journey(wrong, number=1).accept()
        assert len(right.lifecycle.request_runs(5)) == 1
        Journey(right, number=2).accept()
        assert len(wrong.lifecycle.request_runs(5)) == 1
        assert right.due_work.queued_before(60.0, 5) == []


_WORKER = """
import sys
from datetime import datetime, timedelta
from cryptography.fernet import Fernet
from meeting_pipeline.store.engine import clock

off = timedelta(seconds=float(sys.argv[2]))

class WrongClock(datetime):
    @classmethod
    def now(cls, tz=None):
        return datetime.now(tz) + off

clock.datetime = WrongClock
from meeting_pipeline.store.engine.context import StoreContext
from meeting_pipeline.store.engine.database import Database
from meeting_pipeline.store.engine.secrets import Cipher
from meeting_pipeline.store.store import Store
from meeting_pipeline_tests.store.samples import render

assert abs(clock.utc_now() - datetime.now(clock.UTC) - off) < timedelta(seconds=5)
store = Store(StoreContext(Database(sys.argv[1]), Cipher(Fernet.generate_key().decode())), render)
store.lifecycle.begin(sys.argv[3], "worker", collecting=True)
print("begun", flush=True)
for line in sys.stdin:
    held = store.leases.heartbeat("worker")
    print(len(held), len(store.lease_watch.silent_workers()), store.orders.claim(sys.argv[4], "worker") is not None, flush=True)
"""


@OFF
@pytest.mark.processes
def test_a_worker_with_a_wrong_clock_is_neither_silent_nor_holds_what_another_has(
    postgres_url: str, off_s: float
) -> None:
    with opened(postgres_url) as store:
        journey = Journey(store, number=1).accept()
        other = Journey(store, number=2).accept(needs_order=True)
        order = store.orders.open(other.key, OPTIONS)
        store.lifecycle.request_runs(5)
        store.leases.begin_batch("daemon")
        assert store.orders.claim(order.id, "daemon") is not None
        command = [sys.executable, "-c", _WORKER, postgres_url, str(off_s), journey.key, order.id]
        pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        with subprocess.Popen(command, env={**os.environ}, **pipes) as process:
            try:
                assert process.stdin is not None
                assert process.stdout is not None
                assert process.stdout.readline() == "begun\n"
                for _ in range(3):
                    assert store.lease_watch.silent_workers() == []
                    process.stdin.write("beat\n")
                    process.stdin.flush()
                    assert process.stdout.readline() == "1 0 False\n", "it also sees that the other lives"
                    assert store.leases.heartbeat("daemon") == {"daemon"}
                process.stdin.close()
                process.wait(300)
            finally:
                process.kill()
        assert store.recordings.get(journey.key).worker_losses == 0
        assert shared_policies.LEASE_SECONDS < 90, "otherwise nothing is shown"
