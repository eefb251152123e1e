"""The tables of people over meetings: the names in each recording with the person they mean, and edits of people.

Must not go here: whose name it is (``domain/people/identities.py``).
"""

from datetime import date, datetime

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from meeting_pipeline.store.tables.base import KEY, TEXT, WORD, Base

_ID = String(40)
"""An id: a prefix and 16 hexadecimal digits."""
_NAME = String(200)
"""A folded name, cut where it is longer."""
_SERIES = String(200)
"""The name of a series, cut where it is longer."""


class PersonName(Base):
    """A name of a recording: of a speaker, a participant, or somebody who owns or decided something."""

    __tablename__ = "person_names"

    recording_key: Mapped[str] = mapped_column(KEY, ForeignKey("recordings.key"), primary_key=True)
    folded: Mapped[str] = mapped_column(_NAME, primary_key=True)
    """What makes spellings one name: see ``domain/people/names.py``."""
    name: Mapped[str] = mapped_column(TEXT)
    """As it is written there."""
    owner: Mapped[str] = mapped_column(_NAME)
    """As commitments compare it."""
    base_id: Mapped[str] = mapped_column(_ID, index=True)
    """Whose name it is, before merges."""
    person_id: Mapped[str] = mapped_column(_ID)
    """Whose name it is."""
    series: Mapped[str] = mapped_column(_SERIES)
    meeting_date: Mapped[date]
    talk_ms: Mapped[int | None]
    """How long it spoke; ``NULL``: it did not."""
    invited: Mapped[bool]
    """Whether it was named as a participant."""
    acts: Mapped[bool]
    """Whether it owns an action item or made a decision."""

    __table_args__ = (
        # Totals of people are read from this index alone.
        Index("ix_person_names_person", "person_id", "meeting_date", "recording_key", "talk_ms"),
        Index("ix_person_names_folded", "folded", "series"),
    )


class PersonEditRow(Base):
    """An edit of people. Undone edits stay; edits of a name are deleted with the last recording that has the name."""

    __tablename__ = "person_edits"

    number: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    )
    kind: Mapped[str] = mapped_column(WORD)
    """An ``PersonEditKind``."""
    person_id: Mapped[str] = mapped_column(_ID, index=True)
    other_id: Mapped[str | None] = mapped_column(_ID, index=True)
    """The other person: merged with this one, given the name, or marked as somebody else."""
    folded: Mapped[str | None] = mapped_column(_NAME, index=True)
    """Of a split: the name."""
    scope: Mapped[str | None] = mapped_column(_SERIES)
    """Of a split: where; empty: everywhere."""
    name: Mapped[str | None] = mapped_column(TEXT)
    """Of a renaming."""
    edited_by: Mapped[str] = mapped_column(TEXT)
    edited_at: Mapped[datetime]
    undone_by: Mapped[str | None] = mapped_column(TEXT)
    undone_at: Mapped[datetime | None]

    __table_args__ = ({"sqlite_autoincrement": True},)
