"""The rows stored when a recording is submitted: the recording, and the submission.

Must not go here: whether it is a duplicate, or is rejected (``recordings.py``).
"""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from meeting_pipeline.domain.ignored_details import IgnoredField, ignored_fields
from meeting_pipeline.domain.recording import MediaFacts, RecordingStatus, Source, Stage
from meeting_pipeline.domain.sidecar_options import SidecarOptions
from meeting_pipeline.store.edits.recording_edits import details_of
from meeting_pipeline.store.engine.context import StoreContext
from meeting_pipeline.store.engine.row_helpers import new_id
from meeting_pipeline.store.recordings.staged_objects import take_staged
from meeting_pipeline.store.recordings.submitter_data import attach_submission
from meeting_pipeline.store.results.records import load_record
from meeting_pipeline.store.search.indexing import index_recording
from meeting_pipeline.store.tables import Recording, Submission


class KeyTaken(Exception):
    """Other content got the key between its choice and the row. Another key is chosen; this is reported to nobody."""


@dataclass(frozen=True)
class NewRecording:
    """A validated file whose durable copy is in the recording's folder."""

    key: str
    title: str
    original_name: str
    source: Source
    sha256: str
    size_bytes: int
    media_file: str | None
    transcript_file: str | None
    facts: MediaFacts | None
    duration_ms: int
    meeting_date: date
    options: SidecarOptions
    needs_order: bool
    """Whether a remote provider transcribes it."""
    timezone: str | None = None
    """The time zone of ``meeting_date``; see ``Recording.timezone``."""
    prepared_file: str | None = None
    multichannel: bool = False
    """Whether each channel is one speaker."""
    stored: "StoredIn | None" = None
    """Where its files are; ``None`` if it has none, or they were already stored."""


@dataclass(frozen=True)
class StoredIn:
    """Where the files of a recording are: the identity of the folder, and the host that put them there.

    ``prefix``: where they are in object storage. ``folder`` is then its identity, and ``host`` its address for people.
    """

    folder: str
    host: str
    prefix: str | None = None


@dataclass(frozen=True)
class Accepted:
    """The result of a submission."""

    key: str
    submission_id: str
    duplicate: bool
    retried: bool = False
    """The same content had failed before and is retried."""
    ignored: tuple[IgnoredField, ...] = ()
    """Details that were given and are not used, because the recording is known with others."""


def insert_recording(session: Session, new: NewRecording, now: datetime) -> Recording:
    """Insert the row of a recording that is due at once. Raises: IntegrityError if its content or key is known."""
    row = Recording(
        key=new.key,
        title=new.title,
        original_name=new.original_name,
        source=new.source,
        sha256=new.sha256,
        size_bytes=new.size_bytes,
        media_file=new.media_file,
        transcript_file=new.transcript_file,
        prepared_file=new.prepared_file,
        multichannel=new.multichannel,
        stored_in=new.stored.folder if new.stored else None,
        stored_on=new.stored.host if new.stored else None,
        object_prefix=new.stored.prefix if new.stored else None,
        codec=new.facts.codec if new.facts else None,
        container=new.facts.container if new.facts else None,
        duration_ms=new.duration_ms,
        meeting_date=new.meeting_date,
        timezone=new.timezone,
        language=new.options.language,
        speakers_expected=new.options.speakers_expected,
        participants=list(new.options.participants),
        keyterms=list(new.options.keyterms),
        speech_options=new.options.given(),
        status=RecordingStatus.PENDING,
        stage=Stage.ORDERING if new.needs_order else Stage.READY,
        due_at=now,
        created_at=now,
        updated_at=now,
        attempts=0,
        requests=0,
        worker_losses=0,
        revision=0,
        event_seq=0,
    )
    if row.object_prefix is not None:
        take_staged(session, row.object_prefix)
    session.add(row)
    session.flush()  # before the rows that refer to it
    index_recording(session, row, load_record(session, row))  # its title and participants
    return row


def insert_submission(
    context: StoreContext, session: Session, row: Recording, new: NewRecording, *, duplicate: bool
) -> Submission:
    """Insert the row of one submission, with the secret of its webhook encrypted."""
    secret = new.options.webhook_secret
    submission = Submission(
        id=new_id(),
        recording_key=row.key,
        source=new.source,
        original_name=new.original_name,
        duplicate=duplicate,
        webhook_url=new.options.webhook_url,
        webhook_secret=context.cipher.encrypt(secret) if secret else None,
        webhook_body=new.options.webhook_body,
        mail_to=list(new.options.mail_to) or None,
        reference=new.options.reference,
        metadata_=new.options.metadata,
        submitted_at=context.now(),
    )
    session.add(submission)
    session.flush()
    attach_submission(session, row, submission)
    return submission


def ignored_of(row: Recording, options: SidecarOptions) -> tuple[IgnoredField, ...]:
    """The details of a further submission that differ from those that the recording has."""
    return ignored_fields(options, {**details_of(row), "multichannel": row.multichannel})
