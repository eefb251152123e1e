"""Meeting records for the tables: plain values, no database."""

from datetime import UTC, date, datetime
from typing import Any

from meeting_pipeline.domain.insight_results import ActionItem, SpeakerName
from meeting_pipeline.domain.provenance import Provenance
from meeting_pipeline.domain.record import Gap, MeetingRecord, Stamp
from meeting_pipeline.domain.recording import RecordingStatus, Stage
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.domain.transcript import Evidence, Segment, Transcript
from meeting_pipeline_tests.domain.results import fields

MADE = Provenance(provider="simulated", model="scripted")
EVIDENCE = Evidence(segment_ids=(1,), quote="I will send it")


def transcript(*lengths_ms: int) -> Transcript:
    """Two speakers who alternate in turns of these lengths."""
    segments, start = [], 0
    for index, length in enumerate(lengths_ms or (1000, 3000)):
        segments.append(
            Segment(index=index, speaker="AB"[index % 2], start_ms=start, end_ms=start + length, text="Words.")
        )
        start += length
    return Transcript(segments=tuple(segments), language="en", duration_ms=start, confidence=0.9, provenance=MADE)


def item(task: str = "Send it", **changes: Any) -> ActionItem:
    values: dict[str, Any] = {
        "task": task, "owner": "B", "due_date": date(2025, 3, 21), "due_words": "by Friday", "evidence": EVIDENCE,
    }  # fmt: skip
    return ActionItem(**{**values, **changes})


def record(number: int = 1, **changes: Any) -> MeetingRecord:
    """A completed meeting with one action item."""
    values: dict[str, Any] = {
        "key": f"2025-03-14-weekly-{number:08x}", "title": f"Weekly {number}", "original_name": "weekly.wav",
        "meeting_date": date(2025, 3, 14), "duration_ms": 90_000, "status": RecordingStatus.COMPLETED, "stage": Stage.DONE,
        "revision": 1, "submitted_at": datetime(2025, 3, 14, tzinfo=UTC), "completed_at": datetime(2025, 3, 14, tzinfo=UTC),
        "transcript": transcript(), "speakers": (SpeakerName(label="B", name="Priya", confidence=0.9),),
        "action_items": (item(),), "decisions": (), "stamps": {"transcript": Stamp(1, MADE)}, "cost_usd": 0.0123456,
    }  # fmt: skip
    return MeetingRecord(**fields({**values, **changes}))


def gap(insight: Insight) -> Gap:
    return Gap(insight, "provider_unavailable", "No answer.")
