"""All rows go to a database of the other kind and back: the same ones, with the same numbers to come, or none at all."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from cryptography.fernet import Fernet

from meeting_pipeline.domain.errors import OperatorError
from meeting_pipeline.store.engine.context import StoreContext
from meeting_pipeline.store.engine.database import Database
from meeting_pipeline.store.engine.secrets import Cipher
from meeting_pipeline.store.moving import copying
from meeting_pipeline.store.moving.copying import copy_rows
from meeting_pipeline.store.search.values import Question
from meeting_pipeline.store.store import Store
from meeting_pipeline.store.tables import Base, FeedEntry, Tally
from meeting_pipeline_tests.growing import history, under_way
from meeting_pipeline_tests.store.samples import Clock, Journey, render

KEY = Fernet.generate_key().decode()
NEW_EACH_TIME = frozenset(
    {"search_meetings", "search_lines", "search_names", "search_pending", "machines", "write_marks"}
)
NUMBERED = ("feed", "tally_changes", "commitment_edits", "person_edits")


def store_on(url: str) -> Store:
    database = Database(url)
    database.migrate()
    return Store(StoreContext(database, Cipher(KEY), Clock()), render)


@pytest.fixture
def old(tmp_path: Path) -> Iterator[Store]:
    """A store on SQLite with something in most tables."""
    store = store_on(f"sqlite:///{tmp_path / 'old.sqlite3'}")
    history(store)
    under_way(store)
    yield store
    store.close()


@pytest.fixture
def postgres(postgres_url: str) -> Iterator[Store]:
    store = store_on(postgres_url)
    yield store
    store.close()


@pytest.fixture
def again(tmp_path: Path) -> Iterator[Store]:
    """An empty store on SQLite."""
    store = store_on(f"sqlite:///{tmp_path / 'again.sqlite3'}")
    yield store
    store.close()


def rows(store: Store, *, of_sqlite: bool = False) -> dict[str, list[str]]:
    """All rows that are moved, in an order that does not depend on the database; SQL's ``NULL`` differs from that of JSON."""
    found = {}
    with store.database.read() as session:
        for table in Base.metadata.sorted_tables:
            if table.name in NEW_EACH_TIME:
                continue
            nulls = [column.is_(None) for column in table.columns if isinstance(column.type, sa.JSON)]
            values: list[Any] = list(table.columns)
            if of_sqlite and table.name == "feed":
                values = [column for column in values if column.name != "transaction"]
            found[table.name] = sorted(map(repr, session.execute(sa.select(*values, *nulls)).all()))
    return found


def copy(source: Store, target: Store) -> dict[str, int]:
    told: dict[str, int] = {}
    total = copy_rows(source.database, target.database, lambda name, count: told.update({name: count}))
    assert total == sum(told.values())
    return told


@pytest.mark.postgres
def test_every_row_is_the_same_on_postgresql_and_back_on_sqlite(old: Store, postgres: Store, again: Store) -> None:
    while old.statistics.count_new():
        pass
    before = rows(old)
    told = copy(old, postgres)
    assert rows(postgres) == before
    assert told == {name: len(found) for name, found in before.items() if name != "compatible_schemas"}
    filled = {name for name, count in told.items() if count}
    assert filled >= {
        "artifacts",
        "feed",
        "paid_answers",
        "webhook_deliveries",
        "tallies",
        "commitments",
        "claim_edits",
    }
    copy(postgres, again)
    assert rows(again) == before
    assert again.records.get(next(iter(_keys(again)))) == old.records.get(next(iter(_keys(old))))


def _keys(store: Store) -> list[str]:
    with store.database.read() as session:
        return list(session.scalars(sa.text("SELECT key FROM recordings WHERE status = 'completed' ORDER BY key")))


@pytest.mark.postgres
def test_numbers_go_on_where_they_were_even_after_deleted_rows(old: Store, postgres: Store, again: Store) -> None:
    with old.database.write() as session:
        last = session.scalar(sa.select(sa.func.max(FeedEntry.position))) or 0
        session.execute(sa.delete(FeedEntry).where(FeedEntry.position > last - 3))
    for source, target in ((old, postgres), (postgres, again)):
        copy(source, target)
    assert [_next_position(store) for store in (old, postgres, again)] == [last + 1] * 3


def _next_position(store: Store) -> int:
    with store.database.write() as session:
        entry = FeedEntry(recording_key="2025-03-14-gone-00000000", seq=0)
        session.add(entry)
        session.flush()
        return entry.position


@pytest.mark.postgres
def test_totals_and_sums_are_those_of_before_and_count_what_happens_next(
    old: Store, postgres: Store, again: Store
) -> None:
    before = _totals(old)
    assert before["accepted"] == 8
    copy(old, postgres)
    assert _totals(postgres) == before
    copy(postgres, again)
    assert _totals(again) == before
    for store in (old, postgres, again):
        Journey(store, number=99).accept()
    assert [_totals(store)["accepted"] for store in (old, postgres, again)] == [before["accepted"] + 1] * 3


def _totals(store: Store) -> dict[str, float]:
    while store.statistics.count_new():
        pass
    with store.database.read() as session:
        found = session.execute(sa.select(Tally.name, Tally.labels, Tally.value)).all()
    return {
        row.name + ("" if row.labels == "[]" else row.labels): row.value
        for row in found
        if "counted_to" not in row.name
    }


@pytest.mark.postgres
def test_all_meetings_are_noted_for_the_search(old: Store, postgres: Store) -> None:
    copy(old, postgres)
    assert postgres.search_index.is_behind()
    while postgres.search_index.index_next():
        pass
    assert _found(postgres) == _found(old) != []


def _found(store: Store) -> list[tuple[str, list[str]]]:
    found = store.search.find(Question("report"), limit=10, lines=10)
    return [(meeting.key, sorted(hit.text for hit in meeting.hits)) for meeting in found.meetings]


@pytest.mark.postgres
def test_a_database_with_rows_is_refused_and_left_alone(old: Store, postgres: Store) -> None:
    copy(old, postgres)
    before = rows(postgres)
    with pytest.raises(OperatorError) as refused:
        copy(old, postgres)
    assert refused.value.code == "database_not_empty"
    assert rows(postgres) == before


@pytest.mark.postgres
@pytest.mark.parametrize("code", ["copy_differs", "row_refused"])
def test_when_a_row_does_not_arrive_as_it_was_nothing_is_written(
    old: Store, postgres: Store, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    if code == "copy_differs":
        seen: list[object] = []
        real = copying._digest

        def digest(row: Any) -> int:
            seen.append(row)
            return real(row) + len(seen)

        monkeypatch.setattr(copying, "_digest", digest)
    else:  # SQLite keeps words of any length
        with old.database.write() as session:
            session.execute(sa.text("UPDATE recordings SET source = :long"), {"long": "x" * 65})
    with pytest.raises(OperatorError) as refused:
        copy(old, postgres)
    assert refused.value.code == code
    assert "recordings" in refused.value.message or code == "copy_differs"
    assert {name for name, found in rows(postgres).items() if found} == {"compatible_schemas"}


def test_what_a_text_of_postgresql_cannot_hold_is_replaced(old: Store, postgres: Store) -> None:
    with old.database.write() as session:
        session.execute(sa.text("UPDATE recordings SET title = 'a' || char(0) || 'b'"))
    copy_rows(old.database, postgres.database, lambda *_: None)
    with postgres.database.read() as session:
        assert set(session.scalars(sa.text("SELECT title FROM recordings"))) == {"a\ufffdb"}


def test_a_damaged_text_is_reported_without_quoting_it(old: Store, postgres: Store) -> None:
    with old.database.write() as session:
        session.execute(sa.text("UPDATE recordings SET title = CAST(x'736563726574ff' AS TEXT)"))
    with pytest.raises(OperatorError) as caught:
        copy_rows(old.database, postgres.database, lambda *_: None)
    assert caught.value.code == "row_unreadable"
    assert "secret" not in str(caught.value)
    with postgres.database.read() as session:
        assert session.scalar(sa.text("SELECT count(*) FROM feed")) == 0
