"""The Celery pipeline's only table. Its location comes from the environment; see ``tasks.py``."""

import os
from typing import Any

from sqlalchemy import JSON, create_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

engine = create_engine(os.environ["ANCHOR_DATABASE"], pool_pre_ping=True)


class Base(DeclarativeBase):
    """Base of the table."""


class Job(Base):
    """One recording: its file, its state, and at the end all results in one value."""

    __tablename__ = "jobs"

    id: Mapped[str] = mapped_column(primary_key=True)
    path: Mapped[str]
    status: Mapped[str] = mapped_column(default="pending")
    retries: Mapped[int] = mapped_column(default=0)
    result: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    submitted_at: Mapped[float]
    finished_at: Mapped[float | None]
