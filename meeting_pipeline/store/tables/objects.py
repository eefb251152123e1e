"""The tables of stored objects that belong to no recording yet, or no longer.

Must not go here: where the files of a recording are (``recordings.py``).
"""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from meeting_pipeline.store.tables.base import KEY, TEXT, WORD, Base


class StagedObject(Base):
    """Objects that belong to no recording, or not yet: see ``store/recordings/staged_objects.py``."""

    __tablename__ = "staged_objects"

    prefix: Mapped[str] = mapped_column(String(64), primary_key=True)
    stored_in: Mapped[str] = mapped_column(String(40))
    """Identity of the object storage."""
    removing: Mapped[bool]
    """Whether they are being removed: no recording may take them any more."""
    created_at: Mapped[datetime]


class InboxObject(Base):
    """An object that was seen in the bucket of the inbox: see ``store/recordings/inbox_objects.py``."""

    __tablename__ = "inbox_objects"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    """SHA-256 of the bucket, the object's name and its version: a replaced object is another one."""
    state: Mapped[str] = mapped_column(WORD, index=True)
    """``seen`` -> ``taken`` | ``spare`` -> ``done``; ``seen`` <-> ``left``."""
    name: Mapped[str | None] = mapped_column(TEXT)
    """Its name below the prefix; ``None`` once it is ``done``: names hold words of titles."""
    reason: Mapped[str | None] = mapped_column(WORD)
    """Why it is left out."""
    recording_key: Mapped[str | None] = mapped_column(KEY, index=True)
    """The recording that it became a file of, until it is ``done``."""
    tries: Mapped[int]
    """How often in a row it could not be taken."""
    first_seen_at: Mapped[datetime]
    """When its name was first seen, with this version or an earlier one."""
    seen_at: Mapped[datetime]
    """When this version was first seen."""
    listed_at: Mapped[datetime]
    """When it was last in a listing. Kept up to date only while it is ``seen`` or ``left``."""
    due_at: Mapped[datetime | None]
    """It is not tried before."""
