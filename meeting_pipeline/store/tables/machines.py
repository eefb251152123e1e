"""The tables of installations that run on several machines, and of upgrades while they run.

Must not go here: leases of runs (``recordings.py``).
"""

from datetime import datetime

from sqlalchemy import BigInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from meeting_pipeline.store.tables.base import WORD, Base


class MachineRow(Base):
    """A worker, or the machine with ``up``, as it last announced itself: see ``store/machines.py``. Only with a broker."""

    __tablename__ = "machines"

    name: Mapped[str] = mapped_column(String(300), primary_key=True)
    """The name under which a worker holds leases; of the machine with ``up`` it is a fixed word, so that there is one."""
    role: Mapped[str] = mapped_column(String(32))
    """``control`` (the machine with ``up``) or ``worker``."""
    host: Mapped[str] = mapped_column(String(255))
    queue: Mapped[str] = mapped_column(String(255))
    """Full name at the broker: of the queue that a worker takes runs from, or where ``up`` sends them by default."""
    slots: Mapped[int]
    """Runs at the same time: of this worker, or, for ``up``, of all workers together."""
    state: Mapped[str] = mapped_column(String(32))
    """``working``, ``restarting`` (its Celery process ended unexpectedly) or ``shutting_down`` (it finishes its runs)."""
    version: Mapped[str] = mapped_column(WORD)
    code: Mapped[str] = mapped_column(WORD)
    """Schema and hash of the sources."""
    encryption_key: Mapped[str] = mapped_column(WORD)
    """Fingerprint of the key (likewise ``signing_secret``); never a key."""
    signing_secret: Mapped[str] = mapped_column(WORD)
    clock_ms: Mapped[int] = mapped_column(BigInteger)
    """How far its clock was ahead of the database's when it announced itself, in milliseconds."""
    started_at: Mapped[datetime]
    heartbeat_at: Mapped[datetime]
    """When it last announced itself, by the clock of the database."""


class CompatibleSchema(Base):
    """For a schema, the oldest one whose programs work with it: they may continue after an upgrade of the database."""

    __tablename__ = "compatible_schemas"

    version: Mapped[str] = mapped_column(String(32), primary_key=True)
    oldest: Mapped[str] = mapped_column(String(32))
