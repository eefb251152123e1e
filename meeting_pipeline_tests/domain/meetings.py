"""Meeting records for tests of rendering."""

from datetime import UTC, date, datetime
from typing import Any

from meeting_pipeline.domain.insight_results import ActionItem, Decision, SpeakerName, Summary, Topic
from meeting_pipeline.domain.provenance import Coverage, Provenance
from meeting_pipeline.domain.record import MeetingRecord, Stamp
from meeting_pipeline.domain.recording import RecordingStatus, Stage
from meeting_pipeline.domain.transcript import Evidence, Segment, Transcript
from meeting_pipeline_tests.domain.results import fields

MODEL = Provenance(provider="openai", model="gpt-6-luna")
OFFLINE = Provenance(provider="offline", model="rules", draft=True)


def segment(index: int, speaker: str, text: str, start_ms: int) -> Segment:
    return Segment(index=index, speaker=speaker, start_ms=start_ms, end_ms=start_ms + 4000, text=text, confidence=0.9)


def transcript(*segments: Segment, confidence: float | None = 0.94, provenance: Provenance = MODEL) -> Transcript:
    return Transcript(
        segments=segments,
        language="en",
        duration_ms=1_930_000,
        confidence=confidence,
        provenance=provenance,
    )


def stamps(provenance: Provenance = MODEL, coverage: Coverage | None = None) -> dict[str, Stamp]:
    whole = coverage or Coverage(segments_read=3, segments_total=3)
    insights = {kind: Stamp(1, provenance, whole) for kind in ("speakers", "summary", "action_items", "decisions")}
    return {"transcript": Stamp(1, provenance), **insights}


def meeting(**changes: Any) -> MeetingRecord:
    """A completed meeting of two people; ``changes`` replace fields of the record."""
    values = {
        "key": "2026-03-02-weekly-0a1b2c3d",
        "title": "Weekly",
        "original_name": "weekly.wav",
        "meeting_date": date(2026, 3, 2),
        "duration_ms": 1_930_000,
        "status": RecordingStatus.COMPLETED,
        "stage": Stage.DONE,
        "revision": 1,
        "submitted_at": datetime(2026, 3, 2, 9, 0, tzinfo=UTC),
        "completed_at": datetime(2026, 3, 2, 9, 5, tzinfo=UTC),
        "transcript": transcript(
            segment(0, "A", "Welcome to the weekly.", 1000),
            segment(1, "B", "I will send the offer by Friday.", 65_000),
            segment(2, "A", "Then we ship on Monday.", 3_725_000),
        ),
        "speakers": (
            SpeakerName(label="A", name="Anna Berg", confidence=0.93),
            SpeakerName(label="B", name=None, confidence=0.2),
        ),
        "summary": Summary(
            short_summary="The offer goes out and the release is set.",
            topics=(Topic(title="The offer", start_ms=60_000, end_ms=3_600_000),),
        ),
        "action_items": (
            ActionItem(
                task="Send the offer",
                owner="B",
                due_date=date(2026, 3, 6),
                due_words="by Friday",
                evidence=Evidence(segment_ids=(1,), quote="I will send the offer by Friday."),
            ),
        ),
        "decisions": (
            Decision(
                decision="Ship on Monday",
                decided_by=("A", "Carl"),
                evidence=Evidence(segment_ids=(2,), quote="we ship on Monday"),
            ),
        ),
        "stamps": stamps(),
    }
    return MeetingRecord(**fields({**values, **changes}))
