"""Homes to back up and to restore into."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from meeting_pipeline.defs.partitions import RECORDINGS
from meeting_pipeline.installation import Installation
from meeting_pipeline.settings import load_settings
from meeting_pipeline.supervisor.instance import opened_instance
from meeting_pipeline_tests.backup.homes import Homes, make_homes
from meeting_pipeline_tests.installations import close


@pytest.fixture(scope="session")
def dagster_storage(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty Dagster storage, to copy: creating its tables takes seconds."""
    settings = load_settings({"MEETING_PIPELINE_HOME": str(tmp_path_factory.mktemp("dagster"))})
    with opened_instance(settings) as instance:
        assert instance.get_dynamic_partitions(RECORDINGS) == []
        assert list(instance.all_instigator_state()) == []
    return settings.dagster_home / "storage"


@pytest.fixture
def homes(paid: Installation, dagster_storage: Path, tmp_path: Path) -> Iterator[Homes]:
    made = make_homes(paid, dagster_storage, tmp_path)
    yield made
    for installation in made.opened_again:
        close(installation)
