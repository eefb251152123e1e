"""The migration that adds verdicts: up and down again on both databases, with the rows that there are."""

from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from meeting_pipeline.store.engine import database as module
from meeting_pipeline.store.engine.database import Database
from meeting_pipeline.store.engine.schema import version_of
from meeting_pipeline_tests.store.test_interrupted_migrations import at_version
from meeting_pipeline_tests.store.test_upgrading import content, fill, tables_of

BEFORE, VERDICTS = "0016", "0017"
JUDGED = ("speakers", "action_items", "decisions", "insight_items")


def down_to(database: Database, version: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(module.__file__).parents[1] / "migrations"))
    with database.engine.connect().execution_options(mode="write") as connection, connection.begin():
        config.attributes["connection"] = connection
        command.downgrade(config, version)


@pytest.fixture
def filled(empty_url: str) -> Database:
    at_version(empty_url, BEFORE)
    database = Database(empty_url)
    fill(database)
    database.close()
    return database


def test_what_is_stored_was_not_checked(filled: Database, empty_url: str) -> None:
    at_version(empty_url, VERDICTS)
    tables = tables_of(filled)
    with filled.engine.connect() as connection:
        for name in JUDGED:
            table = tables[name]
            found = connection.execute(sa.select(table.c.verdict, table.c.reasons, table.c.accepted_by)).all()
            assert [tuple(row) for row in found] == [("not_checked", [], None)] * 2
    filled.close()


def test_it_goes_down_again_and_loses_nothing_from_before(filled: Database, empty_url: str) -> None:
    tables = tables_of(filled)
    before = content(filled, tables)
    at_version(empty_url, VERDICTS)
    assert "claim_edits" in tables_of(filled)
    down_to(filled, BEFORE)
    assert version_of(filled.engine) == BEFORE
    assert sorted(tables_of(filled)) == sorted(tables)
    assert content(filled, tables) == before
    filled.close()
