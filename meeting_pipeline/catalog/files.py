"""The files of the cross-meeting tables: a folder of Parquet files and one of CSV files for each, and a record of the files.

The next refresh starts from the Parquet files, so a file is trusted only if it is exactly what was written: the record has the
size, time and hash of each, and the version that the store must name. A part is complete as a draft before any file is
replaced, and each file is replaced atomically.
Must not go here: the content of the tables (``tables.py``), how it is cut (``parts.py``), what has changed (``refreshing.py``),
cells of CSV files (``csv_cells.py``).
"""

import fcntl
import hashlib
import io
import json
import logging
import os
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from meeting_pipeline.catalog.columns import TABLES
from meeting_pipeline.catalog.csv_cells import write_csv
from meeting_pipeline.catalog.sums import sums_of
from meeting_pipeline.foundation.atomic_files import sync_folder, write_durably

if TYPE_CHECKING:
    from pandas import DataFrame

_log = logging.getLogger(__name__)
_NOTE: Final = ".tables.json"
_LOCK: Final = ".tables.lock"
_DRAFTS: Final = ".writing"
_FORM: Final = 2
"""Form of the note."""
_OURS: Final = re.compile(r"(empty|\d{4}-\d{2}(-\d{2}(-[0-9a-f]{1,8})?)?)\.(parquet|csv)")
"""Names of files that only a refresh makes. Others in the folders belong to people and are left alone."""


class WrittenFile(NamedTuple):
    """A file as it was written. ``sha256`` is empty for CSV, which nothing is read from."""

    size: int
    mtime_ns: int
    sha256: str


@dataclass(frozen=True)
class Part:
    """A part of all tables as it was written. ``files``: by their path in the folder of the tables."""

    files: Mapping[str, WrittenFile]
    sums: Mapping[str, Mapping[str, float]]


@dataclass(frozen=True)
class Note:
    """What was written: the version of the tables, the layout of their rows, and the parts by name."""

    version: str
    layout: str
    parts: Mapping[str, Part] = field(default_factory=dict)


def folders_of(folder: Path, table: str) -> tuple[Path, Path]:
    """The folder of a table's Parquet files, and that of its CSV files."""
    return folder / f"{table}.parquet", folder / table


def _paths_of(table: str, part: str) -> tuple[str, str]:
    return f"{table}.parquet/{part}.parquet", f"{table}/{part}.csv"


@contextmanager
def locked_tables(folder: Path) -> Iterator[None]:
    """Wait until no other process writes the tables, and remove what one left that died while it wrote.

    Drafts, and the files that earlier versions wrote here, contain words of meetings, also of those deleted since.
    """
    with (folder / _LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        shutil.rmtree(folder / _DRAFTS, ignore_errors=True)
        for name in TABLES:
            for old in (folder / f"{name}.parquet", folder / f"{name}.csv"):
                if old.is_file():
                    old.unlink()
        for draft in [*folder.glob(".*.parquet.*"), *folder.glob(".*.csv.*"), *folder.glob(f".{_NOTE}.*")]:
            draft.unlink(missing_ok=True)
        yield


class Writer:
    """Writes parts as drafts. ``publish`` puts them in their places."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._parts: dict[str, Part] = {}

    def add(self, name: str, frames: "Mapping[str, DataFrame]") -> None:
        """Write a part: its rows of each table."""
        files: dict[str, WrittenFile] = {}
        for table, frame in frames.items():
            parquet, csv = _paths_of(table, name)
            files[parquet] = self._draft(parquet, partial(frame.to_parquet, index=False))
            files[csv] = self._draft(csv, partial(write_csv, frame))
        self._parts[name] = Part(files, sums_of(frames))

    def _draft(self, place: str, write: Callable[[Path], object]) -> WrittenFile:
        path = self._folder / _DRAFTS / place
        path.parent.mkdir(parents=True, exist_ok=True)
        write(path)
        found = path.stat()
        digest = hashlib.sha256(path.read_bytes()).hexdigest() if path.suffix == ".parquet" else ""
        return WrittenFile(found.st_size, found.st_mtime_ns, digest)

    def publish(self, kept: Mapping[str, Part], version: str, layout: str) -> Note:
        """Put the drafts in their places, remove every part that is neither new nor ``kept``, and note what is there now."""
        parts = {**kept, **self._parts}
        places = {place for part in self._parts.values() for place in part.files}
        for folder in _folders(self._folder):
            folder.mkdir(exist_ok=True)
        for place in sorted(places):
            (self._folder / _DRAFTS / place).replace(self._folder / place)
        present = {place for part in parts.values() for place in part.files}
        for folder in _folders(self._folder):
            for path in folder.iterdir():
                if _OURS.fullmatch(path.name) and f"{folder.name}/{path.name}" not in present:
                    path.unlink()
            sync_folder(folder)
        note = Note(version, layout, parts)
        write_durably(self._folder / _NOTE, json.dumps(_noted(note), separators=(",", ":")))
        return note


@contextmanager
def writing(folder: Path) -> Iterator[Writer]:
    """A writer, whose drafts are removed at the end. The caller holds ``locked_tables``."""
    try:
        yield Writer(folder)
    finally:
        shutil.rmtree(folder / _DRAFTS, ignore_errors=True)


def read_part(
    folder: Path, name: str, part: Part, columns: Mapping[str, Mapping[str, str]]
) -> "dict[str, DataFrame] | None":
    """The rows of a part as they were written, each table with its columns; ``None`` if its files are not exactly those."""
    import pandas as pd

    found = {}
    for table, kinds in columns.items():
        place = _paths_of(table, name)[0]
        try:
            content = (folder / place).read_bytes()
            if part.files[place].sha256 != hashlib.sha256(content).hexdigest():
                return None
            found[table] = pd.read_parquet(io.BytesIO(content))[list(kinds)].astype(dict(kinds))
        except FileNotFoundError:
            return None
        except Exception as error:  # noqa: BLE001 - whatever is wrong with it, it can be written again
            _log.warning("%s cannot be read (%s): it is rebuilt", place, type(error).__name__)
            return None
    return found


def damaged(folder: Path, note: Note) -> set[str]:
    """The parts of which a file is missing or was changed since it was written, by its size and time, without reading it."""
    found: dict[str, tuple[int, int]] = {}
    for one in _folders(folder):
        try:
            with os.scandir(one) as entries:
                for entry in entries:
                    status = entry.stat()
                    found[f"{one.name}/{entry.name}"] = (status.st_size, status.st_mtime_ns)
        except OSError:
            continue  # all of its files count as missing
    return {
        name
        for name, part in note.parts.items()
        if any(found.get(place) != (file.size, file.mtime_ns) for place, file in part.files.items())
    }


def read_note(folder: Path, version: str | None, layout: str) -> Note | None:
    """What was written, if it is this version and layout. The latest note that this process has read is kept in memory."""
    path = folder / _NOTE
    try:
        status = path.stat()
        seen = (status.st_ino, status.st_size, status.st_mtime_ns)
        if _read.get(path, (None, None))[0] != seen:
            _read.clear()
            _read[path] = (seen, _parsed(json.loads(path.read_text(encoding="utf-8"))))
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return None
    note = _read[path][1]
    return note if note.version == version and note.layout == layout else None


_read: Final[dict[Path, tuple[tuple[int, int, int], Note]]] = {}


def _noted(note: Note) -> dict[str, Any]:
    parts = {name: {"files": part.files, "sums": part.sums} for name, part in note.parts.items()}
    return {"form": _FORM, "version": note.version, "layout": note.layout, "parts": parts}


def _parsed(found: Any) -> Note:
    """Raises: LookupError, TypeError, AttributeError, ValueError if it is not a note of this form."""
    if found["form"] != _FORM:
        raise ValueError(found["form"])
    parts = {
        name: Part({place: WrittenFile(*file) for place, file in part["files"].items()}, part["sums"])
        for name, part in found["parts"].items()
    }
    return Note(found["version"], found["layout"], parts)


def _folders(folder: Path) -> list[Path]:
    return [one for table in TABLES for one in folders_of(folder, table)]
