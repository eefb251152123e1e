"""The tables of commitments over meetings: the commitments, their parts and reports from meetings, and edits by people.

``commitments`` is for people who use SQL: one row for each task or decision, over all meetings of its series. All tables except
``commitment_edits`` can be rebuilt from the results. Must not go here: how they are made (``store/commitments/``).
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, String, false
from sqlalchemy.orm import Mapped, mapped_column

from meeting_pipeline.store.tables.base import KEY, TEXT, WORD, Base

_ID = String(40)
"""An id, of hexadecimal digits and perhaps a prefix."""
_SERIES = String(200)
"""The name of a series, cut where it is longer."""
_NAME = String(200)
"""A folded name, cut where it is longer."""


class Commitment(Base):
    """A task or decision over the meetings of a series, with its latest state."""

    __tablename__ = "commitments"

    id: Mapped[str] = mapped_column(_ID, primary_key=True)
    series: Mapped[str] = mapped_column(_SERIES)
    insight: Mapped[str] = mapped_column(WORD)
    """``action_items`` or ``decisions``."""
    text: Mapped[str] = mapped_column(TEXT)
    """In the words of the latest meeting."""
    owner: Mapped[str | None] = mapped_column(TEXT)
    owner_folded: Mapped[str | None] = mapped_column(_NAME)
    """The owner's name as it is compared."""
    owner_first: Mapped[str | None] = mapped_column(_NAME)
    """Its first word."""
    due_date: Mapped[date | None]
    due_words: Mapped[str | None] = mapped_column(TEXT)
    state: Mapped[str] = mapped_column(WORD)
    """A ``CommitmentState``: set by a person, otherwise from the meetings."""
    said_state: Mapped[str] = mapped_column(WORD)
    """What the meetings say."""
    state_by: Mapped[str | None] = mapped_column(TEXT)
    """Who said the state; ``NULL`` if the meetings do."""
    closed: Mapped[bool]
    candidate: Mapped[bool]
    """Whether no meeting has it as a fact."""
    first_day: Mapped[date]
    last_day: Mapped[date]
    """The days of the first and the latest meeting that say something of it."""
    sort_day: Mapped[date]
    """The due date; without one a day after all others, so that lists have one order."""
    recording_key: Mapped[str] = mapped_column(KEY, index=True)
    """The latest meeting that says something of it."""
    segment_id: Mapped[int | None]
    words: Mapped[str] = mapped_column(TEXT)
    """What was said there."""
    version: Mapped[int]
    """Increases with each change."""
    changed_at: Mapped[datetime]
    untold: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether its latest change still has to be announced by webhook."""
    told: Mapped[dict[str, Any] | None]
    """What was last announced; ``None`` if nothing was."""
    events: Mapped[list[Any]]
    """What each meeting says of it, in order: see ``store/commitments/rows.py``."""

    __table_args__ = (
        # Lists are in this order: a page reads its own rows only.
        Index("ix_commitments_due", "closed", "sort_day", "id"),
        Index("ix_commitments_kind", "insight", "closed", "sort_day", "id"),
        Index("ix_commitments_owner", "owner_folded", "closed", "sort_day", "id"),
        Index("ix_commitments_first_name", "owner_first", "closed", "sort_day", "id"),
        Index("ix_commitments_series", "series", "closed", "sort_day", "id"),
        Index("ix_commitments_untold", "untold", "id"),
        Index("ix_commitments_last", "series", "last_day"),
    )


class CommitmentMeeting(Base):
    """A meeting that was read for commitments."""

    __tablename__ = "commitment_meetings"

    recording_key: Mapped[str] = mapped_column(KEY, ForeignKey("recordings.key"), primary_key=True)
    series: Mapped[str] = mapped_column(_SERIES)
    meeting_date: Mapped[date]
    people: Mapped[list[Any]]

    __table_args__ = (Index("ix_commitment_meetings_series", "series", "meeting_date", "recording_key"),)


class CommitmentPart(Base):
    """An item of one meeting, as a part of a commitment. ``id`` stays the same when the item gets another wording."""

    __tablename__ = "commitment_parts"

    id: Mapped[str] = mapped_column(_ID, primary_key=True)
    recording_key: Mapped[str] = mapped_column(KEY, ForeignKey("recordings.key"), index=True)
    commitment_id: Mapped[str | None] = mapped_column(_ID, index=True)
    present: Mapped[bool]
    """False: no current result has it; it is kept because people said something about it, and may return."""
    position: Mapped[int]
    insight: Mapped[str] = mapped_column(WORD)
    claim_id: Mapped[str] = mapped_column(WORD)
    anchor: Mapped[dict[str, Any]]
    text: Mapped[str] = mapped_column(TEXT)
    owner: Mapped[str | None] = mapped_column(TEXT)
    due_date: Mapped[date | None]
    due_words: Mapped[str | None] = mapped_column(TEXT)
    quote: Mapped[str] = mapped_column(TEXT)
    segment_ids: Mapped[list[Any]]
    status: Mapped[str | None] = mapped_column(WORD)
    status_segment_id: Mapped[int | None]
    standing: Mapped[str] = mapped_column(WORD)


class CommitmentReport(Base):
    """A sentence of a meeting that tells what became of something."""

    __tablename__ = "commitment_reports"

    recording_key: Mapped[str] = mapped_column(KEY, ForeignKey("recordings.key"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    segment_id: Mapped[int]
    speaker: Mapped[str | None] = mapped_column(TEXT)
    text: Mapped[str] = mapped_column(TEXT)
    about: Mapped[str] = mapped_column(TEXT)
    state: Mapped[str] = mapped_column(WORD)
    person: Mapped[str | None] = mapped_column(TEXT)
    due_date: Mapped[date | None]
    due_words: Mapped[str | None] = mapped_column(TEXT)


class CommitmentEdit(Base):
    """A person's edit of a commitment. Undone edits stay; all are deleted with the recordings that they name."""

    __tablename__ = "commitment_edits"

    number: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    )
    part_id: Mapped[str] = mapped_column(_ID, index=True)
    recording_key: Mapped[str] = mapped_column(KEY, ForeignKey("recordings.key"), index=True)
    """That of the part."""
    kind: Mapped[str] = mapped_column(WORD)
    """``state``, ``link`` or ``unlink``."""
    state: Mapped[str | None] = mapped_column(WORD)
    other_part_id: Mapped[str | None] = mapped_column(_ID, index=True)
    """For a link: a part of the commitment that it belongs to."""
    other_recording_key: Mapped[str | None] = mapped_column(KEY, index=True)
    said_on: Mapped[date]
    """Of a state: it wins over what was said until this day."""
    edited_by: Mapped[str] = mapped_column(TEXT)
    edited_at: Mapped[datetime]
    undone_by: Mapped[str | None] = mapped_column(TEXT)
    undone_at: Mapped[datetime | None]

    __table_args__ = ({"sqlite_autoincrement": True},)


class CommitmentChange(Base):
    """A recording whose results have changed since its commitments were linked."""

    __tablename__ = "commitment_changes"

    recording_key: Mapped[str] = mapped_column(KEY, primary_key=True)
    mark: Mapped[str] = mapped_column(_ID)
    noted_at: Mapped[datetime]
