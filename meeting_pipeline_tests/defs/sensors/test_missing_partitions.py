"""Partitions that a person deleted in the UI are restored, and block no other recording until then."""

import pytest

from meeting_pipeline.defs.partitions import RECORDINGS
from meeting_pipeline.defs.sensors.missing_partitions import missing_partitions
from meeting_pipeline_tests.dagster_runs import Runs
from meeting_pipeline_tests.defs.sensors.test_sensors import Ticks
from meeting_pipeline_tests.fakes.control import Providers
from meeting_pipeline_tests.installations import accepted


@pytest.fixture
def tick(runs: Runs) -> Ticks:
    return Ticks(runs)


def test_a_tick_registers_what_a_person_unregistered_and_says_how_many(
    runs: Runs, tick: Ticks, providers: Providers
) -> None:
    keys = [accepted(runs.installation, f"{name}.wav").key for name in ("one", "two", "three")]
    assert runs.job("intake").success
    for key in keys[:2]:
        runs.instance.delete_dynamic_partition(RECORDINGS, key)
    assert "2 partitions were missing" in tick.said(missing_partitions)
    assert set(runs.instance.get_dynamic_partitions(RECORDINGS)) == set(keys)
    assert "0 partitions were missing" in tick.said(missing_partitions)
