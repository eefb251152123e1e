"""Our storage gives Dagster's columns other types. Statements that were compiled before, for Dagster's own, do not have them."""

import pytest

from meeting_pipeline_tests.compiled_sql import forget_compiled


@pytest.fixture(scope="package", autouse=True)
def compiled_for_our_types() -> None:
    from meeting_pipeline.dagster_storage.compressed_text import compress_events

    compress_events()
    forget_compiled()
