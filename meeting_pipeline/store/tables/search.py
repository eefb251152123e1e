"""The tables of the search: indexed meetings, their lines, their people, recordings still to be indexed, and vectors.

On SQLite, `search_words`, an FTS5 table, has the words of `search_lines`; triggers keep it. See ``docs/adr/0046-search.md``.
Must not go here: the text of transcript lines, which is in ``segments``.
"""

from datetime import date, datetime

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, Text
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from meeting_pipeline.store.tables.base import KEY, TEXT, WORD, Base

_NUMBER = BigInteger().with_variant(Integer, "sqlite")
"""On SQLite an `INTEGER PRIMARY KEY`, which is the row's own number."""


class SearchMeeting(Base):
    """A meeting that is indexed. Numbers are in the order of the meetings' dates."""

    __tablename__ = "search_meetings"

    number: Mapped[int] = mapped_column(_NUMBER, primary_key=True, autoincrement=False)
    recording_key: Mapped[str] = mapped_column(KEY, ForeignKey("recordings.key"), unique=True)
    meeting_date: Mapped[date]
    lines: Mapped[int]
    language: Mapped[str] = mapped_column(WORD)
    """On PostgreSQL: the text search configuration of its words."""


class SearchLine(Base):
    """A line that can be found. Never updated: a changed line is deleted and inserted."""

    __tablename__ = "search_lines"

    number: Mapped[int] = mapped_column(_NUMBER, primary_key=True, autoincrement=False)
    """The number of its meeting, and its position there: see ``store/search/numbers.py``."""
    digest: Mapped[int] = mapped_column(BigInteger)
    """Of all its content: whether it has changed."""
    kind: Mapped[str] = mapped_column(WORD)
    text: Mapped[str | None] = mapped_column(TEXT)
    """``NULL`` for a line of the transcript: its text is that of its segment."""
    people: Mapped[str] = mapped_column(TEXT)
    """Names, one a line."""
    segment_id: Mapped[int | None]
    start_ms: Mapped[int | None]
    end_ms: Mapped[int | None]
    status: Mapped[str | None] = mapped_column(WORD)
    withheld: Mapped[bool]
    draft: Mapped[bool]
    words: Mapped[str] = mapped_column(TSVECTOR().with_variant(Text(), "sqlite"))
    """Its folded words; on PostgreSQL with its marks, and with a GIN index that the migration makes."""
    marks: Mapped[str] = mapped_column(TEXT)
    """What it can be filtered by, and the pairs of characters of unspaced scripts; empty on PostgreSQL."""


class SearchName(Base):
    """A person of an indexed meeting."""

    __tablename__ = "search_names"

    number: Mapped[int] = mapped_column(_NUMBER, primary_key=True, autoincrement=False)
    """Of the meeting."""
    folded: Mapped[str] = mapped_column(Text(), primary_key=True)


class SearchPending(Base):
    """A recording that still has to be indexed: it is older than the index, or the index is being rebuilt."""

    __tablename__ = "search_pending"

    recording_key: Mapped[str] = mapped_column(KEY, primary_key=True)


class SearchVector(Base):
    """The vector of a window of a transcript, made by an embeddings model: see ``docs/adr/0078-search-by-meaning.md``."""

    __tablename__ = "search_vectors"

    recording_key: Mapped[str] = mapped_column(KEY, ForeignKey("recordings.key", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    first_segment: Mapped[int]
    last_segment: Mapped[int]
    start_character: Mapped[int]
    """Where the window begins in its first segment."""
    digest: Mapped[str] = mapped_column(WORD)
    """Of its text: whether it has changed."""
    model: Mapped[str] = mapped_column(TEXT)
    vector: Mapped[bytes]
    """Numbers of 32 bits, as this machine's processor has them (little-endian)."""


class SearchVectorSet(Base):
    """The vectors of a recording, as a whole: whether they are made, and their signs, which are looked through first."""

    __tablename__ = "search_vector_sets"

    recording_key: Mapped[str] = mapped_column(KEY, ForeignKey("recordings.key", ondelete="CASCADE"), primary_key=True)
    due_at: Mapped[datetime | None]
    """When vectors are due; ``NULL``: all are there, or nothing more is tried."""
    failures: Mapped[int]
    """How often in a row making them failed."""
    error_code: Mapped[str | None] = mapped_column(WORD)
    """Why, the last time."""
    model: Mapped[str] = mapped_column(TEXT)
    """Of the vectors; empty if there are none yet."""
    digest: Mapped[str] = mapped_column(WORD)
    """Of the windows that the vectors are of; empty if there are none, or the transcript has changed since."""
    signs: Mapped[bytes | None]
    """One bit for each number of each vector, window after window. The last column: see ``Artifact.payload``."""

    __table_args__ = (
        Index("ix_search_vector_sets_due", "due_at", "recording_key"),
        Index("ix_search_vector_sets_model", "model"),
    )
