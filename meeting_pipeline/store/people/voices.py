"""Voices of speakers: which recordings lack them, storing new ones, reading them, and deleting all.

Must not go here: keeping them in step with results (``voice_notes.py``), making them (``steps/voices/``), what is suggested
(``suggesting.py``).
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Select, delete, func, or_, select
from sqlalchemy.orm import Session

from meeting_pipeline.domain.people.appearances import folded_speaker
from meeting_pipeline.domain.people.identities import own_id
from meeting_pipeline.domain.people.voices import Span, digest_of, length_of, spans_of
from meeting_pipeline.domain.recording import RecordingStatus
from meeting_pipeline.store.engine.compacting import compact, empty_journal
from meeting_pipeline.store.engine.context import StoreContext
from meeting_pipeline.store.engine.transaction_retry import retrying
from meeting_pipeline.store.people.deciding import lock_edits
from meeting_pipeline.store.people.voice_notes import refusing, remove_voices
from meeting_pipeline.store.results.record_rows import UNREADABLE
from meeting_pipeline.store.results.records import load_record
from meeting_pipeline.store.search.vectors import packed
from meeting_pipeline.store.tables import PersonName, Recording, SpeakerVoice, VoiceSet

_log = logging.getLogger(__name__)
_UNREADABLE_CODE: Final = "unreadable"
BEGUN: Final = "begun"
"""Instead of a code: they are being made, or whoever did that has died. Without this note they are not written any more."""


@dataclass(frozen=True)
class VoiceWork:
    """A recording whose voices are due, from these stretches of each label."""

    key: str
    model: str
    digest: str
    spans: Mapping[str, Sequence[Span]]


@dataclass(frozen=True)
class VoiceProgress:
    """Recordings with audio: how many are done with this model, how many of them gave an error, and how many wait."""

    done: int
    failed: int
    waiting: int
    voices: int


@dataclass(frozen=True)
class StoredVoice:
    """A voice in a recording. ``person_id``: the person it belongs to; ``None``: the speaker has no name."""

    recording: str
    label: str
    person_id: str | None
    vector: bytes


@retrying
class Voices:
    """Repository of the voices of speakers."""

    def __init__(self, context: StoreContext) -> None:
        self._context = context

    def lacking(self, model: str, limit: int, after: str | None = None) -> list[str]:
        """Finished recordings with audio whose voices were not made with this model, the newest days first.

        ``after``: only those after this one, whether or not it still lacks voices.
        """
        query = _lacking(model).order_by(Recording.key.desc()).limit(limit)
        if after is not None:
            query = query.where(Recording.key < after)
        with self._context.database.read() as session:
            return list(session.scalars(query))

    def open(self, key: str, model: str) -> VoiceWork | None:
        """Begin with a recording. Voices of another model are deleted. ``None`` if nothing can be made of it."""
        with self._context.database.write() as session:
            row = session.get(Recording, key, with_for_update=True)
            if row is None:
                return None
            remove_voices(session, key)
            try:
                record = load_record(session, row)
            except UNREADABLE as error:
                _log.error("the results of %s cannot be read (%s): it gets no voices", key, type(error).__name__)
                session.add(VoiceSet(recording_key=key, model=model, digest="", error_code=_UNREADABLE_CODE))
                return None
            spans = spans_of(record.transcript.segments) if record.transcript is not None else {}
            work = VoiceWork(key, model, digest_of(spans), spans)
            session.add(VoiceSet(recording_key=key, model=model, digest=work.digest, error_code=BEGUN))
            return work

    def finish(self, work: VoiceWork, vectors: Mapping[str, Sequence[float]], error_code: str | None = None) -> bool:
        """Store the voices of a recording. False if its transcript has changed, it is gone, or its voices were deleted."""
        with self._context.database.write() as session:
            row = session.get(Recording, work.key, with_for_update=True)
            noted = session.get(VoiceSet, work.key, with_for_update=True)
            if row is None or noted is None or noted.error_code != BEGUN:
                return False
            if (noted.model, noted.digest) != (work.model, work.digest):
                return False
            record = load_record(session, row)
            lock_edits(session, writing=False)  # who refuses voices meanwhile waits, and deletes these
            noted.error_code = error_code
            known = refusing(session)
            mine = select(PersonName.folded, PersonName.person_id).where(PersonName.recording_key == work.key)
            whose = dict(session.execute(mine).tuples().all())
            for label, vector in vectors.items():
                folded = folded_speaker(record, label)
                if folded and known is not None:
                    person = whose.get(folded) or known.end_of(own_id(folded))
                    if person in known.without_voice:
                        continue
                session.add(
                    SpeakerVoice(
                        recording_key=work.key, label=label, folded=folded, model=work.model,
                        heard_ms=length_of(work.spans[label]), vector=packed(vector),
                    )
                )  # fmt: skip
            return True

    def forget_all(self) -> int:
        """Delete every voice. Returns how many there were."""
        with self._context.database.write() as session:
            # First the rows that `finish` locks: once they are gone it has ended, and its writes are visible.
            session.execute(delete(VoiceSet), execution_options={"synchronize_session": False})
            gone = session.execute(delete(SpeakerVoice), execution_options={"synchronize_session": False})
            return int(getattr(gone, "rowcount", 0))

    def compact(self) -> str | None:
        """Overwrite the space of deleted voices. Returns why this is not possible now."""
        left = compact(self._context.database, (SpeakerVoice.__tablename__, VoiceSet.__tablename__))
        empty_journal(self._context.database)
        return left

    def try_again(self) -> None:
        """Have those made again that gave an error."""
        with self._context.database.write() as session:
            failed = delete(VoiceSet).where(VoiceSet.error_code.is_not(None))
            session.execute(failed, execution_options={"synchronize_session": False})

    def progress(self, model: str) -> VoiceProgress:
        """How far making voices has come, for people."""
        code = VoiceSet.error_code
        ended = or_(code.is_(None), code != BEGUN)
        done = select(func.count()).select_from(VoiceSet).where(VoiceSet.model == model, ended)
        waiting = select(func.count()).select_from(_lacking(model).subquery())
        voices = select(func.count()).select_from(SpeakerVoice).where(SpeakerVoice.model == model)
        with self._context.database.read() as session:
            counts = (done, done.where(code.is_not(None)), waiting, voices)
            return VoiceProgress(*(int(session.scalar(one) or 0) for one in counts))

    def all(self, model: str) -> list[StoredVoice]:
        """Every voice of this model, with whose it is."""
        with self._context.database.read() as session:
            return stored_voices(session, model)


def stored_voices(session: Session, model: str) -> list[StoredVoice]:
    """Every voice of a model, in order of recordings and labels."""
    is_name = (PersonName.recording_key == SpeakerVoice.recording_key) & (PersonName.folded == SpeakerVoice.folded)
    query = (
        select(SpeakerVoice.recording_key, SpeakerVoice.label, PersonName.person_id, SpeakerVoice.vector)
        .outerjoin(PersonName, is_name)
        .where(SpeakerVoice.model == model)
        .order_by(SpeakerVoice.recording_key, SpeakerVoice.label)
    )
    return [StoredVoice(*row) for row in session.execute(query)]


def _lacking(model: str) -> Select[tuple[str]]:
    other = or_(VoiceSet.recording_key.is_(None), VoiceSet.model != model, VoiceSet.error_code == BEGUN)
    return (
        select(Recording.key)
        .outerjoin(VoiceSet, VoiceSet.recording_key == Recording.key)
        .where(Recording.status == RecordingStatus.COMPLETED, Recording.media_file.is_not(None), other)
    )
