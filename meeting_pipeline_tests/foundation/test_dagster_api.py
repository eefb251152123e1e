"""The queries to the running system are valid for the installed Dagster. ``scenario/`` sends them to a real one."""

import pytest
from graphql import parse, validate

from meeting_pipeline.domain.errors import OperatorError
from meeting_pipeline.foundation.dagster_api import BACKFILL_ENDED, DagsterApi
from meeting_pipeline.foundation.dagster_queries import HEALTH, LAUNCH, RUNS, STATUS, TERMINATE
from meeting_pipeline.foundation.dagster_runs_api import BACKFILLS, LAUNCH_RUNS, RUN_CONFIGS, RUN_STATES


@pytest.mark.parametrize(
    "query", [LAUNCH, STATUS, RUNS, TERMINATE, HEALTH, LAUNCH_RUNS, RUN_STATES, RUN_CONFIGS, BACKFILLS]
)
def test_every_request_is_valid_for_the_installed_dagster(query: str) -> None:
    from dagster_graphql.schema import create_schema

    assert validate(create_schema().graphql_schema, parse(query)) == []


def test_every_end_of_a_backfill_is_one_that_the_installed_dagster_knows() -> None:
    from dagster._core.execution.backfill import BulkActionStatus

    assert {status.value for status in BulkActionStatus} - BACKFILL_ENDED == {"REQUESTED", "CANCELING", "FAILING"}


def test_a_system_that_does_not_answer_is_named() -> None:
    with pytest.raises(OperatorError) as caught:
        DagsterApi("http://127.0.0.1:9").unfinished_runs("key")
    assert caught.value.code == "ui_unreachable"
    assert "http://127.0.0.1:9" in caught.value.message
