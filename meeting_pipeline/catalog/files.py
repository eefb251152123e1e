"""The files of the cross-meeting tables: Parquet and CSV, replaced atomically, and a note of which versions belong together.

The Parquet files are also where the next refresh begins, so they are trusted only if they are exactly what was written: the note
has the hash of each, and the version that the store must name. Anything else counts as missing.
Must not go here: the content of the tables (``tables.py``), what has changed (``refreshing.py``).
"""

import fcntl
import hashlib
import io
import json
import logging
import os
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from meeting_pipeline.foundation.atomic_files import sync_folder, write_durably

if TYPE_CHECKING:
    from pandas import DataFrame

_log = logging.getLogger(__name__)
_NOTE: Final = ".tables.json"
_LOCK: Final = ".tables.lock"
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001 - full-width signs are meant
"""First characters that make spreadsheet programs run a cell as a formula (OWASP, CSV injection)."""


def paths_of(folder: Path, name: str) -> tuple[Path, Path]:
    """The Parquet file and the CSV file of a table."""
    return folder / f"{name}.parquet", folder / f"{name}.csv"


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Wait until no other process writes the tables, and remove what one left that died while it wrote.

    Drafts contain words of meetings, also of those deleted since.
    """
    with (folder / _LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for draft in [*folder.glob(".*.parquet.*"), *folder.glob(".*.csv.*"), *folder.glob(f"{_NOTE}.*")]:
            draft.unlink(missing_ok=True)
        yield


def write_tables(frames: Mapping[str, "DataFrame"], folder: Path, version: str, layout: str) -> None:
    """Write the tables, by name. All are complete before the first is replaced."""
    drafts: dict[Path, Path] = {}
    try:
        for name, frame in frames.items():
            parquet, csv = paths_of(folder, name)
            frame.to_parquet(drafts.setdefault(parquet, _draft(parquet)), index=False)
            _defused(frame).to_csv(drafts.setdefault(csv, _draft(csv)), index=False, encoding="utf-8")
        written = {path.name: _seen(draft) for path, draft in drafts.items() if path.suffix == ".parquet"}
        for path, draft in drafts.items():
            draft.replace(path)
    finally:
        for draft in drafts.values():
            draft.unlink(missing_ok=True)
    sync_folder(folder)
    write_durably(folder / _NOTE, json.dumps({"version": version, "layout": layout, "files": written}, indent=2))


def read_tables(
    columns: Mapping[str, Mapping[str, str]], folder: Path, version: str, layout: str
) -> "dict[str, DataFrame]":
    """The tables as they were written, each with its columns; empty unless all of them are there, unchanged, of this version."""
    import pandas as pd

    note = _note(folder)
    if note.get("version") != version or note.get("layout") != layout:
        return {}
    found = {}
    for name, kinds in columns.items():
        parquet, csv = paths_of(folder, name)
        try:
            content = parquet.read_bytes()
            if note["files"][parquet.name]["sha256"] != hashlib.sha256(content).hexdigest() or not csv.is_file():
                return {}
            found[name] = pd.read_parquet(io.BytesIO(content))[list(kinds)].astype(dict(kinds))
        except FileNotFoundError:
            return {}
        except Exception as error:  # noqa: BLE001 - whatever is wrong with it, it can be written again
            _log.warning("%s cannot be read (%s): the tables are built anew", parquet.name, type(error).__name__)
            return {}
    return found


def look_written(folder: Path, version: str, layout: str, names: tuple[str, ...]) -> bool:
    """Whether the tables of this version and layout seem to be there, without reading them."""
    note = _note(folder)
    if note.get("version") != version or note.get("layout") != layout:
        return False
    try:
        for name in names:
            parquet, csv = paths_of(folder, name)
            if parquet.stat().st_size != note["files"][parquet.name]["size"] or not csv.is_file():
                return False
    except (OSError, LookupError, TypeError):
        return False
    return True


def _note(folder: Path) -> dict[str, Any]:
    try:
        found = json.loads((folder / _NOTE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _seen(path: Path) -> dict[str, Any]:
    content = path.read_bytes()
    return {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def _draft(path: Path) -> Path:
    return path.with_name(f".{path.name}.{os.getpid()}.{uuid.uuid4().hex[:8]}")


def _defused(frame: "DataFrame") -> "DataFrame":
    safe = frame.copy()
    texts = [str(column) for column in frame.columns if frame[column].dtype == "string"]
    for column in texts:
        risky = safe[column].str.startswith(_FORMULA).fillna(False)
        safe[column] = safe[column].mask(risky, "'" + safe[column])
    return safe
