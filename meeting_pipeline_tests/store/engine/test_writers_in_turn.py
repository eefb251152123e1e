"""Many writers on SQLite: each gets its turn soon after the one before it has ended."""

import random
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import text

from meeting_pipeline.domain.errors import StoreUnavailable
from meeting_pipeline.store.engine import connecting
from meeting_pipeline.store.engine.database import Database


@pytest.fixture
def database(memory_folder: Path) -> Database:
    made = Database(f"sqlite:///{memory_folder / 'x.sqlite3'}")
    with made.write() as session:
        session.execute(text("CREATE TABLE notes (word TEXT)"))
    return made


def note(database: Database, word: str) -> None:
    with database.write() as session:
        session.execute(text("INSERT INTO notes VALUES (:word)"), {"word": word})


def notes(database: Database) -> int:
    with database.read() as session:
        return int(session.execute(text("SELECT count(*) FROM notes")).scalar_one())


def test_a_waiting_writer_looks_every_few_milliseconds_however_long_it_waits(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = sqlite3.connect(str(database.url.database), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    waits: list[float] = []

    def wait(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 200:
            other.execute("COMMIT")

    monkeypatch.setattr("meeting_pipeline.store.engine.connecting.time.sleep", wait)
    note(database, "ours")
    assert len(waits) == 200
    assert max(waits) < 0.005
    assert notes(database) == 1
    other.close()


def test_a_lock_that_stays_is_reported_after_the_limit(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connecting, "_BUSY_SECONDS", 0.05)
    other = sqlite3.connect(str(database.url.database), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreUnavailable):
        note(database, "ours")
    other.execute("COMMIT")
    note(database, "ours")
    assert notes(database) == 1
    other.close()


class FullDisk:
    """A connection whose transactions cannot begin."""

    def execute(self, statement: str) -> None:
        if statement.startswith("BEGIN"):
            error = sqlite3.OperationalError("database or disk is full")
            error.sqlite_errorcode = sqlite3.SQLITE_FULL
            raise error


def test_an_error_that_waiting_cannot_mend_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "meeting_pipeline.store.engine.connecting.time.sleep", lambda _: pytest.fail("nothing to wait for")
    )
    assert not connecting._begin_writing(FullDisk())


def test_threads_of_a_process_wait_for_one_another_and_not_at_the_lock_of_the_file(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "meeting_pipeline.store.engine.connecting.time.sleep",
        lambda _: pytest.fail("only other processes are waited for there"),
    )
    with ThreadPoolExecutor(8) as pool:
        for done in [pool.submit(note, database, str(number)) for number in range(100)]:
            done.result()
    assert notes(database) == 100


def test_a_transaction_that_fails_gives_its_turn_back(database: Database) -> None:
    with pytest.raises(ZeroDivisionError), database.write():
        _ = 1 // 0
    done = threading.Event()

    def write() -> None:
        note(database, "later")
        done.set()

    threading.Thread(target=write, daemon=True).start()
    assert done.wait(120)


def test_waits_differ_so_that_writers_do_not_keep_meeting(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connecting, "_BUSY_SECONDS", 0.05)
    other = sqlite3.connect(str(database.url.database), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    waits: list[float] = []
    monkeypatch.setattr("meeting_pipeline.store.engine.connecting.time.sleep", waits.append)
    random.seed(1)
    with pytest.raises(StoreUnavailable):
        note(database, "ours")
    assert len(set(waits)) > 1
    other.close()
