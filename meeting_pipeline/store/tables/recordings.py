"""The tables of recordings: who submitted them, who works on them, and what happened to them.

Must not go here: their results (``results.py``), objects in storage that belong to no recording (``objects.py``).
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, Integer, String, false
from sqlalchemy.orm import Mapped, mapped_column

from meeting_pipeline.store.tables.base import KEY, TEXT, WORD, Base


class Recording(Base):
    """One recording = one partition = one job from the submitter's point of view."""

    __tablename__ = "recordings"

    key: Mapped[str] = mapped_column(KEY, primary_key=True)
    title: Mapped[str] = mapped_column(TEXT)
    original_name: Mapped[str] = mapped_column(TEXT)
    source: Mapped[str] = mapped_column(WORD)
    sha256: Mapped[str] = mapped_column(String(64), unique=True)
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    media_file: Mapped[str | None] = mapped_column(TEXT)
    """Name inside the recording's folder; ``None`` for a transcript submitted without media."""
    transcript_file: Mapped[str | None] = mapped_column(TEXT)
    """Name of the transcript export inside the recording's folder."""
    prepared_file: Mapped[str | None] = mapped_column(TEXT)
    """Name of the prepared copy of the audio in the recording's folder; ``None`` if the recording itself is used."""
    multichannel: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether each audio channel is one speaker."""
    attached: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    """The references and metadata returned for its submissions: see ``store/recordings/submitter_data.py``."""
    stored_in: Mapped[str | None] = mapped_column(String(40))
    """Identity of the folder that its files were put into; ``None`` if unknown: then they are expected in this machine's."""
    stored_on: Mapped[str | None] = mapped_column(String(255))
    """Name of the host that put them there, or address of the object storage, for people."""
    object_prefix: Mapped[str | None] = mapped_column(String(64))
    """Where its files are in object storage; ``None`` if they are in a folder. ``stored_in`` is then that storage's identity."""
    codec: Mapped[str | None] = mapped_column(WORD)
    container: Mapped[str | None] = mapped_column(WORD)
    duration_ms: Mapped[int]
    meeting_date: Mapped[date]
    timezone: Mapped[str | None] = mapped_column(WORD)
    """IANA name of the time zone that ``meeting_date`` refers to; ``None`` if the machine that dated it had no named zone."""
    language: Mapped[str | None] = mapped_column(WORD)
    speakers_expected: Mapped[int | None]
    participants: Mapped[list[Any]]
    keyterms: Mapped[list[Any]]
    speech_options: Mapped[dict[str, Any] | None]
    """The submitter's ``SpeechOptions``; ``None`` if there are none."""

    status: Mapped[str] = mapped_column(WORD)
    stage: Mapped[str] = mapped_column(WORD)
    due_at: Mapped[datetime | None]
    """When the stage's next step is due; ``None`` if none is."""
    attempts: Mapped[int] = mapped_column(default=0)
    "Attempts at the transcript that failed or are in progress."
    requests: Mapped[int] = mapped_column(default=0)
    """Runs requested so far; makes run keys unique."""
    worker_losses: Mapped[int] = mapped_column(default=0)
    requested_at: Mapped[datetime | None]
    error_code: Mapped[str | None] = mapped_column(WORD)
    error_message: Mapped[str | None] = mapped_column(TEXT)
    error_advice: Mapped[str | None] = mapped_column(TEXT)
    """Why it failed; while it is not terminal, what it waits for."""
    changed_at: Mapped[datetime | None]
    """When a current result changed after the last event; ``None`` when every change is in an event."""
    revision: Mapped[int] = mapped_column(default=0)
    event_seq: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    completed_at: Mapped[datetime | None]
    registered_at: Mapped[datetime | None]
    """When it was registered with Dagster, as a partition with a materialization; ``None`` until then. Set at once for a
    rejected file."""

    __table_args__ = (
        Index("ix_recordings_stage_due", "stage", "due_at"),
        Index("ix_recordings_changed", "changed_at"),
        Index("ix_recordings_registered", "registered_at"),
        # Lists are in this order, of all recordings or of those that a filter selects: a page reads its own rows only.
        Index("ix_recordings_created", "created_at", "key"),
        Index("ix_recordings_status_created", "status", "created_at", "key"),
        Index("ix_recordings_stage_created", "stage", "created_at", "key"),
        Index("ix_recordings_source_created", "source", "created_at", "key"),
    )


class Submission(Base):
    """One act of submitting a recording. The same content submitted twice is two submissions of one recording."""

    __tablename__ = "submissions"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    recording_key: Mapped[str] = mapped_column(KEY, ForeignKey("recordings.key"), index=True)
    source: Mapped[str] = mapped_column(WORD)
    original_name: Mapped[str] = mapped_column(TEXT)
    duplicate: Mapped[bool]
    webhook_url: Mapped[str | None] = mapped_column(TEXT)
    webhook_secret: Mapped[str | None] = mapped_column(TEXT)
    """Encrypted."""
    webhook_body: Mapped[str | None] = mapped_column(WORD)
    """``full``, ``thin``, ``slack`` or ``teams``; ``None``: ``full``."""
    mail_to: Mapped[list[Any] | None] = mapped_column(JSON(none_as_null=True))
    """Addresses that get the minutes."""
    reference: Mapped[str | None] = mapped_column(TEXT)
    """What the submitter calls it, such as an id in its own system."""
    metadata_: Mapped[dict[str, Any] | None] = mapped_column("metadata", JSON(none_as_null=True))
    """Data that is returned to the submitter."""
    submitted_at: Mapped[datetime]


class SubmissionIndex(Base):
    """What a recording is found by of its submissions: see ``domain/submitter_data.py``. Digests only, so it holds no text.

    ``created_at`` is that of the recording: a filtered list reads the rows of its page, in order, and no others.
    """

    __tablename__ = "submission_index"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    created_at: Mapped[datetime] = mapped_column(primary_key=True)
    recording_key: Mapped[str] = mapped_column(KEY, ForeignKey("recordings.key"), primary_key=True, index=True)


class RunLease(Base):
    """A worker's claim on a recording, renewed by its heartbeat. A lost lease never becomes live again."""

    __tablename__ = "run_leases"

    run_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    recording_key: Mapped[str | None] = mapped_column(KEY, ForeignKey("recordings.key"), index=True)
    """``None`` for a run that works on many recordings (intake, delivery)."""
    state: Mapped[str] = mapped_column(WORD)
    """``live`` -> ``ended`` | ``fenced`` | ``lost`` | ``stopped``; ``fenced`` -> ``ended`` | ``lost`` | ``stopped``;
    ``stopped`` -> ``lost``."""
    host: Mapped[str | None] = mapped_column(String(255))
    """Name of the machine or container that the worker runs on."""
    started_at: Mapped[datetime]
    heartbeat_at: Mapped[datetime]
    fenced_at: Mapped[datetime | None]
    """When its worker was asked to stop; ``None`` if it was not, or if it died without an answer."""

    __table_args__ = (Index("ix_leases_state_heartbeat", "state", "heartbeat_at"),)


class RecordingEvent(Base):
    """What happened to a recording, in order: ``seq`` is gapless per recording."""

    __tablename__ = "recording_events"

    recording_key: Mapped[str] = mapped_column(KEY, ForeignKey("recordings.key"), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True)
    type: Mapped[str] = mapped_column(WORD)
    status: Mapped[str | None] = mapped_column(WORD)
    """The recording's status after the event (likewise ``stage``); ``None`` in events of older databases."""
    stage: Mapped[str | None] = mapped_column(WORD)
    data: Mapped[dict[str, Any]]
    at: Mapped[datetime]


class FeedEntry(Base):
    """Every event of every recording in one order, for clients that follow all of them: see ``store/event_log/event_log.py``.

    No foreign key: a deleted recording keeps one entry, with the number 0, which marks the deletion.
    """

    __tablename__ = "feed"

    position: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    )
    transaction: Mapped[int] = mapped_column(BigInteger, default=0)
    """PostgreSQL's number of the writing transaction; 0 on SQLite, where writes are serialized."""
    recording_key: Mapped[str] = mapped_column(KEY, index=True)
    seq: Mapped[int]

    __table_args__ = (Index("ix_feed_order", "transaction", "position"), {"sqlite_autoincrement": True})


class DeletedRecording(Base):
    """What is kept of a deleted recording: that it existed, and its cost."""

    __tablename__ = "deleted_recordings"

    key: Mapped[str] = mapped_column(KEY, primary_key=True)
    deleted_by: Mapped[str] = mapped_column(TEXT)
    deleted_at: Mapped[datetime]
    speech_usd: Mapped[float]
    answers_usd: Mapped[float]
    unpriced: Mapped[int] = mapped_column(default=0, server_default="0")
    """Purchases whose price is unknown."""
    day_usd: Mapped[float] = mapped_column(default=0.0, server_default="0")
    """What was spent for it on the day of its deletion (UTC)."""
    references: Mapped[list[Any]]
    """Orders at providers, and whether their transcripts were deleted there: see ``values.Reference`` of the deletions."""
    unregistered_at: Mapped[datetime | None]
    """When Dagster's partition was removed; ``None`` until then."""
    due_at: Mapped[datetime | None] = mapped_column(index=True)
    """When the rest elsewhere (files, Dagster, tables, transcripts at the provider) is erased next; ``None``: nothing is left."""
    tries: Mapped[int]
    """Failed attempts to clear the rest."""
    receipt: Mapped[dict[str, Any]] = mapped_column(nullable=True)
    """Place -> what was removed there, what is left, and why: see ``values.Trace`` of the deletions."""
    traces: Mapped[dict[str, Any]] = mapped_column(nullable=True)
    """What the search elsewhere needs: when the recording was submitted, size and hash of its file. Emptied at the end."""
    erased_at: Mapped[datetime | None]
    """When nothing was left. From then on the row has the key ``keys.erased_key``, without words of the title."""
