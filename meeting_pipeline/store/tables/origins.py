"""The tables of the origins of current results, and of the fingerprints in use.

Must not go here: the results (``results.py``), what was paid (``ledger.py``).
"""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from meeting_pipeline.store.tables.base import KEY, TEXT, WORD, Base

FINGERPRINT = String(80)
"""A prompt version (64) and the version of an insight's own rules."""


class ResultOrigin(Base):
    """What made the current version of one insight of one recording, and what that took. Replaced with each new version."""

    __tablename__ = "result_origins"

    recording_key: Mapped[str] = mapped_column(KEY, ForeignKey("recordings.key"), primary_key=True)
    result: Mapped[str] = mapped_column(WORD, primary_key=True)
    fingerprint: Mapped[str] = mapped_column(FINGERPRINT)
    """See ``domain/fingerprints.py``."""
    provider: Mapped[str] = mapped_column(WORD)
    model: Mapped[str] = mapped_column(TEXT)
    since: Mapped[datetime]
    """When it was made; if its transcript was replaced, when that happened."""
    calls: Mapped[int] = mapped_column(default=0)
    """The calls on which the result is based, and their tokens."""
    input_tokens: Mapped[int] = mapped_column(default=0)
    cached_tokens: Mapped[int] = mapped_column(default=0)
    cache_write_tokens: Mapped[int] = mapped_column(default=0)
    output_tokens: Mapped[int] = mapped_column(default=0)

    __table_args__ = (Index("ix_result_origins_fingerprint", "result", "fingerprint", "recording_key"),)


class FingerprintInUse(Base):
    """Since when results have been made with a fingerprint. The newest row of a result is the one in use."""

    __tablename__ = "fingerprints_in_use"

    result: Mapped[str] = mapped_column(WORD, primary_key=True)
    since: Mapped[datetime] = mapped_column(primary_key=True)
    fingerprint: Mapped[str] = mapped_column(FINGERPRINT)
