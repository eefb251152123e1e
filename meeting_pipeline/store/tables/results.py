"""The tables of results: every version, the current rows for people who use SQL, and gaps.

Must not go here: what was paid for them (``ledger.py``), what people edited in them (``edits.py``).
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from meeting_pipeline.store.tables.base import KEY, TEXT, WORD, Base


class Artifact(Base):
    """One version of one result, or of a failed attempt at it (``available`` false). Never deleted, and only ``hold`` changes."""

    __tablename__ = "artifacts"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    recording_key: Mapped[str] = mapped_column(KEY, ForeignKey("recordings.key"))
    kind: Mapped[str] = mapped_column(WORD)
    version: Mapped[int]
    available: Mapped[bool]
    payload_hash: Mapped[str | None] = mapped_column(String(64))
    input_hash: Mapped[str | None] = mapped_column(String(64))
    """Hash of the inputs of the response: transcript, prompt version, model and context."""
    provenance: Mapped[dict[str, Any]]
    coverage: Mapped[dict[str, Any] | None]
    calls: Mapped[int] = mapped_column(default=0)
    input_tokens: Mapped[int] = mapped_column(default=0)
    cached_tokens: Mapped[int] = mapped_column(default=0)
    cache_write_tokens: Mapped[int] = mapped_column(default=0, server_default="0")
    output_tokens: Mapped[int] = mapped_column(default=0)
    cost_usd: Mapped[float] = mapped_column(default=0.0)
    unpriced_calls: Mapped[int] = mapped_column(default=0, server_default="0")
    prompt_version: Mapped[str | None] = mapped_column(WORD)
    code: Mapped[str | None] = mapped_column(WORD)
    reason: Mapped[str | None] = mapped_column(TEXT)
    run_id: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]
    payload: Mapped[dict[str, Any] | None]
    """Behind all columns that are read without it: SQLite reads through a large value to reach the columns behind it."""
    transcript_version: Mapped[int | None]
    """The version of the transcript that an insight rests on; ``None`` for other kinds and for rows older than this column."""
    meeting_date: Mapped[date | None]
    """The meeting's date when an insight was made, from which due dates are counted. ``None``: the present one, which a row older
    than this column has until somebody changes the date."""
    hold: Mapped[str | None] = mapped_column(WORD)
    """A ``Hold``: the version was made to be looked at first. ``None``: it became the current one when it was made.

    While it is held or discarded, ``available`` is false, so that nothing that shows results finds it.
    """

    __table_args__ = (UniqueConstraint("recording_key", "kind", "version", name="uq_artifacts_version"),)


class VersionChange(Base):
    """What became of a version after it was made: who promoted, discarded or restored it, when, and why."""

    __tablename__ = "version_changes"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    recording_key: Mapped[str] = mapped_column(KEY, ForeignKey("recordings.key"), index=True)
    insight: Mapped[str] = mapped_column(WORD)
    version: Mapped[int]
    """The version that is current since, or that was discarded."""
    change: Mapped[str] = mapped_column(WORD)
    from_version: Mapped[int | None]
    """For a version that was restored: the earlier one that it was made from."""
    made_by: Mapped[str] = mapped_column(TEXT)
    made_at: Mapped[datetime]
    reason: Mapped[str | None] = mapped_column(TEXT)


class SegmentRow(Base):
    """Current transcript, one row per segment."""

    __tablename__ = "segments"

    recording_key: Mapped[str] = mapped_column(KEY, ForeignKey("recordings.key"), primary_key=True)
    index: Mapped[int] = mapped_column(primary_key=True)
    speaker: Mapped[str] = mapped_column(TEXT)
    start_ms: Mapped[int]
    end_ms: Mapped[int]
    text: Mapped[str] = mapped_column(TEXT)
    confidence: Mapped[float | None]
    edited_by: Mapped[str | None] = mapped_column(TEXT)
    """Who corrected it; ``NULL`` if nobody did."""


class SpeakerRow(Base):
    """Current names of the speaker labels."""

    __tablename__ = "speakers"

    recording_key: Mapped[str] = mapped_column(KEY, ForeignKey("recordings.key"), primary_key=True)
    label: Mapped[str] = mapped_column(String(200), primary_key=True)
    name: Mapped[str | None] = mapped_column(TEXT)
    """``NULL`` also if the name that was found is withheld: see ``verdict``."""
    confidence: Mapped[float]
    verdict: Mapped[str] = mapped_column(WORD)
    reasons: Mapped[list[Any]]
    accepted_by: Mapped[str | None] = mapped_column(TEXT)


class ActionItemRow(Base):
    """Current action items, including withheld ones: their ``verdict`` is ``unverified``, and nobody has accepted them."""

    __tablename__ = "action_items"

    recording_key: Mapped[str] = mapped_column(KEY, ForeignKey("recordings.key"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    task: Mapped[str] = mapped_column(TEXT)
    owner: Mapped[str | None] = mapped_column(TEXT)
    due_date: Mapped[date | None]
    due_words: Mapped[str | None] = mapped_column(TEXT)
    quote: Mapped[str] = mapped_column(TEXT)
    segment_ids: Mapped[list[Any]]
    candidate: Mapped[bool]
    status: Mapped[str | None] = mapped_column(WORD)
    """``open``, ``done``, ``dropped`` or ``superseded``; ``NULL`` if the checks could not tell."""
    status_segment_id: Mapped[int | None]
    """The segment that says so."""
    verdict: Mapped[str] = mapped_column(WORD)
    reasons: Mapped[list[Any]]
    accepted_by: Mapped[str | None] = mapped_column(TEXT)
    edited_by: Mapped[str | None] = mapped_column(TEXT)
    """Who changed or added it; ``NULL`` if nobody did."""


class DecisionRow(Base):
    """Current decisions, with the same columns for status and verdicts."""

    __tablename__ = "decisions"

    recording_key: Mapped[str] = mapped_column(KEY, ForeignKey("recordings.key"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    decision: Mapped[str] = mapped_column(TEXT)
    decided_by: Mapped[list[Any]]
    quote: Mapped[str] = mapped_column(TEXT)
    segment_ids: Mapped[list[Any]]
    candidate: Mapped[bool]
    status: Mapped[str | None] = mapped_column(WORD)
    status_segment_id: Mapped[int | None]
    verdict: Mapped[str] = mapped_column(WORD)
    reasons: Mapped[list[Any]]
    accepted_by: Mapped[str | None] = mapped_column(TEXT)
    edited_by: Mapped[str | None] = mapped_column(TEXT)
    """Who changed or added it; ``NULL`` if nobody did."""


class InsightItemRow(Base):
    """Current items of the insights without a dedicated table."""

    __tablename__ = "insight_items"

    recording_key: Mapped[str] = mapped_column(KEY, ForeignKey("recordings.key"), primary_key=True)
    insight: Mapped[str] = mapped_column(WORD, primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    fields: Mapped[dict[str, Any]]
    """Keyed by the names of the insight's fields."""
    quote: Mapped[str | None] = mapped_column(TEXT)
    segment_ids: Mapped[list[Any]]
    candidate: Mapped[bool]
    verdict: Mapped[str] = mapped_column(WORD)
    reasons: Mapped[list[Any]]
    accepted_by: Mapped[str | None] = mapped_column(TEXT)


class GapRow(Base):
    """An insight that has no good result; retried at ``due_at`` (``None``: left to people)."""

    __tablename__ = "gaps"

    recording_key: Mapped[str] = mapped_column(KEY, ForeignKey("recordings.key"), primary_key=True)
    insight: Mapped[str] = mapped_column(WORD, primary_key=True)
    code: Mapped[str] = mapped_column(WORD)
    reason: Mapped[str] = mapped_column(TEXT)
    advice: Mapped[str] = mapped_column(TEXT)
    since: Mapped[datetime]
    tries: Mapped[int]
    due_at: Mapped[datetime | None] = mapped_column(index=True)
    requested_at: Mapped[datetime | None]
    """When a run that has not started was requested; ``None``: no run is requested. See ``store/recordings/gap_requests.py``."""
