"""The tables of what people edited: kept apart from the results, so that it applies to later versions too.

Must not go here: which version of a result is current (``VersionChange`` in ``results.py``), edits of commitments and people.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from meeting_pipeline.store.tables.base import KEY, TEXT, WORD, Base


class SpeakerEdit(Base):
    """A person's correction of a speaker label: another name, or that it is the same person as another label."""

    __tablename__ = "speaker_edits"

    recording_key: Mapped[str] = mapped_column(KEY, ForeignKey("recordings.key"), primary_key=True)
    label: Mapped[str] = mapped_column(String(200), primary_key=True)
    name: Mapped[str | None] = mapped_column(TEXT)
    merged_into: Mapped[str | None] = mapped_column(String(200))
    edited_by: Mapped[str] = mapped_column(TEXT)
    edited_at: Mapped[datetime]


class ClaimEdit(Base):
    """A person's judgement of one claim of a result: it is accepted as a fact, or deleted. See ``domain/judged_claims.py``."""

    __tablename__ = "claim_edits"

    recording_key: Mapped[str] = mapped_column(KEY, ForeignKey("recordings.key"), primary_key=True)
    claim_id: Mapped[str] = mapped_column(WORD, primary_key=True)
    insight: Mapped[str] = mapped_column(WORD)
    text: Mapped[str] = mapped_column(TEXT)
    """The claim as it was when it was edited, for people who look for an edit whose claim is gone."""
    judgement: Mapped[str] = mapped_column(WORD)
    edited_by: Mapped[str] = mapped_column(TEXT)
    edited_at: Mapped[datetime]
    anchor: Mapped[dict[str, Any] | None]
    """What finds a reworded claim again: see ``domain/item_edits.py``. ``None`` in older rows."""


class RecordEdit(Base):
    """A person's changes of one item, decision or segment, separate from the results: see ``domain/item_edits.py``."""

    __tablename__ = "record_edits"

    recording_key: Mapped[str] = mapped_column(KEY, ForeignKey("recordings.key"), primary_key=True)
    subject: Mapped[str] = mapped_column(WORD, primary_key=True)
    """Names the item or segment, also when it has another id in a later version."""
    kind: Mapped[str] = mapped_column(WORD)
    """``item`` or ``segment``."""
    insight: Mapped[str | None] = mapped_column(WORD)
    added: Mapped[bool]
    anchor: Mapped[dict[str, Any]]
    """The item or segment as it was found: what finds it again in a later version."""
    fields: Mapped[dict[str, Any]]
    """What people say, by field; of an item that a person added: all of it."""
    version: Mapped[int]
    """The number in ``edit_history`` of its last change."""
    edited_by: Mapped[str] = mapped_column(TEXT)
    edited_at: Mapped[datetime]


class EditHistoryRow(Base):
    """One edit by a person, in order: who, when, and what was before. Never updated; deleted only with its recording."""

    __tablename__ = "edit_history"

    recording_key: Mapped[str] = mapped_column(KEY, ForeignKey("recordings.key"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(WORD)
    """``item``, ``segment``, ``recording``, ``claim`` or ``speaker``."""
    subject: Mapped[str] = mapped_column(String(200))
    action: Mapped[str] = mapped_column(WORD)
    """``changed``, ``added`` or ``deleted``."""
    insight: Mapped[str | None] = mapped_column(WORD)
    text: Mapped[str] = mapped_column(TEXT)
    """What the item or segment said before, for people."""
    before: Mapped[dict[str, Any]]
    after: Mapped[dict[str, Any]]
    """The changed fields, as people saw them."""
    restore: Mapped[dict[str, Any]]
    """What undoes it."""
    undoes: Mapped[int | None]
    """The number of the edit that this one undid."""
    edited_by: Mapped[str] = mapped_column(TEXT)
    edited_at: Mapped[datetime]
