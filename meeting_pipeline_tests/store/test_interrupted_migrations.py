"""A migration that is killed at any of its statements leaves the schema unchanged, and the next start completes it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config

from meeting_pipeline.store.engine import database as module
from meeting_pipeline.store.engine.database import Database
from meeting_pipeline.store.engine.schema import SCHEMA_HEAD
from meeting_pipeline_tests.store import interrupted

FEWEST = 10
"""Statements of the smallest migration. Fewer mean that statements were not counted."""


def at_version(url: str, version: str) -> None:
    """Migrate an empty database to an older schema."""
    database = Database(url)
    config = Config()
    config.set_main_option("script_location", str(Path(module.__file__).parents[1] / "migrations"))
    with database.engine.connect().execution_options(mode="write") as connection, connection.begin():
        config.attributes["connection"] = connection
        command.upgrade(config, version)
    database.close()


@pytest.mark.parametrize("start", [None, "0001"])
def test_a_migration_that_is_killed_leaves_all_or_nothing_and_goes_on(empty_url: str, start: str | None) -> None:
    if start is not None:
        at_version(empty_url, start)
    done = subprocess.run(
        [sys.executable, "-m", interrupted.__name__, empty_url], capture_output=True, text=True, check=True, timeout=900
    )
    found = json.loads(done.stdout)
    assert found["before"][0] == start
    assert len(found["killed"]) >= FEWEST
    assert len(found["observed"]) >= FEWEST
    assert [state for state in [*found["observed"], *found["killed"]] if state != found["before"]] == []
    assert found["end"][0] == SCHEMA_HEAD
    assert found["end"][1] > found["before"][1]
