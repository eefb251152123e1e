"""The values stored about deletions: traces found, references at providers, costs.

Must not go here: the rows (``deletions.py``), how they are shown (``receipts.py``).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

_CLOCKS = timedelta(days=1)
"""Tolerance for files and events dated by a wrong clock."""


@dataclass(frozen=True)
class Reference:
    """An order at a provider. ``order_id`` is ``None`` if the response to it was lost: it is then found by its upload."""

    provider: str
    order_id: str | None
    upload_url: str | None
    since: str
    """When the order was started, RFC 3339."""
    forgotten: bool = False
    """Its transcript was deleted there, or there is none."""


@dataclass(frozen=True)
class Trace:
    """What was found of a recording at one place. ``left``: why something is left there; ``None`` if nothing is."""

    removed: int = 0
    left: str | None = None


@dataclass(frozen=True)
class InFolder:
    """Files were put into a folder of recordings with this identity; ``None``: it is unknown which."""

    identity: str | None


@dataclass(frozen=True)
class Deleted:
    """A deleted recording that still has something to clear elsewhere."""

    key: str
    references: tuple[Reference, ...]
    registered: bool
    """Whether Dagster may still know it."""
    tries: int
    deleted_at: datetime
    traces: Mapping[str, Any] = field(default_factory=dict)
    """``created_at`` (RFC 3339), ``sha256`` and ``size_bytes`` of its file; empty for deletions by an older version."""

    @property
    def folder(self) -> "InFolder | None":
        """The folder that its files were put into; ``None``: they were in none, or were deleted by an older version."""
        return InFolder(self.traces["stored_in"]) if "stored_in" in self.traces else None

    @property
    def objects(self) -> tuple[tuple[str | None, str], ...]:
        """Its files in object storage: the identity of the storage, and the prefix there."""
        return tuple((stored_in, prefix) for stored_in, prefix in self.traces.get("objects", []))

    @property
    def came(self) -> datetime:
        """Nothing older than this can mention the recording. The Unix epoch if that time is unknown."""
        created = self.traces.get("created_at")
        return datetime.fromisoformat(created) - _CLOCKS if created else datetime.fromtimestamp(0, UTC)


@dataclass(frozen=True)
class DeletedSum:
    """The cost of deleted recordings."""

    recordings: int
    speech_usd: float
    answers_usd: float
    unpriced: int = 0
