"""The views of the contract with analysts: on both databases, with the columns and types that are promised."""

from datetime import date, datetime

import pytest
import sqlalchemy as sa

from meeting_pipeline.store.contract.columns import VIEWS, view_name
from meeting_pipeline.store.contract.views import create_views, drop_views
from meeting_pipeline.store.store import Store
from meeting_pipeline_tests.store.samples import Journey, action_items, decisions, speakers, summary


@pytest.fixture
def key(store: Store) -> str:
    journey = Journey(store).accept().begin().collect()
    journey.answer(summary()).answer(action_items("Write it")).answer(decisions("Ship it")).answer(speakers())
    journey.complete()
    return journey.key


def rows(store: Store, table: str, key: str) -> list[dict[str, object]]:
    names = [column.name for column in VIEWS[table]]
    return [dict(zip(names, row, strict=True)) for row in store.contract.of(table, [key])]


def test_every_view_gives_the_rows_of_a_recording(store: Store, key: str) -> None:
    found = {table: rows(store, table, key) for table in VIEWS}
    assert [row["recording_id"] for row in found["recordings"]] == [key]
    [meeting] = found["meetings"]
    assert (meeting["item_count"], meeting["decision_count"], meeting["gap_count"], bool(meeting["draft"])) == (
        1,
        1,
        0,
        False,
    )
    [item] = found["items"]
    assert (item["task"], item["verdict"], bool(item["draft"]), item["version"]) == (
        "Write it",
        "not_checked",
        False,
        1,
    )
    assert item["segment_id"] in {row["segment_id"] for row in found["segments"]}
    assert [topic["title"] for topic in found["topics"]] == ["Report"]
    assert (found["topics"][0]["topic_id"], found["topics"][0]["end_ms"]) == (0, 2000)
    assert [event["event_id"] for event in found["events"]] == list(range(1, len(found["events"]) + 1))
    assert all(bool(version["current"]) for version in found["versions"])
    assert store.contract.of("items", []) == []


def test_values_have_the_promised_types(store: Store, key: str) -> None:
    kinds: dict[str, tuple[type, ...]] = {
        "string": (str,), "int": (int,), "float": (float, int), "bool": (bool, int), "date": (date, str), "time": (datetime, str),
    }  # fmt: skip
    for table, columns in VIEWS.items():
        for row in rows(store, table, key):
            for column in columns:
                assert row[column.name] is None or isinstance(row[column.name], kinds[column.kind]), (table, column)


def test_views_can_be_replaced_as_around_a_migration(store: Store, key: str) -> None:
    with store.database.write() as session:
        drop_views(session.connection())
        assert not {view_name(table) for table in VIEWS} & set(sa.inspect(session.connection()).get_view_names())
        create_views(session.connection())
    assert len(rows(store, "items", key)) == 1
