"""What Dagster shows of a partition whose transcript failed: red at the transcript, nothing at what is made from it."""

from __future__ import annotations

import dagster as dg
import pytest

from meeting_pipeline.defs.partitions import recordings
from meeting_pipeline_tests.dagster_runs import Runs
from meeting_pipeline_tests.defs.assets.test_process_recording import ALL, CREATE, ONE, queued
from meeting_pipeline_tests.fakes.control import Providers
from meeting_pipeline_tests.steps.journeys import ordered


def shown(runs: Runs, key: str) -> dict[str, str]:
    """The assets of which Dagster shows something for this partition, and what."""
    found: dict[str, str] = {}
    for asset in ALL:
        status = runs.instance.get_status_by_partition(dg.AssetKey(asset), [key], recordings)
        assert status is not None
        if (one := status[key]) is not None:
            found[asset] = one.value
    return found


def judged(runs: Runs, key: str) -> dict[str, str]:
    """The checks of which Dagster shows something for this partition, and what."""
    checks = list(runs.definitions.resolve_asset_graph().asset_check_keys)
    found = runs.instance.event_log_storage.get_asset_check_partition_info(checks, partition_keys=[key])
    return {one.check_key.name: one.latest_execution_status.value for one in found}


def test_a_recording_that_failed_is_red_at_its_transcript_alone(runs: Runs, providers: Providers) -> None:
    providers.fault(CREATE, "error", message="Transcoding failed. File type unknown")
    row = ordered(runs.installation)
    queued(runs, row)
    assert not runs.recording(row.key).success
    assert shown(runs, row.key) == {"transcript": "FAILED"}
    assert judged(runs, row.key) == {"transcript_is_available": "FAILED"}


def test_a_recording_that_is_tried_again_later_is_not_red(runs: Runs, providers: Providers) -> None:
    row = ordered(runs.installation)
    queued(runs, row)
    providers.fault(ONE, "status", status=503, times=-1)
    assert not runs.recording(row.key).success
    assert shown(runs, row.key) == {}
    assert judged(runs, row.key) == {}


@pytest.mark.usefixtures("providers")
def test_a_recording_that_went_well_is_green_everywhere(runs: Runs) -> None:
    row = ordered(runs.installation)
    queued(runs, row)
    assert runs.recording(row.key).success
    assert set(shown(runs, row.key)) == ALL
    assert set(shown(runs, row.key).values()) == {"MATERIALIZED"}
    assert {"transcript_is_available", "summary_is_available"} <= set(judged(runs, row.key))
    assert "PLANNED" not in judged(runs, row.key).values()
