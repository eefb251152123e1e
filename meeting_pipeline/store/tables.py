"""The tables, as SQLAlchemy models. A change here needs a migration in ``migrations/versions``.

Reading guide: ``recordings`` is the job; ``submissions`` is who handed it in; ``transcription_orders`` is the ledger of
paid transcriptions; ``artifacts`` holds every version of every result; ``segments``, ``speakers``, ``action_items`` and
``decisions`` are the current rows for people who use SQL; ``gaps`` is what is missing; ``recording_events`` is the live
progress; ``webhook_*`` is the outbox; ``run_leases`` says which worker is alive; ``paid_answers`` is the ledger of paid
language-model calls; ``provider_outages`` and ``webhook_endpoints`` say who is not to be called at present; ``feed`` is all
events in one order; ``api_keys`` and ``idempotent_requests`` belong to the HTTP service; ``speaker_edits`` is what people
said about speakers; ``deleted_recordings`` is what is left of what they deleted.
Must not go here: queries, and rules about states (``store/recordings/state_machine.py``, ``store/ledger/orders.py``,
``store/outbox/outbox.py``).
"""

from datetime import date, datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, Integer, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from meeting_pipeline.store.engine.column_types import CleanText, UtcDateTime


class Base(DeclarativeBase):
    """Base of all tables."""

    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: UtcDateTime(),
        dict[str, Any]: JSON(),
        list[Any]: JSON(),
        bytes: LargeBinary(),
    }


KEY = String(80)
TEXT = CleanText()
WORD = String(64)


class Recording(Base):
    """One recording = one partition = one job as submitters see it."""

    __tablename__ = "recordings"

    key: Mapped[str] = mapped_column(KEY, primary_key=True)
    title: Mapped[str] = mapped_column(TEXT)
    original_name: Mapped[str] = mapped_column(TEXT)
    source: Mapped[str] = mapped_column(WORD)
    sha256: Mapped[str] = mapped_column(String(64), unique=True)
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    media_file: Mapped[str | None] = mapped_column(TEXT)
    """Name inside the recording's folder; ``None`` for a transcript that came alone."""
    transcript_file: Mapped[str | None] = mapped_column(TEXT)
    """Name of the transcript export inside the recording's folder."""
    codec: Mapped[str | None] = mapped_column(WORD)
    container: Mapped[str | None] = mapped_column(WORD)
    duration_ms: Mapped[int]
    meeting_date: Mapped[date]
    timezone: Mapped[str | None] = mapped_column(WORD)
    """IANA name of the zone whose day ``meeting_date`` is; ``None`` if the machine that dated it had none by name."""
    language: Mapped[str | None] = mapped_column(WORD)
    speakers_expected: Mapped[int | None]
    participants: Mapped[list[Any]]
    keyterms: Mapped[list[Any]]

    status: Mapped[str] = mapped_column(WORD)
    stage: Mapped[str] = mapped_column(WORD)
    due_at: Mapped[datetime | None]
    """When the stage's next step is due; ``None`` while nothing is."""
    attempts: Mapped[int] = mapped_column(default=0)
    """Tries for the transcript that failed or are under way."""
    requests: Mapped[int] = mapped_column(default=0)
    """Runs requested so far; makes run keys unique."""
    worker_losses: Mapped[int] = mapped_column(default=0)
    requested_at: Mapped[datetime | None]
    error_code: Mapped[str | None] = mapped_column(WORD)
    error_message: Mapped[str | None] = mapped_column(TEXT)
    error_advice: Mapped[str | None] = mapped_column(TEXT)
    """Why it failed; while it is not terminal, what it waits for."""
    changed_at: Mapped[datetime | None]
    """When a current result changed after the last event was told; ``None`` when all is told."""
    revision: Mapped[int] = mapped_column(default=0)
    event_seq: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    completed_at: Mapped[datetime | None]
    registered_at: Mapped[datetime | None]
    """When Dagster was told of it, as a partition with a materialization; ``None`` until then. Set at once for a refused file."""

    __table_args__ = (
        Index("ix_recordings_stage_due", "stage", "due_at"),
        Index("ix_recordings_changed", "changed_at"),
        Index("ix_recordings_registered", "registered_at"),
        Index("ix_recordings_status_stage", "status", "stage", "error_code"),
    )


class Submission(Base):
    """One act of handing in a recording. The same content handed in twice is two submissions of one recording."""

    __tablename__ = "submissions"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    recording_key: Mapped[str] = mapped_column(KEY, ForeignKey("recordings.key"), index=True)
    source: Mapped[str] = mapped_column(WORD)
    original_name: Mapped[str] = mapped_column(TEXT)
    duplicate: Mapped[bool]
    webhook_url: Mapped[str | None] = mapped_column(TEXT)
    webhook_secret: Mapped[str | None] = mapped_column(TEXT)
    """Encrypted."""
    submitted_at: Mapped[datetime]


class TranscriptionOrder(Base):
    """The ledger of paid transcriptions: at most one row per recording and set of options."""

    __tablename__ = "transcription_orders"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    recording_key: Mapped[str] = mapped_column(KEY, ForeignKey("recordings.key"), index=True)
    options_hash: Mapped[str] = mapped_column(String(64))
    """Of an order that was given up its own id: it makes room for a new order with its options."""
    options: Mapped[dict[str, Any]]
    provider: Mapped[str] = mapped_column(WORD)
    state: Mapped[str] = mapped_column(WORD)
    """``new`` -> ``uploaded`` -> ``ordering`` -> ``ordered`` -> ``collected`` | ``rejected`` | ``given_up``."""
    upload_url: Mapped[str | None] = mapped_column(TEXT)
    provider_id: Mapped[str | None] = mapped_column(TEXT)
    claimed_by: Mapped[str | None] = mapped_column(String(64))
    claimed_until: Mapped[datetime | None]
    """Who is placing the order at this moment; a claim that is not renewed lapses."""
    error_code: Mapped[str | None] = mapped_column(WORD)
    error_message: Mapped[str | None] = mapped_column(TEXT)
    cost_usd: Mapped[float] = mapped_column(default=0.0)
    created_at: Mapped[datetime]
    ordered_at: Mapped[datetime | None]
    deadline_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint("recording_key", "options_hash", name="uq_orders_recording_options"),
        Index("ix_orders_state", "state"),
    )


class Artifact(Base):
    """One version of one result, or of a failed try for it (``available`` false). Never updated, never deleted."""

    __tablename__ = "artifacts"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    recording_key: Mapped[str] = mapped_column(KEY, ForeignKey("recordings.key"))
    kind: Mapped[str] = mapped_column(WORD)
    version: Mapped[int]
    available: Mapped[bool]
    payload_hash: Mapped[str | None] = mapped_column(String(64))
    input_hash: Mapped[str | None] = mapped_column(String(64))
    """What the answer rests on: transcript, prompt version, model and context."""
    provenance: Mapped[dict[str, Any]]
    coverage: Mapped[dict[str, Any] | None]
    calls: Mapped[int] = mapped_column(default=0)
    input_tokens: Mapped[int] = mapped_column(default=0)
    cached_tokens: Mapped[int] = mapped_column(default=0)
    output_tokens: Mapped[int] = mapped_column(default=0)
    cost_usd: Mapped[float] = mapped_column(default=0.0)
    prompt_version: Mapped[str | None] = mapped_column(WORD)
    code: Mapped[str | None] = mapped_column(WORD)
    reason: Mapped[str | None] = mapped_column(TEXT)
    run_id: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]
    payload: Mapped[dict[str, Any] | None]
    """The last column: SQLite reads through a large value to reach the columns behind it."""

    __table_args__ = (UniqueConstraint("recording_key", "kind", "version", name="uq_artifacts_version"),)


class SegmentRow(Base):
    """Current transcript, one row a segment."""

    __tablename__ = "segments"

    recording_key: Mapped[str] = mapped_column(KEY, ForeignKey("recordings.key"), primary_key=True)
    index: Mapped[int] = mapped_column(primary_key=True)
    speaker: Mapped[str] = mapped_column(TEXT)
    start_ms: Mapped[int]
    end_ms: Mapped[int]
    text: Mapped[str] = mapped_column(TEXT)
    confidence: Mapped[float | None]


class SpeakerRow(Base):
    """Current names of the speaker labels."""

    __tablename__ = "speakers"

    recording_key: Mapped[str] = mapped_column(KEY, ForeignKey("recordings.key"), primary_key=True)
    label: Mapped[str] = mapped_column(String(200), primary_key=True)
    name: Mapped[str | None] = mapped_column(TEXT)
    confidence: Mapped[float]


class ActionItemRow(Base):
    """Current action items."""

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


class DecisionRow(Base):
    """Current decisions."""

    __tablename__ = "decisions"

    recording_key: Mapped[str] = mapped_column(KEY, ForeignKey("recordings.key"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    decision: Mapped[str] = mapped_column(TEXT)
    decided_by: Mapped[list[Any]]
    quote: Mapped[str] = mapped_column(TEXT)
    segment_ids: Mapped[list[Any]]
    candidate: Mapped[bool]


class GapRow(Base):
    """An insight that has no good result; asked for again at ``due_at`` (``None``: left to people)."""

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
    """When a run was requested that has not begun; ``None``: none is requested. See ``store/recordings/gap_requests.py``."""


class RecordingEvent(Base):
    """What happened to a recording, in order: ``seq`` is gapless per recording."""

    __tablename__ = "recording_events"

    recording_key: Mapped[str] = mapped_column(KEY, ForeignKey("recordings.key"), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True)
    type: Mapped[str] = mapped_column(WORD)
    status: Mapped[str | None] = mapped_column(WORD)
    """Of the recording after it, as is ``stage``; ``None`` in events of older databases."""
    stage: Mapped[str | None] = mapped_column(WORD)
    data: Mapped[dict[str, Any]]
    at: Mapped[datetime]


class WebhookEvent(Base):
    """One outcome told to submitters: one id and one body, identical on every attempt."""

    __tablename__ = "webhook_events"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    recording_key: Mapped[str] = mapped_column(KEY, ForeignKey("recordings.key"))
    revision: Mapped[int]
    type: Mapped[str] = mapped_column(WORD)
    result_hash: Mapped[str] = mapped_column(String(64))
    """Hash of what the event tells: an equal outcome is not told twice."""
    created_at: Mapped[datetime] = mapped_column(index=True)
    body: Mapped[bytes]
    """The last column: see ``Artifact.payload``."""

    __table_args__ = (UniqueConstraint("recording_key", "revision", name="uq_events_revision"),)


class WebhookDelivery(Base):
    """One event on its way to one submission's target."""

    __tablename__ = "webhook_deliveries"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    event_id: Mapped[str] = mapped_column(String(64), ForeignKey("webhook_events.id"))
    submission_id: Mapped[str] = mapped_column(String(40), ForeignKey("submissions.id"))
    recording_key: Mapped[str] = mapped_column(KEY)
    target: Mapped[str] = mapped_column(String(64), server_default=text("''"))
    """Hash of the URL (``targets.target_of``): which endpoint it goes to."""
    host: Mapped[str] = mapped_column(TEXT, server_default=text("''"))
    """Host of the URL: places are shared out by it."""
    state: Mapped[str] = mapped_column(WORD)
    """``pending`` -> ``leased`` -> ``delivered`` | ``pending`` | ``dead`` | ``held``; ``held`` -> ``pending``."""
    attempts: Mapped[int] = mapped_column(default=0)
    """Tries since it was made or replayed; ``webhook_attempts`` has all of them."""
    next_at: Mapped[datetime]
    lease_token: Mapped[str | None] = mapped_column(String(40))
    lease_until: Mapped[datetime | None]
    last_status: Mapped[int | None]
    last_error: Mapped[str | None] = mapped_column(TEXT)
    created_at: Mapped[datetime]
    delivered_at: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint("event_id", "submission_id", name="uq_deliveries_event_target"),
        Index("ix_deliveries_state_next", "state", "next_at"),
        # What is before a delivery is looked up for each that is due: of all three, or a database without statistics
        # combines it with the index above, and that takes seconds for thousands.
        Index("ix_deliveries_recording", "recording_key", "target", "state"),
    )


class WebhookAttempt(Base):
    """One try of a delivery, for people who ask what happened."""

    __tablename__ = "webhook_attempts"

    delivery_id: Mapped[str] = mapped_column(String(40), ForeignKey("webhook_deliveries.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    duration_ms: Mapped[int]
    status: Mapped[int | None]
    error_code: Mapped[str | None] = mapped_column(WORD)
    detail: Mapped[str] = mapped_column(TEXT)
    peer: Mapped[str | None] = mapped_column(WORD)


class RunLease(Base):
    """A worker's claim on a recording, renewed by its heartbeat. A lost lease never comes back to life."""

    __tablename__ = "run_leases"

    run_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    recording_key: Mapped[str | None] = mapped_column(KEY, ForeignKey("recordings.key"), index=True)
    """``None`` for a run that works on many recordings (intake, delivery)."""
    state: Mapped[str] = mapped_column(WORD)
    """``live`` -> ``ended`` | ``lost`` | ``stopped``; ``stopped`` -> ``lost``."""
    host: Mapped[str | None] = mapped_column(String(255))
    """Name of the machine or container that the worker runs on."""
    started_at: Mapped[datetime]
    heartbeat_at: Mapped[datetime]

    __table_args__ = (Index("ix_leases_state_heartbeat", "state", "heartbeat_at"),)


class WriteMark(Base):
    """The latest write of a connection to PostgreSQL: see ``store/engine/commit_markers.py``. Not about recordings."""

    __tablename__ = "write_marks"

    writer: Mapped[str] = mapped_column(String(40), primary_key=True)
    number: Mapped[int]
    at: Mapped[datetime]


class LLMCall(Base):
    """The ledger of paid language-model calls: one row per call, written before it is made and again when it ended.

    A call that certainly cost nothing (the server was busy, or refused the key) leaves no row.
    """

    __tablename__ = "paid_answers"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    recording_key: Mapped[str] = mapped_column(KEY, ForeignKey("recordings.key"))
    insight: Mapped[str] = mapped_column(WORD)
    question_hash: Mapped[str] = mapped_column(String(64))
    """Hash of all that was asked: the same question is not bought twice."""
    run_id: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(WORD)
    """``asking`` -> ``answered`` | ``unusable`` | ``lost``; ``answered`` -> ``unusable``."""
    model: Mapped[str] = mapped_column(TEXT)
    prompt_version: Mapped[str] = mapped_column(WORD)
    error_code: Mapped[str | None] = mapped_column(WORD)
    """Why the answer cannot be used though it was billed, or why none came though one may have been billed."""
    input_tokens: Mapped[int] = mapped_column(default=0)
    cached_tokens: Mapped[int] = mapped_column(default=0)
    output_tokens: Mapped[int] = mapped_column(default=0)
    cost_usd: Mapped[float] = mapped_column(default=0.0)
    created_at: Mapped[datetime]
    """When it was asked."""
    ended_at: Mapped[datetime | None]
    answer: Mapped[dict[str, Any] | None]
    """``{"text": ...}`` as the model gave it. The last column: see ``Artifact.payload``."""

    __table_args__ = (
        Index("ix_paid_answers_question", "recording_key", "question_hash"),
        Index("ix_paid_answers_state", "state", "created_at"),
        # All that is summed up: the rows themselves are large, and there are thousands.
        Index(
            "ix_paid_answers_sums",
            "insight",
            "model",
            "state",
            "error_code",
            "input_tokens",
            "cached_tokens",
            "output_tokens",
            "cost_usd",
        ),
    )


class ProviderOutage(Base):
    """A service of a provider that answers nobody at present, or is suspected of it. No row: it works."""

    __tablename__ = "provider_outages"

    provider: Mapped[str] = mapped_column(WORD, primary_key=True)
    service: Mapped[str] = mapped_column(WORD, primary_key=True)
    """A ``Service`` (``domain/outage.py``)."""
    state: Mapped[str] = mapped_column(WORD)
    """``suspected`` (one recording has met it) -> ``open``."""
    code: Mapped[str] = mapped_column(WORD)
    message: Mapped[str] = mapped_column(TEXT)
    advice: Mapped[str] = mapped_column(TEXT)
    operator: Mapped[bool]
    """A key, an account or a setting is wrong: somebody has to mend it."""
    witness: Mapped[str | None] = mapped_column(KEY)
    """The recording that met it last."""
    since: Mapped[datetime]
    tries: Mapped[int]
    """Probes so far."""
    probe_at: Mapped[datetime]
    """When somebody asks it again."""
    trial: Mapped[str | None] = mapped_column(KEY)
    """The recording that may ask in spite of it."""


class WebhookEndpoint(Base):
    """A webhook target that failed lately or was given up. No row: its last try succeeded, or it was never tried."""

    __tablename__ = "webhook_endpoints"

    target: Mapped[str] = mapped_column(String(64), primary_key=True)
    """Hash of the URL, as in ``webhook_deliveries``."""
    url: Mapped[str] = mapped_column(TEXT)
    """For people: without what may be a credential (``targets.shown_url``)."""
    state: Mapped[str] = mapped_column(WORD)
    """``failing`` -> (a success: no row) | ``disabled`` -> (enabled by a person: no row)."""
    code: Mapped[str] = mapped_column(WORD)
    reason: Mapped[str] = mapped_column(TEXT)
    """Why it is in this state. Never what the receiver said: that is in ``webhook_attempts``."""
    failing_since: Mapped[datetime]
    failed_at: Mapped[datetime]
    """The latest failure."""


class FeedEntry(Base):
    """Every event of every recording in one order, for those who follow all of them: see ``store/event_log/event_log.py``.

    No foreign key: a recording that was deleted has one entry left, with the number 0, which says so.
    """

    __tablename__ = "feed"

    position: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    )
    transaction: Mapped[int] = mapped_column(BigInteger, default=0)
    """PostgreSQL's number of the writing transaction; 0 on SQLite, where writers come one after another."""
    recording_key: Mapped[str] = mapped_column(KEY, index=True)
    seq: Mapped[int]

    __table_args__ = (Index("ix_feed_order", "transaction", "position"), {"sqlite_autoincrement": True})


class SpeakerEdit(Base):
    """What a person said about a speaker label: another name, or that it is the same person as another label."""

    __tablename__ = "speaker_edits"

    recording_key: Mapped[str] = mapped_column(KEY, ForeignKey("recordings.key"), primary_key=True)
    label: Mapped[str] = mapped_column(String(200), primary_key=True)
    name: Mapped[str | None] = mapped_column(TEXT)
    merged_into: Mapped[str | None] = mapped_column(String(200))
    edited_by: Mapped[str] = mapped_column(TEXT)
    edited_at: Mapped[datetime]


class ApiKey(Base):
    """A key of a caller of the HTTP service. The key itself is not stored."""

    __tablename__ = "api_keys"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    name: Mapped[str] = mapped_column(TEXT)
    key_hash: Mapped[str] = mapped_column(String(64), unique=True)
    scopes: Mapped[list[Any]]
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class IdempotentRequest(Base):
    """A request that carried an ``Idempotency-Key``: its answer is given again to whoever repeats it."""

    __tablename__ = "idempotent_requests"

    caller: Mapped[str] = mapped_column(String(40), primary_key=True)
    """Id of the API key, or ``local`` where no key is asked for."""
    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    fingerprint: Mapped[str | None] = mapped_column(String(64))
    """Hash of what was submitted; ``None`` while it is not known."""
    recording_key: Mapped[str | None] = mapped_column(KEY, index=True)
    """The recording that the answer speaks of; ``None`` if it was refused or deleted since."""
    claim: Mapped[str | None] = mapped_column(String(40))
    """Of the request that is at work on it; ``None`` once it is answered."""
    claimed_until: Mapped[datetime | None]
    status: Mapped[int | None]
    headers: Mapped[dict[str, Any] | None]
    created_at: Mapped[datetime] = mapped_column(index=True)
    body: Mapped[bytes | None]


class Tally(Base):
    """A total since the beginning: see ``store/metrics/counters.py``. Not about one recording."""

    __tablename__ = "tallies"

    name: Mapped[str] = mapped_column(WORD, primary_key=True)
    labels: Mapped[str] = mapped_column(String(400), primary_key=True)
    """A JSON list."""
    value: Mapped[float]


class DeletedRecording(Base):
    """What is kept of a recording that a person deleted: that it was, and what it had cost."""

    __tablename__ = "deleted_recordings"

    key: Mapped[str] = mapped_column(KEY, primary_key=True)
    deleted_by: Mapped[str] = mapped_column(TEXT)
    deleted_at: Mapped[datetime]
    speech_usd: Mapped[float]
    answers_usd: Mapped[float]
    references: Mapped[list[Any]]
    """Orders at providers, with whether their transcripts were deleted there: see ``deletions.Reference``."""
    unregistered_at: Mapped[datetime | None]
    """When Dagster's partition was removed; ``None`` until then."""
    due_at: Mapped[datetime | None] = mapped_column(index=True)
    """When what is left elsewhere (files, Dagster, tables, transcripts at the provider) is erased next; ``None``: nothing is."""
    tries: Mapped[int]
    """Tries to clear it that failed."""
    changes: Mapped[int]
    """Webhook events that it had, and one for each deletion: the cross-meeting tables are as old as the count of both."""
    receipt: Mapped[dict[str, Any]] = mapped_column(nullable=True)
    """Place -> what was removed there, and what is left for which reason: see ``deletions.Trace``."""
    traces: Mapped[dict[str, Any]] = mapped_column(nullable=True)
    """What the search elsewhere needs to know: when the recording came, size and hash of its file. Emptied at the end."""
    erased_at: Mapped[datetime | None]
    """When nothing was left. From then on the row has the key ``keys.erased_key``, without words of the title."""
