"""A completed meeting gets another transcript: what is told of it, and how the insights are made again."""

import json
from typing import Any

import pytest

from meeting_pipeline.domain.result_kinds import Insight, ResultKind
from meeting_pipeline.domain.transcript import Transcript
from meeting_pipeline.installation import Installation
from meeting_pipeline.steps.delivery.finish import finish
from meeting_pipeline.steps.extraction.request_gaps import request_gaps
from meeting_pipeline.store.tables import Recording
from meeting_pipeline_tests.steps.journeys import begun, completed, transcribed

NEW = "I will book the big room by Friday."


def replace_transcript(installation: Installation, row: Recording, run_id: str) -> None:
    """A run that only replaces the transcript: its last segment stays, the others say something else."""
    begun(installation, row, run_id)
    artifact = installation.store.results.current(row.key, ResultKind.TRANSCRIPT)[ResultKind.TRANSCRIPT]
    known = Transcript.model_validate(artifact.payload)
    said = [
        segment if segment == known.segments[-1] else segment.model_copy(update={"text": NEW})
        for segment in known.segments
    ]
    other = Transcript.model_validate({**known.model_dump(), "segments": said})
    installation.store.results.store_transcript(row.key, run_id, other, input_hash="other")
    installation.store.lifecycle.extracting(row.key, run_id)
    finish(installation, row.key, run_id)
    installation.store.leases.end(run_id)


def told(installation: Installation, row: Recording) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(installation.store.deliveries.events(row.key)[-1].body)
    return found


@pytest.fixture
def replaced(installation: Installation) -> Recording:
    row = transcribed(installation)
    completed(installation, row)
    replace_transcript(installation, row, "run-2")
    return row


def test_nothing_is_told_as_a_fact_that_nobody_said(installation: Installation, replaced: Recording) -> None:
    event = told(installation, replaced)
    words = " ".join(segment["text"] for segment in event["meeting"]["segments"])
    items = [*event["meeting"]["action_items"], *event["meeting"]["decisions"]]
    assert [item for item in items if item["evidence"]["quote"] not in words] == []
    ids = {segment["id"] for segment in event["meeting"]["segments"]}
    assert [item for item in items if not set(item["evidence"]["segment_ids"]) <= ids] == []
    assert sum(event["meeting"]["unverified"].values()) > 0


def test_the_gaps_and_the_coverage_are_told_too(installation: Installation, replaced: Recording) -> None:
    event = told(installation, replaced)
    assert {(gap["insight"], gap["code"]) for gap in event["gaps"]} == {
        (insight.value, "transcript_changed") for insight in Insight
    }
    assert {stamp["transcript_version"] for stamp in event["meeting"]["provenance"].values()} == {None, 2}
    coverage = event["meeting"]["provenance"]["summary"]["coverage"]
    assert coverage["segments_read"] == 1 < coverage["segments_total"]


def test_nothing_is_bought_until_somebody_asks_for_the_insights(
    installation: Installation, replaced: Recording
) -> None:
    assert request_gaps(installation, 10).gaps == ()
    begun(installation, replaced, "run-3")
    completed(installation, replaced, "run-3")
    event = told(installation, replaced)
    assert event["gaps"] == []
    assert "book the big room" in json.dumps(event["meeting"]["action_items"])
    record = installation.store.records.get(replaced.key)
    assert [claim for claim in record.claims or () if "transcript_changed" in claim.reasons] == []
    assert request_gaps(installation, 10).gaps == ()
