"""Keeps voices in step with a recording's results, inside the transaction that changes them.

A voice of another transcript is deleted, as its label may mean somebody else now; a renamed speaker's gets the new name. Must not
go here: making and reading voices (``voices.py``).
"""

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from meeting_pipeline.domain.people.appearances import folded_speaker
from meeting_pipeline.domain.people.voices import digest_of, spans_of
from meeting_pipeline.domain.record import MeetingRecord
from meeting_pipeline.store.tables import SpeakerVoice, VoiceSet

_UNSYNCED = {"synchronize_session": False}


def note_voices(session: Session, key: str, record: MeetingRecord) -> None:
    """Delete voices that are not of this transcript, and name the others. Without any, one look is all that it costs."""
    digest = session.scalar(select(VoiceSet.digest).where(VoiceSet.recording_key == key))
    if digest is None:
        return
    if record.transcript is None or digest_of(spans_of(record.transcript.segments)) != digest:
        remove_voices(session, key)
        return
    for voice in session.scalars(select(SpeakerVoice).where(SpeakerVoice.recording_key == key)):
        voice.folded = folded_speaker(record, voice.label)
    session.flush()


def remove_voices(session: Session, key: str) -> None:
    """Delete the voices of a recording: they are made again if it is on."""
    for table in (SpeakerVoice, VoiceSet):
        session.execute(delete(table).where(table.recording_key == key), execution_options=_UNSYNCED)
