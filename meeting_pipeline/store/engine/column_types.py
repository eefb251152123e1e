"""Column types that mean the same on SQLite and PostgreSQL.

Belongs here: what a value must be on its way into any database. Must not go here: tables.
"""

import re
from datetime import UTC, datetime

from sqlalchemy import DateTime, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
"""NUL, which PostgreSQL refuses in text, and halves of a UTF-16 pair, which are no UTF-8: the bytes of a file name that
is not UTF-8 reach Python as such."""
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


class CleanText(TypeDecorator[str]):
    """Text from outside: what no database can hold is replaced by U+FFFD."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Replace what cannot be stored."""
        return None if value is None else _UNSTORABLE.sub(_REPLACEMENT, value)


class UtcDateTime(TypeDecorator[datetime]):
    """Aware UTC moments on every database; SQLite itself would drop the zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive moments; hand over UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone cannot be stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give the zone back."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
