"""The base of all tables, and column types that many of them share.

Must not go here: tables.
"""

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, LargeBinary, String
from sqlalchemy.orm import DeclarativeBase

from meeting_pipeline.store.engine.column_types import CleanText, UtcDateTime


class Base(DeclarativeBase):
    """Base of all tables."""

    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: UtcDateTime(),
        dict[str, Any]: JSON(),
        list[Any]: JSON(),
        bytes: LargeBinary(),
    }


KEY = String(80)
"""A recording id, with room above the longest (``MAX_KEY``)."""
TEXT = CleanText()
WORD = String(64)
"""A state, a code or a name that the program gives, and a hash in hexadecimal digits."""
