"""Marks recordings whose commitments have to be linked again.

Each outcome marks its recording in its own transaction, as for the cross-meeting tables (``store/results/table_changes.py``).
Must not go here: linking (``refreshing.py``).
"""

from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, text
from sqlalchemy.orm import Session

from meeting_pipeline.store.engine.column_types import UtcDateTime
from meeting_pipeline.store.engine.row_helpers import new_id

_NOTE: Final = text(
    "INSERT INTO commitment_changes (recording_key, mark, noted_at) VALUES (:key, :mark, :at) "
    "ON CONFLICT (recording_key) DO UPDATE SET mark = excluded.mark, noted_at = excluded.noted_at"
).bindparams(bindparam("at", type_=UtcDateTime()))
_NOTE_ALL: Final = text(
    "INSERT INTO commitment_changes (recording_key, mark, noted_at) "
    "SELECT key, :mark, :at FROM recordings WHERE status IN ('completed', 'failed') "
    "ON CONFLICT (recording_key) DO UPDATE SET mark = excluded.mark, noted_at = excluded.noted_at"
).bindparams(bindparam("at", type_=UtcDateTime()))


def note_commitment_change(session: Session, key: str, at: datetime) -> None:
    """What this recording says of commitments may have changed. The caller holds the recording's row lock."""
    session.connection().execute(_NOTE, {"key": key, "mark": new_id(), "at": at})


def note_all_commitments(session: Session, at: datetime) -> None:
    """Note every recording with an outcome."""
    session.connection().execute(_NOTE_ALL, {"mark": new_id(), "at": at})
