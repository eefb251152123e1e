"""Our storage gives Dagster's columns other types. Statements that were compiled before, for Dagster's own, do not have them."""

from collections.abc import Iterator

import pytest

from meeting_pipeline_tests.compiled_sql import forget_compiled
from meeting_pipeline_tests.prepared_dagster import made_anew


@pytest.fixture(scope="package", autouse=True)
def new_storages_are_made() -> Iterator[None]:
    """These tests are about making them."""
    with made_anew():
        yield


@pytest.fixture(scope="package", autouse=True)
def compiled_for_our_types() -> None:
    from meeting_pipeline.dagster_storage.compressed_text import compress_events

    compress_events()
    forget_compiled()
