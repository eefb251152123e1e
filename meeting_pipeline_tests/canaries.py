"""Find forbidden words: searches every table and every file that a system leaves behind.

Words are searched in plain text, base64 and hexadecimal, also inside compressed values. Belongs here: searching.
Must not go here: which words are allowed where (the scenarios).
"""

from __future__ import annotations

import base64
import json
import os
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from meeting_pipeline.dagster_storage.event_words import EVENT_WORDS

_SQLITE_MAGIC = b"SQLite format 3\x00"
_ZLIB = (b"\x78\x9c", b"\x78\xbb")
"""How compressed values begin: without a dictionary, and with one (``compressed_text.py``)."""
_AS_TEXT = "zlib:"
"""Begins compressed values that PostgreSQL holds as text."""
_BASE64_MARGIN = 3
"""The base64 of a word depends on its offset in a group of three bytes; both ends also depend on the bytes around it."""


@dataclass(frozen=True, order=True)
class Found:
    """A word and where it was found: ``table.column`` of a database, or a file."""

    place: str
    word: str


def in_files(root: Path, words: Iterable[str]) -> set[Found]:
    """Search the name and content of every file below ``root``; in SQLite databases, every table."""
    wanted = list(words)
    found: set[Found] = set()
    for path in files_below(root):
        name = str(path.relative_to(root))
        found |= {Found(name, word) for word in wanted if _holds(str(path.relative_to(root)).encode(), word)}
        try:
            content = path.read_bytes()
        except FileNotFoundError:  # the journal of a database that has been closed since: the rest is in its main file
            continue
        if content.startswith(_SQLITE_MAGIC):
            engine = sa.create_engine(f"sqlite:///file:{path}?mode=ro&uri=true")
            found |= {Found(f"{name}:{one.place}", one.word) for one in in_tables(engine, wanted)}
            engine.dispose()
        else:
            found |= {Found(name, word) for word in wanted if _holds(content, word)}
    return found


def files_below(root: Path) -> list[Path]:
    """All files below a folder in use, sorted. Folders may be removed meanwhile, which ``Path.rglob`` takes for an error."""
    return sorted(
        path for folder, _, names in os.walk(root) for name in names if (path := Path(folder, name)).is_file()
    )


def in_tables(engine: sa.Engine, words: Iterable[str]) -> set[Found]:
    """Search every column of every table."""
    wanted = list(words)
    found = set()
    inspector = sa.inspect(engine)
    with engine.connect() as connection:
        for table in inspector.get_table_names():
            names = [column["name"] for column in inspector.get_columns(table)]
            query = sa.select(*(sa.literal_column(f'"{name}"').label(name) for name in names)).select_from(
                sa.table(table)
            )
            for row in connection.execute(query):
                for name, value in zip(names, row, strict=True):
                    content = _bytes(value)
                    found |= {Found(f"{table}.{name}", word) for word in wanted if content and _holds(content, word)}
    return found


def _bytes(value: object) -> bytes:
    if isinstance(value, bytes | memoryview):
        content = bytes(value)
        return content + b"\n" + _inflated(content)
    if isinstance(value, str) and value.startswith(_AS_TEXT):
        return value.encode() + b"\n" + _inflated(base64.b85decode(value.removeprefix(_AS_TEXT)))
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False).encode()
    return str(value).encode() if isinstance(value, str) else b""


def _inflated(content: bytes) -> bytes:
    """What a compressed value holds, as far as it goes: the rest of a database page may follow."""
    try:
        return zlib.decompressobj(zdict=EVENT_WORDS).decompress(content)  # it needs none without one
    except zlib.error:
        return b""


def _starts(content: bytes) -> Iterator[int]:
    """Where compressed values may start."""
    for beginning in _ZLIB:
        at = content.find(beginning)
        while at >= 0:
            yield at
            at = content.find(beginning, at + 1)


def _holds(content: bytes, word: str) -> bool:
    return any(form in content for form in _forms(word))


def _forms(word: str) -> Iterator[bytes]:
    plain = word.encode()
    yield plain
    yield plain.hex().encode()
    for shift in range(_BASE64_MARGIN):
        inner = base64.b64encode(b"\x00" * shift + plain).rstrip(b"=")
        yield inner[_BASE64_MARGIN + shift : -_BASE64_MARGIN]


def in_bytes(root: Path, words: Iterable[str]) -> set[Found]:
    """Search the name and raw bytes of every file below ``root``, including freed pages of databases.

    The search ignores case, because recording ids contain titles in lower case.
    """
    wanted = list(words)
    found: set[Found] = set()
    for path in sorted(Path(folder, name) for folder, folders, names in os.walk(root) for name in [*folders, *names]):
        name = str(path.relative_to(root))
        try:
            content = path.read_bytes() if path.is_file() else b""
        except FileNotFoundError:  # removed meanwhile
            content = b""
        content += b"\n".join(_inflated(content[at:]) for at in _starts(content))
        content = content + b"\n" + content.lower() + b"\n" + name.lower().encode()
        found |= {Found(name, word) for word in wanted if _holds(content, word) or word.lower().encode() in content}
    return found
