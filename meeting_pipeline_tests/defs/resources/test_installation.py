"""The resource that opens the installation configured by the environment."""

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from meeting_pipeline.defs.resources.installation import InstallationResource, _opened


@pytest.fixture
def fresh() -> Iterator[None]:
    _opened.cache_clear()
    yield
    _opened.cache_clear()


@pytest.mark.usefixtures("fresh")
def test_it_opens_what_the_environment_names_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEETING_PIPELINE_HOME", str(tmp_path / "home"))
    first = InstallationResource().create_resource(dg.build_init_resource_context())
    assert first.settings.home == tmp_path / "home"
    assert InstallationResource().create_resource(dg.build_init_resource_context()) is first
    first.store.close()


def test_it_has_no_configuration_that_could_hold_a_secret() -> None:
    schema = InstallationResource.to_config_schema().as_field().config_type
    assert isinstance(schema, dg.Shape)
    assert schema.fields == {}
