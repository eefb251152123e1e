"""Recordings as submitted: accepting them once, finding them, listing them.

Belongs here: the rows ``recordings``, ``submissions`` and reading ``recording_events``.
Must not go here: how a recording advances (``lifecycle.py``), registering it with Dagster (``registrations.py``), its results
(``store/results/results.py``).
"""

from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from meeting_pipeline.domain.keys import hash_json
from meeting_pipeline.domain.record import Problem
from meeting_pipeline.domain.recording import RecordingStatus, Source, Stage
from meeting_pipeline.domain.sidecar_options import SidecarOptions
from meeting_pipeline.store.engine.context import StoreContext
from meeting_pipeline.store.engine.database import AT_ONCE
from meeting_pipeline.store.engine.row_helpers import add_event, locked_recording, new_id, unknown_recording
from meeting_pipeline.store.engine.transaction_retry import retrying
from meeting_pipeline.store.outbox.webhook_events import WebhookEvents
from meeting_pipeline.store.recordings.free_keys import free_key
from meeting_pipeline.store.recordings.new_recordings import (
    Accepted,
    KeyTaken,
    NewRecording,
    ignored_of,
    insert_recording,
    insert_submission,
)
from meeting_pipeline.store.recordings.state_machine import restart
from meeting_pipeline.store.results.table_changes import note_table_change
from meeting_pipeline.store.tables import Recording, RecordingEvent

Also = Callable[[Session, Recording, Accepted], None]
"""A caller's work inside the transaction that accepts a recording."""


@dataclass(frozen=True)
class State:
    """The state of a recording, and its stored data."""

    status: RecordingStatus
    has_media: bool
    has_transcript: bool


@retrying
class Recordings:
    """Repository of recordings and their submissions."""

    def __init__(self, context: StoreContext, webhook_events: WebhookEvents) -> None:
        self._context = context
        self._webhook_events = webhook_events

    def accept(self, new: NewRecording, also: Also | None = None) -> Accepted:
        """Store a recording and its submission in one transaction; the same content is stored once.

        A duplicate adds a submission: its webhook receives the present outcome, if there is one. A duplicate of a failed
        recording retries it. ``also`` runs in the same transaction: if it raises, everything is rolled back.
        Raises: KeyTaken.
        """
        try:
            return self._accept(new, also)
        except IntegrityError:
            # another process stored the same content between our read and our write: now it is a duplicate
            try:
                return self._accept(new, also)
            except IntegrityError as error:
                holder = self.find(new.key)
                if holder is not None and holder.sha256 != new.sha256:
                    raise KeyTaken(new.key) from error
                raise

    def _accept(self, new: NewRecording, also: Also | None) -> Accepted:
        with self._context.database.write() as session:
            row, accepted = self._accept_within(session, new)
            if also is not None:
                also(session, row, accepted)
            return accepted

    def _accept_within(self, session: Session, new: NewRecording) -> tuple[Recording, Accepted]:
        known = session.scalar(select(Recording).where(Recording.sha256 == new.sha256).with_for_update())
        if known is None:
            row = insert_recording(session, new, self._context.now())
            add_event(session, row, "accepted", row.created_at, stage=row.stage, duration_ms=row.duration_ms)
            submission = insert_submission(self._context, session, row, new, duplicate=False)
            return row, Accepted(row.key, submission.id, duplicate=False)
        submission = insert_submission(self._context, session, known, new, duplicate=True)
        if (
            new.stored is not None and new.stored.prefix is None
        ):  # its files were missing in this folder, and are there now
            known.stored_in, known.stored_on = new.stored.folder, new.stored.host
        retried = _is_over(known)
        if retried:
            restart(known, new.needs_order, self._context)
            note_table_change(session, known.key, self._context.now())
            add_event(session, known, "retried", self._context.now(), reason="submitted again")
        elif RecordingStatus(known.status).terminal:
            self._webhook_events.publish_latest(session, known, submission)
        ignored = ignored_of(known, new.options)
        return known, Accepted(known.key, submission.id, duplicate=True, retried=retried, ignored=ignored)

    def refuse(
        self, name: str, options: SidecarOptions, source: Source, meeting_date: date, problem: Problem, *,
        identity: str | None = None, timezone: str | None = None,
    ) -> str:  # fmt: skip
        """Register a file that cannot become a recording as failed, because its submitter waits for a webhook.

        ``identity`` is a SHA-256 that identifies this file: it is rejected, and reported, only once.
        Returns the key of the failed row, which has no content.
        """
        identity = identity or hash_json([name, new_id()])
        known = self.find_by_hash(identity)
        if known is not None:
            return known.key
        new = NewRecording(
            key=self.free_key(meeting_date, options.title or name, identity, counted=False),
            title=options.title or name,
            original_name=name,
            source=source,
            sha256=identity,
            size_bytes=0,
            media_file=None,
            transcript_file=None,
            facts=None,
            duration_ms=0,
            meeting_date=meeting_date,
            options=options,
            needs_order=False,
            timezone=timezone,
        )
        with suppress(IntegrityError):  # another process rejected the same file between our read and our write
            self._refuse(new, problem)
        return new.key

    def _refuse(self, new: NewRecording, problem: Problem) -> None:
        with self._context.database.write() as session:
            row = insert_recording(session, new, self._context.now())
            row.status, row.stage, row.due_at = RecordingStatus.FAILED, Stage.DONE, None
            add_event(session, row, "refused", row.created_at, code=problem.code)
            insert_submission(self._context, session, row, new, duplicate=False)
            row.error_code, row.error_message, row.error_advice = problem.code, problem.message, problem.advice
            row.completed_at = row.registered_at = self._context.now()  # there is nothing for Dagster to show
            self._webhook_events.publish(session, row)
            add_event(session, row, "failed", self._context.now(), code=problem.code, revision=row.revision)

    def get(self, key: str) -> Recording:
        """The recording's row. Raises: PermanentError ``unknown_recording``."""
        row = self.find(key)
        if row is None:
            raise unknown_recording(key)
        return row

    def states(self, keys: Sequence[str]) -> dict[str, State]:
        """Where each of these recordings is: any number of them, in a few queries.

        Raises: PermanentError ``unknown_recording``.
        """
        columns = (Recording.key, Recording.status, Recording.media_file, Recording.transcript_file)
        found: dict[str, State] = {}
        for start in range(0, len(keys), AT_ONCE):
            query = select(*columns).where(Recording.key.in_(keys[start : start + AT_ONCE]))
            with self._context.database.read() as session:
                for key, status, media, transcript in session.execute(query):
                    found[key] = State(RecordingStatus(status), media is not None, transcript is not None)
        for key in keys:
            if key not in found:
                raise unknown_recording(key)
        return found

    def find(self, key: str) -> Recording | None:
        """The recording's row, or ``None``."""
        with self._context.database.read() as session:
            return session.get(Recording, key)

    def find_by_hash(self, sha256: str) -> Recording | None:
        """The recording with this content, or ``None``."""
        with self._context.database.read() as session:
            return session.scalar(select(Recording).where(Recording.sha256 == sha256))

    def free_key(
        self, meeting_date: date, name: str, sha256: str, *, counted: bool = True, avoid: Collection[str] = ()
    ) -> str:
        """The key of this content, or a new one that no recording has, or had before it was deleted.

        ``counted``: nobody else chooses a key before the row is written; otherwise the key has digits of the content's hash.
        ``avoid``: keys that are taken where the files are stored.
        """
        with self._context.database.read() as session:
            return free_key(session, meeting_date, name, sha256, counted=counted, avoid=avoid)

    def list(self, *, status: RecordingStatus | None = None, limit: int = 50) -> Sequence[Recording]:
        """Recordings, newest first: only their rows. For what people see besides them: ``queries.py``."""
        query = select(Recording).order_by(Recording.created_at.desc(), Recording.key.desc()).limit(limit)
        if status is not None:
            query = query.where(Recording.status == status)
        with self._context.database.read() as session:
            return session.scalars(query).all()

    def events(self, key: str, after: int = 0) -> Sequence[RecordingEvent]:
        """The events of a recording after sequence number ``after``, oldest first."""
        query = (
            select(RecordingEvent)
            .where(RecordingEvent.recording_key == key, RecordingEvent.seq > after)
            .order_by(RecordingEvent.seq)
        )
        with self._context.database.read() as session:
            return session.scalars(query).all()

    def retry(self, key: str, *, needs_order: bool) -> bool:
        """Restart a failed recording, as if it had just been submitted.

        False if it has not failed, if a run has it already, or if nothing of it was stored (a rejected file).
        """
        with self._context.database.write() as session:
            row = locked_recording(session, key)
            if not _is_over(row) or (row.media_file is None and row.transcript_file is None):
                return False
            restart(row, needs_order, self._context)
            note_table_change(session, key, self._context.now())
            add_event(session, row, "retried", self._context.now(), reason="asked for")
            return True


def _is_over(row: Recording) -> bool:
    """Whether it has failed and no run has it."""
    return row.status == RecordingStatus.FAILED and row.stage == Stage.DONE
