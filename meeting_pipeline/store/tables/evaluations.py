"""The tables of measured versions, and of the versions that became the default.

Must not go here: anything about recordings; a measurement uses labelled meetings.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from meeting_pipeline.store.tables.base import TEXT, WORD, Base

VERSION = String(200)
"""The name under which figures are stored."""


class EvaluationRow(Base):
    """One measurement of a version (model, questions, schemas or rules) on a set of labelled meetings. Never updated."""

    __tablename__ = "evaluations"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    version: Mapped[str] = mapped_column(VERSION)
    set_hash: Mapped[str] = mapped_column(WORD)
    """Hash of the labelled meetings: only measurements on the same set are compared."""
    provider: Mapped[str] = mapped_column(WORD)
    model: Mapped[str] = mapped_column(TEXT)
    prompt_versions: Mapped[dict[str, Any]]
    meetings: Mapped[int]
    complete: Mapped[bool]
    """Whether every meeting has every answer."""
    cost_usd: Mapped[float]
    """Of the whole measurement."""
    figures: Mapped[dict[str, Any]]
    """Name -> ``{"value", "low", "high"}``; see ``evaluation/figures.py``."""
    created_at: Mapped[datetime]

    __table_args__ = (Index("ix_evaluations_version", "version", "set_hash", "created_at"),)


class Promotion(Base):
    """A version that was made the default. The newest row is in force."""

    __tablename__ = "promotions"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    version: Mapped[str] = mapped_column(VERSION)
    evaluation_id: Mapped[str | None] = mapped_column(String(40))
    """The measurement that it rests on."""
    prompt: Mapped[dict[str, Any]]
    """The questions and the model; empty: those of the program and of the settings."""
    worse: Mapped[list[Any]]
    """Names of guarded figures in which it was worse than the version before it."""
    reason: Mapped[str | None] = mapped_column(TEXT)
    """Why it was promoted nevertheless."""
    promoted_by: Mapped[str] = mapped_column(TEXT)
    promoted_at: Mapped[datetime]
