"""The tables of voices, for suggestions of people: see ``docs/adr/0080-people-by-voice.md``. Empty unless turned on.

Must not go here: who sounds like whom (``domain/people/voices.py``).
"""

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from meeting_pipeline.store.tables.base import KEY, WORD, Base


class VoiceSet(Base):
    """A recording whose voices were made, or could not be made."""

    __tablename__ = "voice_sets"

    recording_key: Mapped[str] = mapped_column(KEY, ForeignKey("recordings.key", ondelete="CASCADE"), primary_key=True)
    model: Mapped[str] = mapped_column(WORD)
    """Hash of the model's file: voices of another one are not compared with them."""
    digest: Mapped[str] = mapped_column(WORD)
    """Of the stretches that they are made of: whether the transcript has changed."""
    error_code: Mapped[str | None] = mapped_column(WORD)
    """Why there are none, or that they are being made."""


class SpeakerVoice(Base):
    """The voice of a speaker in a recording."""

    __tablename__ = "speaker_voices"

    recording_key: Mapped[str] = mapped_column(KEY, ForeignKey("recordings.key", ondelete="CASCADE"), primary_key=True)
    label: Mapped[str] = mapped_column(String(200), primary_key=True)
    folded: Mapped[str] = mapped_column(String(200))
    """The speaker's name, as in ``person_names``; empty: nobody has named the speaker."""
    model: Mapped[str] = mapped_column(WORD)
    heard_ms: Mapped[int]
    """How much speech it is made of."""
    vector: Mapped[bytes]
    """Numbers of 32 bits (little-endian), of length 1."""
