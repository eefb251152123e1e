"""Cursors of the list of commitments.

Must not go here: the order of the list (``store/commitments/``), the encoding (``cursors.py``).
"""

import re
from datetime import date
from typing import Final

from meeting_pipeline.api.schemas.cursors import bad_cursor, read_parts, write_parts
from meeting_pipeline.store.commitments.pages import After

_ID: Final = re.compile(r"[0-9A-Za-z_-]{1,40}")


def write_place(after: After) -> str:
    """Encode a place in the list as a cursor."""
    return write_parts([after.closed, after.sort_day.isoformat(), after.commitment_id])


def read_place(cursor: str) -> After:
    """Decode a cursor of the list. Raises: ApiError 400 ``bad_cursor``."""
    closed, day, commitment_id = read_parts(cursor, 3)
    if not isinstance(closed, bool) or not isinstance(day, str) or not isinstance(commitment_id, str):
        raise bad_cursor()
    if _ID.fullmatch(commitment_id) is None:  # no database is asked about characters that it refuses
        raise bad_cursor()
    try:
        return After(closed, date.fromisoformat(day), commitment_id)
    except ValueError as error:
        raise bad_cursor() from error
