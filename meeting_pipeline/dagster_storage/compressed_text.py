"""A text column that stores long events of partitions compressed.

Most of the data that Dagster keeps of a recording is materializations and check results: a few numbers and words in highly
repetitive JSON. Other texts stay uncompressed, because ``defs/ops/dagster_tables.py`` searches them when a recording is deleted:
events of runs for its key, events of assets without partitions for its words. Events of a partition are found by their
partition. PostgreSQL compresses long values itself, but only in rows of 2 kB and more, and without a dictionary: a
materialization took 1.9 kB, a check result twice 1.7 kB. Its columns take no bytes, so there the compressed bytes are written as
text.
Must not go here: other columns.
"""

import zlib
from base64 import b85decode, b85encode
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
_AS_TEXT: Final = "zlib:"
"""Begins compressed bytes that are written as text. Events are JSON and begin with a brace."""


class CompressedText(sa.types.TypeDecorator[str]):
    """Compresses on the way in, and takes all forms on the way out."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: sa.Dialect) -> Any:
        """A text as it is, or compressed: bytes on SQLite, text elsewhere."""
        if not isinstance(value, str) or not _is_worth_it(value):
            return value
        packer = zlib.compressobj(zdict=EVENT_WORDS)
        packed = packer.compress(value.encode()) + packer.flush()
        return packed if dialect.name == "sqlite" else _AS_TEXT + b85encode(packed).decode()

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> Any:
        """The text. One that was compressed without the dictionary says so, and needs none.

        A damaged one is empty, which is no event either: Dagster leaves it out and logs its number, as it does with damaged
        JSON. An error here would take all events of a query with it, and pages of an asset show nothing.
        """
        try:
            if isinstance(value, str) and value.startswith(_AS_TEXT):
                value = b85decode(value.removeprefix(_AS_TEXT))
            if isinstance(value, bytes):
                return zlib.decompressobj(zdict=EVENT_WORDS).decompress(value).decode()
        except (ValueError, zlib.error):
            return ""
        return value


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
