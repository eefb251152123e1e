"""The settings: each has a variable and a description, and secrets are not printed."""

import pytest

from meeting_pipeline.settings import VARIABLES, Settings, load_settings, with_driver

SECRET = "hunter2-hunter2"


def test_every_field_has_one_variable_and_a_description() -> None:
    assert set(VARIABLES) == set(Settings.model_fields)
    assert len(set(VARIABLES.values())) == len(VARIABLES)
    assert all(field.description for field in Settings.model_fields.values())


def test_secrets_do_not_print() -> None:
    secrets = {name: SECRET for name in VARIABLES.values() if name.endswith(("_KEY", "_SECRET"))}
    settings = load_settings({**secrets, "MEETING_PIPELINE_DATABASE_URL": f"postgresql://me:{SECRET}@db/x"})
    assert SECRET not in f"{settings!r}{settings!s}{settings.model_dump()}{settings.model_dump_json()}"


@pytest.mark.parametrize("prefix", ["postgresql://", "postgres://", "postgresql+psycopg2://"])
def test_the_driver_is_named(prefix: str) -> None:
    assert with_driver(f"{prefix}db/x") == "postgresql+psycopg2://db/x"
