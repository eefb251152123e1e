"""I5: one segment of recording 5 gets no row."""

from dataclasses import replace
from typing import Any

MODULE = "meeting_pipeline.store.results.current_rows"
TITLE = "Chaos number 5"


def spoil(module: Any) -> None:
    """Omit the last row."""
    replace_segments = module.replace_segments

    def most_segments(session: Any, record: Any, *given: Any, **named: Any) -> None:
        if record.title == TITLE and record.transcript is not None:
            fewer = record.transcript.model_copy(update={"segments": record.transcript.segments[:-1]})
            record = replace(record, transcript=fewer)
        replace_segments(session, record, *given, **named)

    module.replace_segments = most_segments
