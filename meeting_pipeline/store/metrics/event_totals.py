"""What events of recordings add to totals: outcomes, and the duration of each stage and in all.

Must not go here: which events are new (``counters.py``), other totals (``totals.py``).
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from meeting_pipeline import policies
from meeting_pipeline.domain.recording import Stage
from meeting_pipeline.store.metrics.totals import Total, Totals
from meeting_pipeline.store.tables import RecordingEvent


def bucket_of(seconds: float) -> str:
    """The smallest bucket that contains a duration, as Prometheus writes it."""
    return next((f"{limit:.1f}" for limit in policies.STAGE_BUCKETS_SECONDS if seconds <= limit), "+Inf")


def totals_of_events(session: Session, fresh: dict[str, set[int]]) -> Totals:
    """What these events add, given as the new numbers of each recording's events."""
    totals = Totals()
    if not fresh:
        return totals
    query = select(
        RecordingEvent.recording_key,
        RecordingEvent.seq,
        RecordingEvent.type,
        RecordingEvent.stage,
        RecordingEvent.data,
        RecordingEvent.at,
    ).where(RecordingEvent.recording_key.in_(fresh))
    histories: dict[str, list[Any]] = defaultdict(list)
    for event in session.execute(query.order_by(RecordingEvent.recording_key, RecordingEvent.seq)):
        histories[event.recording_key].append(event)
    for key, history in histories.items():
        totals.add(_of_history(history, fresh[key]))
    return totals


def _of_history(history: Sequence[Any], fresh: Collection[int]) -> Totals:
    """What the new events of one recording add; the earlier ones give the stage and time they start from."""
    totals = Totals()
    stage, entered = None, history[0].at
    if history[0].type == "refused":  # a file that never became a recording
        if history[0].seq in fresh:
            totals[Total("refusals", (str(history[0].data.get("code") or "unknown"),))] += 1
        return totals
    began, over = history[0].at, False
    for event in history:
        new = event.seq in fresh
        now_at = event.stage or event.data.get("stage") or stage
        if now_at != stage:
            if new and stage not in (None, Stage.DONE):
                _observe(totals, "stage", str(stage), (event.at - entered).total_seconds())
            stage, entered = now_at, event.at
        if event.type == "retried":
            began, over = event.at, False
        if not new:
            over = over or event.type in ("completed", "failed")
            continue
        _happened(totals, event)
        if event.type in ("completed", "failed") and not over:
            over = True
            _observe(totals, "outcome", event.type, (event.at - began).total_seconds())
    return totals


def _observe(totals: Totals, name: str, label: str, seconds: float) -> None:
    totals[Total(f"{name}_bucket", (label, bucket_of(seconds)))] += 1
    totals[Total(f"{name}_seconds", (label,))] += max(0.0, seconds)  # clocks of two machines may differ


def _happened(totals: Totals, event: Any) -> None:
    code = str(event.data.get("code") or "unknown")
    if event.type == "accepted":
        totals[Total("accepted")] += 1
        totals[Total("audio_seconds")] += event.data.get("duration_ms", 0) / 1000
    elif event.type == "failed":
        totals[Total("failures", (code,))] += 1
    elif event.type == "waiting":
        totals[Total("waits", (code,))] += 1
    elif event.type == "gap":
        totals[Total("gaps", (str(event.data.get("insight")), code))] += 1
    elif event.type == "mail":
        sent = event.data.get("state") == "sent"
        totals[Total("mail_attempts", ("sent", "none") if sent else ("failed", code))] += 1
    elif event.type == "worker_lost":
        totals[Total("workers_lost")] += 1
