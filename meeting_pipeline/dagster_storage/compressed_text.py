"""A text column that stores long events of partitions compressed.

Most of what Dagster keeps of a recording is materializations and check results: a few numbers and words in much repeated JSON.
Other texts stay as they are, because ``defs/ops/dagster_tables.py`` searches in them when a recording is deleted: in events of
runs for its key, in those of assets without partitions for its words. An event of a partition is found by its partition.
Must not go here: other columns, or PostgreSQL, which compresses long values itself.
"""

import zlib
from typing import Any, Final

import sqlalchemy as sa

from meeting_pipeline.dagster_internals import AssetCheckExecutionsTable, SqlEventLogStorageTable
from meeting_pipeline.dagster_storage.event_words import EVENT_WORDS

_LONG_CHARACTERS: Final = 1024
"""Shorter texts hardly become shorter."""
_KINDS: Final = ('"event_type_value": "ASSET_MATERIALIZATION"', '"event_type_value": "ASSET_CHECK_EVALUATION"')
_OF_A_PARTITION: Final = '"partition": "'
"""Quotes within texts are escaped in JSON, so words of people never look like this ..."""
_OF_NO_PARTITION: Final = '"partition": null'
"""... or this."""


class CompressedText(sa.types.TypeDecorator[str]):
    """Compresses on the way in, on SQLite, and takes both forms on the way out."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: sa.Dialect) -> Any:
        """A text as it is, or its compressed bytes."""
        if dialect.name == "sqlite" and isinstance(value, str) and _is_worth_it(value):
            packer = zlib.compressobj(zdict=EVENT_WORDS)
            return packer.compress(value.encode()) + packer.flush()
        return value

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> Any:
        """The text. One that was compressed without the dictionary says so, and needs none."""
        return zlib.decompressobj(zdict=EVENT_WORDS).decompress(value).decode() if isinstance(value, bytes) else value


def compress_events() -> None:
    """Give Dagster's columns of events this type, in this process. Can be repeated."""
    for column in (SqlEventLogStorageTable.c.event, AssetCheckExecutionsTable.c.evaluation_event):
        if not isinstance(column.type, CompressedText):
            column.type = CompressedText()


def _is_worth_it(text: str) -> bool:
    return (
        len(text) >= _LONG_CHARACTERS
        and any(kind in text for kind in _KINDS)
        and _OF_A_PARTITION in text
        and _OF_NO_PARTITION not in text
    )
