"""Freed pages of a SQLite database are given back without anybody waiting for long."""

import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from meeting_pipeline.dagster_storage.sqlite_engines import connected, preparing
from meeting_pipeline.defs import policies
from meeting_pipeline.defs.ops.sqlite_pages import compact_sqlite, freed_share, give_back

ROWS = 5000


def filled(path: Path) -> int:
    """Fill a database, remove most of it, and return its size."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE things (id INTEGER PRIMARY KEY, text TEXT)")
        connection.executemany("INSERT INTO things (text) VALUES (?)", [("x" * 2000,) for _ in range(ROWS)])
        connection.execute("DELETE FROM things WHERE id % 10")
        connection.commit()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    return path.stat().st_size


def later(seconds: float = 60.0) -> float:
    return time.monotonic() + seconds


def test_a_database_of_ours_gives_its_pages_back_and_keeps_its_rows(tmp_path: Path) -> None:
    path = tmp_path / "ours.db"
    with preparing(path):
        pass
    size = filled(path)
    assert freed_share(path) > 0.7
    assert give_back(path, later())
    assert path.stat().st_size < size / 5
    assert freed_share(path) == 0.0
    with connected(path) as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM things").scalar() == ROWS / 10
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"


def test_one_that_was_made_without_that_can_do_it_once_it_was_rewritten(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    size = filled(path)
    assert not give_back(path, later())
    assert path.stat().st_size == size
    compact_sqlite(path)
    assert path.stat().st_size < size / 5
    assert give_back(path, later())


def test_it_stops_in_time_and_goes_on_later(tmp_path: Path) -> None:
    path = tmp_path / "ours.db"
    with preparing(path):
        pass
    filled(path)
    assert give_back(path, later(-1))
    assert freed_share(path) > 0.7
    assert give_back(path, later())
    assert freed_share(path) == 0.0


def test_many_pages_go_in_one_transaction(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "ours.db"
    with preparing(path):
        pass
    size = filled(path)
    pauses: list[float] = []
    monkeypatch.setattr(time, "sleep", pauses.append)
    assert give_back(path, later())
    assert 1 <= len(pauses) <= size / 4096 / policies.PRUNE_PAGES + 1


def test_others_write_in_between(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "ours.db"
    with preparing(path):
        pass
    filled(path)
    monkeypatch.setattr(policies, "PRUNE_PAGES", 10)
    written = []

    def write(_pause: float) -> None:
        with closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as connection:
            connection.execute("INSERT INTO things (text) VALUES ('meanwhile')")
        written.append(freed_share(path))

    monkeypatch.setattr(time, "sleep", write)
    assert give_back(path, later())
    assert any(0.1 < share < 0.7 for share in written)
