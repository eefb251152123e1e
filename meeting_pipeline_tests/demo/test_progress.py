"""What the demo prints while it runs: each thing once."""

from datetime import UTC, datetime, timedelta
from typing import Any

from meeting_pipeline.demo.progress import news, still
from meeting_pipeline.store.tables import Recording, RecordingEvent

DROPPED = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def event(seq: int, type: str, **data: Any) -> RecordingEvent:  # noqa: A002 - the column's name
    return RecordingEvent(seq=seq, type=type, data=data, at=DROPPED + timedelta(seconds=seq))


def recording(status: str = "processing") -> Recording:
    return Recording(key="k", title="Weekly", status=status, duration_ms=1000)


def test_results_that_came_together_are_one_line_with_the_time_of_the_last() -> None:
    events = [event(1, "result", result="summary", version=1), event(2, "result", result="action_items", version=1)]
    assert [" ".join(line.split()) for line in news(recording(), events, DROPPED)] == [
        "2.0 s Weekly stored: summary, action items"
    ]


def test_stages_and_the_failure_after_a_refusal_are_not_said_again() -> None:
    events = [
        event(1, "refused", code="truncated"),
        event(2, "stage", stage="done"),
        event(3, "failed", code="truncated"),
    ]
    (line,) = news(recording(), events, DROPPED)
    assert line.endswith("refused at intake: truncated")


def test_a_failure_without_a_refusal_is_said() -> None:
    (line,) = news(recording(), [event(1, "failed", code="no_speech")], DROPPED)
    assert line.endswith("failed: no_speech")


def test_what_has_no_outcome_yet_is_named_on_one_line() -> None:
    rows = [recording(), recording("completed"), recording("pending")]
    assert still(rows, DROPPED).endswith("still at work: Weekly (processing), Weekly (pending)")
    assert still([], DROPPED).endswith("waiting for intake and webhooks")
