"""The tables of the HTTP service and its metrics, and marks of the database engine: most are not about one recording.

Must not go here: anything that recordings need when no service runs.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from meeting_pipeline.store.tables.base import KEY, TEXT, WORD, Base


class ApiKey(Base):
    """An API key of the HTTP service. The key itself is not stored."""

    __tablename__ = "api_keys"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    name: Mapped[str] = mapped_column(TEXT)
    key_hash: Mapped[str] = mapped_column(String(64), unique=True)
    scopes: Mapped[list[Any]]
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class ShareLink(Base):
    """A link that lets somebody without a key read one meeting. Its token is not stored."""

    __tablename__ = "share_links"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    recording_key: Mapped[str] = mapped_column(KEY, ForeignKey("recordings.key"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    with_transcript: Mapped[bool]
    with_sound: Mapped[bool]
    created_by: Mapped[str] = mapped_column(TEXT)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class IdempotentRequest(Base):
    """A request with an ``Idempotency-Key``: the same response is returned when the request is repeated."""

    __tablename__ = "idempotent_requests"

    caller: Mapped[str] = mapped_column(String(40), primary_key=True)
    """Id of the API key, or ``local`` if no key is required."""
    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    fingerprint: Mapped[str | None] = mapped_column(String(64))
    """Hash of what was submitted; ``None`` until it is known."""
    recording_key: Mapped[str | None] = mapped_column(KEY, index=True)
    """The recording that the response refers to; ``None`` if it was refused, or deleted since."""
    claim: Mapped[str | None] = mapped_column(String(40))
    """Identifies the request that is being processed; ``None`` once it has a response."""
    claimed_until: Mapped[datetime | None]
    status: Mapped[int | None]
    headers: Mapped[dict[str, Any] | None]
    created_at: Mapped[datetime] = mapped_column(index=True)
    body: Mapped[bytes | None]


class Tally(Base):
    """A total since the beginning: see ``store/metrics/counters.py``. Not about one recording."""

    __tablename__ = "tallies"

    name: Mapped[str] = mapped_column(WORD, primary_key=True)
    labels: Mapped[str] = mapped_column(Text, primary_key=True)
    """A JSON list."""
    value: Mapped[float]


class TallyChange(Base):
    """A change of a sum that is not in ``tallies`` yet: see ``store/metrics/kept_sums.py``. Written by triggers only."""

    __tablename__ = "tally_changes"

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True)
    name: Mapped[str] = mapped_column(WORD)
    labels: Mapped[str] = mapped_column(Text)
    """A JSON list."""
    number: Mapped[int] = mapped_column(BigInteger)
    amount: Mapped[float]
    input: Mapped[int] = mapped_column(BigInteger)
    cached: Mapped[int] = mapped_column(BigInteger)
    output: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = ({"sqlite_autoincrement": True},)


class CatalogChange(Base):
    """A recording that has changed since the cross-meeting tables were written: see ``store/results/table_changes.py``.

    No foreign key: a deleted recording has to vanish from the tables too.
    """

    __tablename__ = "catalog_changes"

    recording_key: Mapped[str] = mapped_column(KEY, primary_key=True)
    mark: Mapped[str] = mapped_column(String(40))
    """Different for each change."""
    since: Mapped[datetime]
    """The first of its changes ..."""
    changed_at: Mapped[datetime]
    """... and the latest."""


class CatalogVersion(Base):
    """The version of the cross-meeting tables that were written last: one row. Files of any other version are not trusted."""

    __tablename__ = "catalog_version"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    version: Mapped[str] = mapped_column(String(40))


class WriteMark(Base):
    """The latest write of a connection to PostgreSQL: see ``store/engine/commit_markers.py``. Not about recordings."""

    __tablename__ = "write_marks"

    writer: Mapped[str] = mapped_column(String(40), primary_key=True)
    number: Mapped[int]
    at: Mapped[datetime]
