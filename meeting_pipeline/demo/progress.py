"""Progress lines that the demo prints while recordings are processed: one for each notable event, without repetition.

Must not go here: the report at the end (``report.py``).
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import groupby

from meeting_pipeline.domain.event_sentences import describe
from meeting_pipeline.domain.recording import RecordingStatus
from meeting_pipeline.store.tables import Recording, RecordingEvent

_TITLE_WIDTH = 28
"""Characters of a title: what happens to it stays in one column."""


def news(row: Recording, events: Sequence[RecordingEvent], dropped: datetime) -> Iterator[str]:
    """Yield lines about new events of a recording, with the seconds since its drop.

    Leaves out stages, which repeat what the stored results and the outcome say, and the failure that follows a refusal.
    Results that came together share one line.
    """
    told = [event for event in events if event.type != "stage"]
    if any(event.type == "refused" for event in told):
        told = [event for event in told if event.type != "failed"]
    for kind, group in groupby(told, key=lambda event: event.type):
        together = list(group)
        if kind == "result":
            names = ", ".join(str(event.data.get("result")).replace("_", " ") for event in together)
            yield _line(row.title, f"stored: {names}", together[-1].at, dropped)
            continue
        for event in together:
            yield _line(row.title, describe(event.type, event.data, row.key, row.duration_ms), event.at, dropped)


def still(rows: Sequence[Recording], dropped: datetime) -> str:
    """Return one line about all recordings without an outcome."""
    open_ones = [f"{row.title} ({row.status})" for row in rows if not RecordingStatus(row.status).terminal]
    what = f"still at work: {', '.join(open_ones)}" if open_ones else "waiting for intake and webhooks"
    return f"{(datetime.now(UTC) - dropped).total_seconds():7.1f} s  {what}"


def _line(title: str, what: str, at: datetime, dropped: datetime) -> str:
    return f"{(at - dropped).total_seconds():7.1f} s  {title[:_TITLE_WIDTH]:{_TITLE_WIDTH}}  {what}"
