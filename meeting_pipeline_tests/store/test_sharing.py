"""Dagster keeps its tables in the same PostgreSQL database: neither side may mistake the other's tables for its own."""

from collections.abc import Callable
from pathlib import Path

import dagster as dg
import pytest
from sqlalchemy import create_engine, inspect

from meeting_pipeline.store.engine.database import Database
from meeting_pipeline.store.engine.schema import SCHEMA_HEAD, VERSION_TABLE
from meeting_pipeline.store.tables import Base

OURS = {*Base.metadata.tables, VERSION_TABLE}


def open_ours(url: str) -> None:
    database = Database(url)
    database.migrate()
    assert database.schema_version() == SCHEMA_HEAD
    database.close()


def open_dagsters(url: str, home: Path) -> None:
    home.mkdir(exist_ok=True)
    (home / "dagster.yaml").write_text(f"storage:\n  postgres:\n    postgres_url: {url}\n")
    with dg.DagsterInstance.from_config(str(home)) as instance:
        instance.add_dynamic_partitions("recordings", ["a"])
        assert instance.get_runs_count() == 0
        assert instance.get_dynamic_partitions("recordings") == ["a"]


def tables(url: str) -> set[str]:
    engine = create_engine(url)
    found = set(inspect(engine).get_table_names())
    engine.dispose()
    return found


@pytest.mark.postgres
@pytest.mark.parametrize("ours_first", [True, False])
def test_both_find_their_tables_whoever_came_first(empty_postgres_url: str, tmp_path: Path, ours_first: bool) -> None:
    opening: list[Callable[[str], None]] = [open_ours, lambda url: open_dagsters(url, tmp_path / "dagster")]
    for opener in opening if ours_first else reversed(opening):
        opener(empty_postgres_url)
    found = tables(empty_postgres_url)
    assert found >= OURS
    assert {"runs", "event_logs", "alembic_version"} <= found - OURS
    for opener in opening:  # once more, with the tables of both in place
        opener(empty_postgres_url)
    assert tables(empty_postgres_url) == found
