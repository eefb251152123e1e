"""Dagster's application is built once for all tests of this folder; its instance is cleaned after each test.

The instance has our storage: Dagster's own opens its databases again for each query, which would take most of the time.
"""

from collections.abc import Iterator

import pytest
from dagster import DagsterInstance
from dagster._core.remote_origin import InProcessCodeLocationOrigin
from dagster._core.types.loadable_target_origin import LoadableTargetOrigin
from dagster._core.workspace.load_target import InProcessWorkspaceLoadTarget
from starlette.types import ASGIApp

from meeting_pipeline.installation import Installation
from meeting_pipeline.ui.dagster_app import GuardedContext, build
from meeting_pipeline_tests.dagster_storage.support import opened
from meeting_pipeline_tests.ui.asking import POOL, Asked


@pytest.fixture(scope="session")
def dagster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[ASGIApp, DagsterInstance]]:
    """The application and its instance."""
    origin = InProcessCodeLocationOrigin(
        LoadableTargetOrigin(module_name="meeting_pipeline_tests.ui.definitions"), location_name="tests"
    )
    with (
        opened(tmp_path_factory.mktemp("dagster")) as instance,
        GuardedContext(instance, version="", workspace_load_target=InProcessWorkspaceLoadTarget([origin])) as context,
    ):
        yield build(context), instance


@pytest.fixture
def ui(dagster: tuple[ASGIApp, DagsterInstance], installation: Installation) -> Iterator[Asked]:
    """The guarded application of this test's installation."""
    app, instance = dagster
    yield Asked(app, instance, installation)
    instance.event_log_storage.delete_concurrency_limit(POOL)
    instance.wipe_assets([*instance.get_asset_keys()])
