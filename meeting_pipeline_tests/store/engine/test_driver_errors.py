"""Errors when SQLite is locked or its disk is full; the database stays intact."""

import shutil
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from meeting_pipeline import policies
from meeting_pipeline.domain.errors import OperatorError, StoreUnavailable
from meeting_pipeline.store.engine import connecting
from meeting_pipeline.store.engine.context import StoreContext
from meeting_pipeline.store.engine.database import Database
from meeting_pipeline.store.engine.secrets import Cipher
from meeting_pipeline.store.store import Store
from meeting_pipeline_tests.chaos.faults_disk import SmallDisk
from meeting_pipeline_tests.store.samples import Clock, new_recording, render


def opened(path: Path) -> Store:
    store = Store(StoreContext(Database(f"sqlite:///{path}"), Cipher(Fernet.generate_key().decode()), Clock()), render)
    store.database.retry_budget.seconds = 0.0
    return store


@pytest.fixture
def path(memory_folder: Path, migrated_sqlite: Path) -> Path:
    copy = memory_folder / "meetings.sqlite3"
    shutil.copyfile(migrated_sqlite, copy)
    return copy


def whole(path: Path) -> bool:
    connection = sqlite3.connect(path)
    try:
        return bool(connection.execute("PRAGMA integrity_check").fetchone() == ("ok",))
    finally:
        connection.close()


@pytest.fixture
def writer(path: Path) -> Iterator[sqlite3.Connection]:
    """Another program that holds the write lock."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    connection.execute("BEGIN IMMEDIATE")
    yield connection
    connection.close()


def test_a_lock_of_another_program_is_named(
    path: Path, writer: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connecting, "_BUSY_SECONDS", 0)
    store = opened(path)
    with pytest.raises(StoreUnavailable) as caught:
        store.recordings.accept(new_recording())
    assert caught.value.code == "database_busy"
    assert "lock" in caught.value.message
    assert store.recordings.find(new_recording().key) is None
    store.close()


def test_what_met_a_lock_is_done_when_it_is_given_back(
    path: Path, writer: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connecting, "_BUSY_SECONDS", 0)
    monkeypatch.setattr(policies, "DATABASE_RETRY_MAX_SECONDS", 0.1)
    store = opened(path)
    store.database.retry_budget.seconds = 60.0
    timer = threading.Timer(0.5, writer.rollback)
    timer.start()
    assert not store.recordings.accept(new_recording()).duplicate
    timer.join()
    store.close()


def fill(store: Store) -> StoreUnavailable:
    """Accept recordings until the database reports an error."""
    for number in range(10_000):
        try:
            store.recordings.accept(new_recording(number, title="x" * 200))
        except StoreUnavailable as error:
            return error
    raise AssertionError("it was never full")


@pytest.mark.processes
def test_a_full_disk_is_named_corrupts_nothing_and_is_over_when_there_is_room(
    tmp_path: Path, migrated_sqlite: Path
) -> None:
    disk = SmallDisk(tmp_path / "disk", 4)
    try:
        if not disk.mounted:
            pytest.skip("this machine does not permit a small disk")
        path = disk.path / "meetings.sqlite3"
        shutil.copyfile(migrated_sqlite, path)
        store = opened(path)
        store.recordings.accept(new_recording(1))
        disk.fill()
        error = fill(store)
        assert error.code == "disk_full"
        assert "no space left on its disk" in error.message
        assert "Free some space" in error.advice
        disk.make_room()
        assert not store.recordings.accept(new_recording(99_999)).duplicate
        store.close()
        assert whole(path)
    finally:
        disk.close()


def test_a_database_that_may_not_grow_is_full_where_nothing_can_be_mounted(path: Path) -> None:
    store = opened(path)
    with store.database.engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
    event.listen(
        store.database.engine, "checkout",
        lambda connection, *_: connection.execute(f"PRAGMA max_page_count = {pages + 5}"),
    )  # fmt: skip
    assert fill(store).code == "disk_full"
    store.close()
    assert whole(path)


@pytest.mark.processes
def test_a_start_on_a_full_disk_says_so(tmp_path: Path) -> None:
    disk = SmallDisk(tmp_path / "disk", 1)
    try:
        if not disk.mounted:
            pytest.skip("this machine does not permit a small disk")
        disk.fill()
        with pytest.raises((StoreUnavailable, OperatorError)) as caught:
            Database(f"sqlite:///{disk.path / 'meetings.sqlite3'}").migrate()
        assert caught.value.code in ("disk_full", "database_unreachable")
        assert "full" in str(caught.value) or "room" in str(caught.value)
        disk.make_room()
        database = Database(f"sqlite:///{disk.path / 'meetings.sqlite3'}")
        database.migrate()
        database.close()
    finally:
        disk.close()


def test_a_disk_that_fails_is_told_from_one_that_is_full(path: Path) -> None:
    """A sound disk cannot produce these errors, so the test uses SQLite's error codes."""
    store = opened(path)
    failing = sqlite3.OperationalError("disk I/O error")
    failing.sqlite_errorcode = sqlite3.SQLITE_IOERR_FSYNC
    met = store.database.errors.typed_error(OperationalError("COMMIT", {}, failing))
    assert met is not None
    assert met.code == "disk_error"
    store.close()


@pytest.mark.postgres
def test_a_standby_that_answers_and_takes_no_writes_is_named(empty_postgres_url: str) -> None:
    with closing(Database(empty_postgres_url)) as primary:
        primary.require_writable()
    standby = f"{empty_postgres_url}?options=-c%20default_transaction_read_only%3Don"
    with closing(Database(standby)) as database, pytest.raises(StoreUnavailable) as found:
        database.require_writable()
    assert found.value.code == "database_read_only"
    assert "standby" in found.value.message


def test_a_file_is_not_asked_whether_it_takes_writes(tmp_path: Path) -> None:
    with closing(Database(f"sqlite:///{tmp_path / 'meetings.sqlite3'}")) as database:
        database.migrate()
        with database.write():
            database.require_writable()
