"""Keeps voices in step with a recording's results and with people, inside the transaction that changes them.

A voice of another transcript is deleted, because its label may mean somebody else now; the voice of a renamed speaker gets the
new name. Voices of people who refused are deleted. Must not go here: making and reading voices (``voices.py``).
"""

from functools import cache

from sqlalchemy import ColumnElement, Select, bindparam, delete, exists, select
from sqlalchemy.orm import Session

from meeting_pipeline.domain.people.appearances import folded_speaker
from meeting_pipeline.domain.people.identities import Identities, PersonEditKind
from meeting_pipeline.domain.people.voices import digest_of, spans_of
from meeting_pipeline.domain.record import MeetingRecord
from meeting_pipeline.store.people.deciding import all_identities
from meeting_pipeline.store.tables import PersonEditRow, PersonName, SpeakerVoice, VoiceSet

_UNSYNCED = {"synchronize_session": False}


def note_voices(session: Session, key: str, record: MeetingRecord) -> None:
    """Delete voices that are not of this transcript, and name the others. Without any, one look is all that it costs."""
    digest = session.scalar(_digest_of(), {"of_key": key})
    if digest is None:
        return
    if record.transcript is None or digest_of(spans_of(record.transcript.segments)) != digest:
        remove_voices(session, key)
        return
    for voice in session.scalars(select(SpeakerVoice).where(SpeakerVoice.recording_key == key)):
        voice.folded = folded_speaker(record, voice.label)
    session.flush()
    remove_refused(session, SpeakerVoice.recording_key == key)


@cache
def _digest_of() -> Select[tuple[str]]:
    """Made once: it is part of storing any result."""
    return select(VoiceSet.digest).where(VoiceSet.recording_key == bindparam("of_key"))


def remove_voices(session: Session, key: str) -> None:
    """Delete the voices of a recording: they are made again if it is on."""
    for table in (VoiceSet, SpeakerVoice):
        session.execute(delete(table).where(table.recording_key == key), execution_options=_UNSYNCED)


def refusing(session: Session) -> Identities | None:
    """Everything that was decided, if anybody refuses voices. The caller holds the lock of edits."""
    is_refusal = (PersonEditRow.kind == PersonEditKind.NO_VOICE.value) & PersonEditRow.undone_at.is_(None)
    if session.scalar(select(PersonEditRow.number).where(is_refusal).limit(1)) is None:
        return None
    return all_identities(session)


def remove_refused(session: Session, *among: ColumnElement[bool]) -> int:
    """Delete voices of people who refuse them. Returns how many there were. The caller holds the lock of edits."""
    known = refusing(session)
    if known is None:
        return 0
    is_refused = exists().where(
        PersonName.recording_key == SpeakerVoice.recording_key,
        PersonName.folded == SpeakerVoice.folded,
        PersonName.person_id.in_(sorted(known.without_voice)),
    )
    gone = session.execute(delete(SpeakerVoice).where(is_refused, *among), execution_options=_UNSYNCED)
    return int(getattr(gone, "rowcount", 0))


def make_again(session: Session, person_id: str) -> None:
    """Have the voices of all recordings made again in which a person speaks."""
    spoke = select(PersonName.recording_key).where(PersonName.person_id == person_id, PersonName.talk_ms.is_not(None))
    for key in session.scalars(spoke.distinct()).all():
        remove_voices(session, key)
