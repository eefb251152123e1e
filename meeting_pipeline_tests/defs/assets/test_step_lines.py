"""The single log line that states how a step of a recording ended."""

import logging
from typing import Any

import pytest

from meeting_pipeline.foundation.logs import FIELDS
from meeting_pipeline_tests.dagster_runs import Runs
from meeting_pipeline_tests.defs.assets.test_process_recording import ASK, ONE, imported, queued
from meeting_pipeline_tests.fakes.control import Providers
from meeting_pipeline_tests.steps.journeys import ordered


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO, logger="meeting_pipeline.step")
    return caplog


def told(logged: pytest.LogCaptureFixture, *names: str) -> list[tuple[Any, ...]]:
    lines = [record for record in logged.records if record.name == "meeting_pipeline.step"]
    return [tuple(getattr(line, name, None) for name in ("stage", "outcome", *names)) for line in lines]


def test_each_result_of_a_run_has_one_line(runs: Runs, providers: Providers, logged: pytest.LogCaptureFixture) -> None:
    row = ordered(runs.installation)
    queued(runs, row)
    logged.clear()
    ran = runs.recording(row.key)
    assert sorted(told(logged, "recording_id", "run_id", "attempt")) == [
        (stage, "available", row.key, ran.result.run_id, 1)
        for stage in ("action_items", "decisions", "minutes", "speakers", "summary", "transcript")
    ]
    durations = [line[2] for line in told(logged, "duration_ms")]
    assert all(isinstance(duration, int) for duration in durations)


def test_what_is_tried_again_and_what_is_given_up_says_why(
    runs: Runs, providers: Providers, logged: pytest.LogCaptureFixture
) -> None:
    row = imported(runs)
    providers.fault(ASK, "status", status=500, insight="summary", times=-1)
    runs.recording(row.key)
    lines = [line for line in told(logged, "attempt", "code") if line[0] == "summary"]
    assert lines == [
        ("summary", "retried", 1, "provider_unavailable"),
        ("summary", "retried", 2, "provider_unavailable"),
        ("summary", "gap", 3, "provider_unavailable"),
    ]
    assert ("minutes", "incomplete", 1, None) in told(logged, "attempt", "code")


def test_a_transcript_that_has_to_wait_says_so(
    runs: Runs, providers: Providers, logged: pytest.LogCaptureFixture
) -> None:
    row = ordered(runs.installation)
    queued(runs, row)
    providers.fault(ONE, "status", status=503, times=-1)
    logged.clear()
    runs.recording(row.key)
    lines = [line for line in told(logged, "attempt") if line[0] == "transcript"]
    assert lines == [("transcript", "retried", 1), ("transcript", "retried", 2), ("transcript", "postponed", 3)]


def test_no_line_says_what_was_said(runs: Runs, providers: Providers, logged: pytest.LogCaptureFixture) -> None:
    row = imported(runs)
    runs.recording(row.key)
    known = set(vars(logging.makeLogRecord({}))) | {"message", "asctime", *FIELDS}
    for record in logged.records:
        assert "draft of the plan" not in str(vars(record))
        if record.name == "meeting_pipeline.step":
            assert set(vars(record)) <= known
