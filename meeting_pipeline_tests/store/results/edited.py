"""What the tests of people's edits share: what was told, how a change is refreshed, and rows for SQL.

Must not go here: assertions, or samples of one kind of edit.
"""

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from meeting_pipeline.store import policies
from meeting_pipeline.store.recordings.state_machine import Seen
from meeting_pipeline.store.store import Store
from meeting_pipeline_tests.store.samples import Clock


def told(store: Store, key: str) -> list[Any]:
    """The summary in each event."""
    return [json.loads(event.body)["summary"] for event in store.deliveries.events(key)]


def refresh(store: Store, clock: Clock) -> list[str]:
    """Do what the sensor and its job do with changed recordings. Returns the keys of those rendered."""
    clock.advance(policies.REVISION_QUIET_SECONDS)
    keys = store.results.changed(10)
    for number, key in enumerate(keys):
        run_id = f"refresh-{number}-{clock.now.timestamp()}"
        store.lifecycle.begin(key, run_id, collecting=False)
        seen = Seen(store.recordings.get(key).changed_at)
        store.results.store_minutes(key, run_id, "hash")
        store.lifecycle.complete(key, run_id, seen)
        store.leases.end(run_id)
    return keys


def rows(store: Store, table: Any, *columns: str) -> Sequence[Any]:
    query = select(*(getattr(table, name) for name in columns)).order_by(*table.__table__.primary_key.columns)
    with store.database.read() as session:
        return [tuple(row) for row in session.execute(query).all()]
