"""SQLite databases in a backup: copied with SQLite's online backup while in use, and checked.

Must not go here: which databases there are (``database_copies.py``).
"""

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from meeting_pipeline.backup.files import private_folder
from meeting_pipeline.domain.errors import OperatorError
from meeting_pipeline.store.engine.schema import VERSION_TABLE

_BUSY_SECONDS: Final = 60.0
"""A writer of the running system holds its lock for milliseconds; a disk may stall for seconds."""


@dataclass(frozen=True)
class StoredRecording:
    """A recording's row: which files it has, and the SHA-256 of the main one.

    ``object_prefix``: where they are in object storage, which has the identity ``stored_in``; ``None`` if in the folder.
    """

    key: str
    media_file: str | None
    transcript_file: str | None
    sha256: str
    prepared_file: str | None = None
    object_prefix: str | None = None
    stored_in: str | None = None
    stored_on: str | None = None

    @property
    def files(self) -> tuple[str, ...]:
        """Names in its folder, the main file first."""
        return tuple(name for name in (self.media_file, self.transcript_file) if name)


_FOLDERS_SINCE: Final = "0027"
"""The migration since which a recording knows the folder or the object storage that it is in."""
_OBJECTS_SINCE: Final = "0035"
"""The migration since which files may be in object storage."""


def recordings_query(schema: str) -> str:
    """The statement that reads all ``StoredRecording`` of a database with this schema revision."""
    objects = "prepared_file, object_prefix" if schema >= _OBJECTS_SINCE else "NULL, NULL"
    where = "stored_in, stored_on" if schema >= _FOLDERS_SINCE else "NULL, NULL"
    return f"SELECT key, media_file, transcript_file, sha256, {objects}, {where} FROM recordings ORDER BY key"  # noqa: S608 - our own words


def copy_database(source: Path, target: Path) -> None:
    """Copy a database in one step: a snapshot, which blocks no writer in WAL mode. The copy is a single file.

    Raises: OperatorError ``database_unusable``; FileNotFoundError if it is gone; OSError (a read-only disk failed).
    """
    if not source.is_file():
        raise FileNotFoundError(source)
    private_folder(target.parent)
    if _on_a_read_only_disk(source):
        with _copied_with_its_journal(source, target.parent) as copy:
            _copy(copy, target)
    else:
        _copy(source, target)


def bytes_to_copy(source: Path) -> int:
    """How many bytes copying a database takes. On a read-only disk it is copied twice, the first time with its journal."""
    size = source.lstat().st_size
    if not _on_a_read_only_disk(source):
        return size
    return size + sum(path.stat().st_size for path in _with_journals(source))


def _with_journals(source: Path) -> list[Path]:
    return [path for end in ("", "-wal", "-journal") if (path := source.with_name(source.name + end)).exists()]


def _on_a_read_only_disk(path: Path) -> bool:
    return bool(os.statvfs(path).f_flag & os.ST_RDONLY)


@contextmanager
def _copied_with_its_journal(source: Path, folder: Path) -> Iterator[Path]:
    """A copy of a database that nobody can write, byte by byte, with what its journal still has.

    SQLite cannot open such a file: it would have to make others beside it. That is when a backup is wanted most: a disk that
    fails becomes read-only.
    """
    with tempfile.TemporaryDirectory(dir=folder, prefix=".read-only-") as place:
        copy = Path(place) / source.name
        for path in _with_journals(source):
            shutil.copyfile(path, copy.with_name(path.name))
        yield copy


def _copy(source: Path, target: Path) -> None:
    target.touch(mode=0o600, exist_ok=False)
    try:
        with (
            closing(sqlite3.connect(f"{source.resolve().as_uri()}?mode=rw", uri=True, timeout=_BUSY_SECONDS)) as reader,
            closing(sqlite3.connect(target)) as writer,
        ):
            reader.backup(writer, pages=-1)
            writer.execute("PRAGMA journal_mode = DELETE")  # so that no second file belongs to it
    except sqlite3.Error as error:
        if not source.exists():
            raise FileNotFoundError(source) from error
        raise OperatorError(
            "database_unusable",
            f"The database {source} cannot be copied: {error}.",
            "Check the disk. `meeting-pipeline doctor` says more.",
        ) from error


def leave_out(path: Path, tables: Iterable[str]) -> None:
    """Delete all rows of these tables from a copy, and overwrite them. Older databases lack some. Raises: sqlite3.Error."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA secure_delete = ON")
        for name in tables:
            there = "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = ?"
            if connection.execute(there, (name,)).fetchone()[0]:
                connection.execute(f"DELETE FROM {name}")  # noqa: S608 - our own constant
        connection.commit()


def problem_of(path: Path) -> str | None:
    """The problem that SQLite's integrity check finds in a copy; ``None`` if there is none."""
    try:
        with closing(_read_only(path)) as connection:
            found = [str(row[0]) for row in connection.execute("PRAGMA integrity_check(3)")]
    except sqlite3.Error as error:
        return str(error)
    return None if found == ["ok"] else "; ".join(found)


def schema_of(path: Path) -> str | None:
    """The schema revision of a copy of the store; ``None`` for a database without our tables."""
    with closing(_read_only(path)) as connection:
        tables = "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = ?"
        if connection.execute(tables, (VERSION_TABLE,)).fetchone()[0] == 0:
            return None
        row = connection.execute(f"SELECT version_num FROM {VERSION_TABLE}").fetchone()  # noqa: S608 - our own constant
        return None if row is None else str(row[0])


def recordings_of(path: Path) -> Iterator[StoredRecording]:
    """The recordings in a copy of the store, one at a time."""
    query = recordings_query(schema_of(path) or "")
    with closing(_read_only(path)) as connection:
        for row in connection.execute(query):
            yield StoredRecording(*row)


def _read_only(path: Path) -> sqlite3.Connection:
    """A connection that creates no files next to the database."""
    return sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)
