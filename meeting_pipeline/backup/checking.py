"""Checks a backup: every file exists with its checksum, the databases are intact, and every recording has its file.

Reading only; it creates no files. Must not go here: writing (``writing.py``), restoring (``restoring.py``).
"""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Final

from meeting_pipeline.backup import layout, postgres, sqlite
from meeting_pipeline.backup.files import sha256_from_disk
from meeting_pipeline.backup.layout import Manifest, listed_files, read_manifest
from meeting_pipeline.domain.errors import PermanentError

_NAMED: Final = 5
"""Maximum number of problems in a message; the first ones show what is wrong."""


def check_backup(folder: Path) -> Manifest:
    """Check a backup and return its manifest. Raises: PermanentError ``not_a_backup``, ``backup_damaged``."""
    manifest = read_manifest(folder)
    require_sound(folder, manifest)
    return manifest


def require_sound(folder: Path, manifest: Manifest) -> None:
    """Read everything that the manifest covers. Raises: PermanentError ``backup_damaged``, which names the problems."""
    found = list(islice(_problems(folder, manifest), _NAMED + 1))
    if found:
        more = " And more." if len(found) > _NAMED else ""
        raise PermanentError(
            "backup_damaged",
            f"{folder}: {'; '.join(found[:_NAMED])}.{more}",
            "Do not use this backup. Use another one, or write a new one.",
        )


def _problems(folder: Path, manifest: Manifest) -> Iterator[str]:
    listing = folder / layout.FILES
    if not listing.is_file() or sha256_from_disk(listing)[0] != manifest.files_sha256:
        yield f"the list {layout.FILES} is missing or was changed"
        return
    files, size = 0, 0
    place, seen = folder.resolve(), set[str]()
    for name, digest in listed_files(folder):
        files += 1
        path = folder / name
        if path.resolve() != place / name or not path.is_file():  # neither a link nor inside a linked folder
            yield f"{name} is missing"
            continue
        if name in seen:
            yield f"{name} is listed twice"
        seen.add(name)
        found, length = sha256_from_disk(path)
        size += length
        if found != digest:
            yield f"{name} was changed"
        elif path.suffix in (".db", ".sqlite3"):
            problem = sqlite.problem_of(path)
            if problem is not None:
                yield f"{name}: {problem}"
    if (files, size) != (manifest.files, manifest.size_bytes):
        yield f"it has {files} files of {size} bytes, its manifest says {manifest.files} of {manifest.size_bytes}"
    yield from _database_problems(folder, manifest)


def _database_problems(folder: Path, manifest: Manifest) -> Iterator[str]:
    if manifest.database == "postgresql":
        dump = folder / layout.POSTGRES_FILE
        problem = postgres.problem_of(dump, manifest.postgres_tools or 0) if dump.is_file() else "it is missing"
        if problem is not None:
            yield f"{layout.POSTGRES_FILE}: {problem}"
        return
    store = folder / layout.SQLITE_FILE
    if not store.is_file():
        yield f"{layout.SQLITE_FILE} is missing"
        return
    if sqlite.problem_of(store) is not None or sqlite.schema_of(store) is None:
        yield f"{layout.SQLITE_FILE} is not an intact database of this program"
        return
    excused = {(absent.key, absent.file) for absent in manifest.absent}
    for recording in sqlite.recordings_of(store):
        for name in recording.files:
            stored = folder / layout.RECORDINGS / recording.key / name
            if (recording.key, name) not in excused and not stored.is_file():
                yield f"the recording {recording.key} has no {name}"
