"""Writes a backup while the system may be running: databases first, then the files they refer to, then the manifest.

Dagster's storage is copied before the store: anything that happens in between is in the store, and the reconciler reports it to
Dagster after a restore. Files of recordings never change once accepted, so they are copied after the store.
Must not go here: the format of a backup (``layout.py``), checking it (``checking.py``).
"""

import fcntl
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import IO, Final

from meeting_pipeline.backup import layout, postgres, sqlite
from meeting_pipeline.backup.checking import require_sound
from meeting_pipeline.backup.files import copy_private, private_folder, sha256_from_disk, size_below, stored_files
from meeting_pipeline.backup.layout import Absent, Manifest
from meeting_pipeline.backup.sqlite import StoredRecording
from meeting_pipeline.domain.errors import OperatorError, PermanentError
from meeting_pipeline.foundation.atomic_files import sync_folder, write_durably
from meeting_pipeline.foundation.disk_space import lacking
from meeting_pipeline.insights.user_insights import FOLDER as INSIGHT_FOLDER
from meeting_pipeline.settings import VARIABLES, Settings, given_settings
from meeting_pipeline.store.engine.database import Database
from meeting_pipeline.store.engine.secrets import KEY_FOLDER
from meeting_pipeline.store.recordings.inventory import existing

Say = Callable[[str], None]
INCOMPLETE: Final = ".incomplete"
"""Suffix of a backup that is being written. It is renamed when it is verified."""
STORE_FILE: Final = "meetings.sqlite3"
_MEGABYTE: Final = 1_000_000


@dataclass
class _Draft:
    """A backup that is being written: its folder, and the list of its files so far."""

    folder: Path
    listing: IO[str]
    files: int = 0
    sizes: dict[str, int] = field(default_factory=dict)

    def note(self, name: str, digest: str, size: int) -> None:
        self.listing.write(layout.listed_line(name, digest))
        self.files += 1
        part = name.partition("/")[0]
        self.sizes[part] = self.sizes.get(part, 0) + size

    def note_written(self, path: Path) -> None:
        """Add a file that another program wrote into the draft."""
        digest, size = sha256_from_disk(path)
        self.note(path.relative_to(self.folder).as_posix(), digest, size)


def write_backup(settings: Settings, destination: Path, say: Say) -> Manifest:
    """Write a backup to a new folder and verify it. The folder gets its name only after that.

    Raises: PermanentError ``backup_exists``, ``bad_backup_place``, ``nothing_to_back_up``, ``backup_damaged``; OperatorError
        ``disk_full``, ``database_unusable``, ``database_unreachable``, ``postgres_tools_missing``, ``postgres_tool_failed``.
    """
    destination = destination.absolute()
    _require_new(destination, settings)
    with _draft_folder(destination) as folder:
        listing_path = folder / layout.FILES
        listing_path.touch(mode=0o600)
        with listing_path.open("w", encoding="utf-8", newline="\n") as listing:
            draft = _Draft(folder, listing)
            written = _copy_all(settings, draft, say)
        os.sync()  # one flush for tens of thousands of files, before they are read back
        size = sum(draft.sizes.values())
        manifest = written.model_copy(
            update={
                "files": draft.files,
                "size_bytes": size,
                "sizes": draft.sizes,
                "files_sha256": sha256_from_disk(listing_path)[0],
            }
        )
        say("Verifying: reading every file again ...")
        require_sound(folder, manifest)
        write_durably(folder / layout.MANIFEST, layout.manifest_text(manifest))
        (folder / layout.MANIFEST).chmod(0o600)
        sync_folder(folder)
        if destination.exists():
            raise _exists(destination)
        folder.rename(destination)
        sync_folder(destination.parent)
    return manifest


def _require_new(destination: Path, settings: Settings) -> None:
    if os.path.lexists(destination):
        raise _exists(destination)
    if not destination.parent.is_dir():
        raise PermanentError(
            "bad_backup_place", f"The folder {destination.parent} does not exist.", "Create it, or mount the disk."
        )
    copied = (settings.recordings, settings.home / KEY_FOLDER, settings.dagster_home, settings.inbox)
    for folder in copied:
        if destination.resolve().is_relative_to(folder.resolve()):
            raise PermanentError(
                "bad_backup_place", f"{destination} is inside {folder}.", "Choose a folder outside the home."
            )


def _exists(destination: Path) -> PermanentError:
    return PermanentError(
        "backup_exists",
        f"{destination} exists and is not overwritten.",
        "Choose a new name, such as one with the date.",
    )


@contextmanager
def _draft_folder(destination: Path) -> Iterator[Path]:
    """A folder beside the destination, removed unless it was renamed. Remains of a killed backup are removed first.

    Raises: PermanentError ``backup_exists`` while another process writes the same backup.
    """
    folder = destination.with_name(destination.name + INCOMPLETE)
    folder.mkdir(mode=0o700, exist_ok=True)
    lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise PermanentError(
                "backup_exists", f"Another process is writing {destination}.", "Wait for it, or choose another name."
            ) from error
        for left in folder.iterdir():
            shutil.rmtree(left) if left.is_dir() and not left.is_symlink() else left.unlink()
        folder.chmod(0o700)
        try:
            yield folder
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
    finally:
        os.close(lock)


def _copy_all(settings: Settings, draft: _Draft, say: Say) -> Manifest:
    kind = "sqlite" if settings.database_url is None else "postgresql"
    copy_databases = _copy_sqlite if settings.database_url is None else _copy_postgres
    made_at, schema, tools, recordings = copy_databases(settings, draft, say)
    for part, folder in ((layout.KEYS, KEY_FOLDER), (layout.INSIGHTS, INSIGHT_FOLDER)):
        for path in stored_files(settings.home / folder):
            name = f"{part}/{path.name}"
            draft.note(name, *copy_private(path, draft.folder / name))
    say("Copying recordings ...")
    count, absent = _copy_recordings(settings, draft, recordings)
    return Manifest(
        format=layout.FORMAT,
        program=version("meeting-pipeline"),
        made_at=made_at,
        home=str(settings.home),
        database=kind,
        schema_revision=schema,
        postgres_tools=tools,
        recordings=count,
        files=0,
        size_bytes=0,
        files_sha256="",
        absent=tuple(absent),
        variables=tuple(name for name in VARIABLES.values() if name in given_settings(os.environ)),
    )


_Copied = tuple[datetime, str, int | None, Iterable[StoredRecording]]


def _copy_sqlite(settings: Settings, draft: _Draft, say: Say) -> _Copied:
    store = settings.home / STORE_FILE
    if not store.is_file():
        raise _nothing(f"There is no {store}.")
    databases = _dagster_databases(settings)
    needed = sum(path.lstat().st_size for path in (store, *databases) if path.exists())
    _require_room(settings, draft.folder, needed, say)
    say(f"Copying Dagster's storage ({len(databases)} databases) and the store ...")
    for path in databases:
        target = draft.folder / layout.DAGSTER / path.relative_to(settings.dagster_home)
        try:
            sqlite.copy_database(path, target)
        except FileNotFoundError:  # its run was deleted meanwhile
            target.unlink(missing_ok=True)
            continue
        draft.note_written(target)
    made_at = datetime.now(UTC)
    target = draft.folder / layout.SQLITE_FILE
    sqlite.copy_database(store, target)
    draft.note_written(target)
    schema = sqlite.schema_of(target)
    if schema is None:
        raise _nothing(f"{store} has no tables.")
    return made_at, schema, None, sqlite.recordings_of(target)


def _dagster_databases(settings: Settings) -> list[Path]:
    """Dagster's SQLite files: runs, events, schedules. The output of runs is not among them."""
    return sorted(path for path in settings.dagster_home.rglob("*.db") if path.is_file() and not path.is_symlink())


def _copy_postgres(settings: Settings, draft: _Draft, say: Say) -> _Copied:
    with postgres.connected(settings) as (server, connection):
        postgres.find_program("pg_dump", server.major)  # fail before waiting for anything
        with postgres.snapshot(connection) as taken:
            if taken.schema_revision is None:
                raise _nothing("The database has no tables.")
            _require_room(settings, draft.folder, taken.size_bytes, say)
            say("Copying the PostgreSQL database, results and Dagster's storage in one snapshot ...")
            made_at = datetime.now(UTC)
            target = private_folder(draft.folder / layout.DATABASE) / Path(layout.POSTGRES_FILE).name
            tools = postgres.dump(server, taken, target)
            target.chmod(0o600)
            draft.note_written(target)
            return made_at, taken.schema_revision, tools, taken.recordings


def _nothing(message: str) -> PermanentError:
    return PermanentError(
        "nothing_to_back_up", message, f"Set {VARIABLES['home']} to the home of the system; nothing was written."
    )


def _require_room(settings: Settings, folder: Path, databases_bytes: int, say: Say) -> None:
    needed = databases_bytes + size_below(settings.recordings) + size_below(settings.home / KEY_FOLDER)
    say(f"About {max(needed / _MEGABYTE, 1):.0f} MB are needed.")
    lack = lacking(folder, needed)
    if lack is not None:
        raise OperatorError("disk_full", lack.message, "Free some space, or choose a destination on another disk.")


def _copy_recordings(
    settings: Settings, draft: _Draft, recordings: Iterable[StoredRecording]
) -> tuple[int, list[Absent]]:
    count, absent = 0, []
    for recording in recordings:
        count += 1
        digests = {}
        for path in stored_files(settings.recordings / recording.key):
            name = f"{layout.RECORDINGS}/{recording.key}/{path.name}"
            try:
                digests[path.name], size = copy_private(path, draft.folder / name)
            except FileNotFoundError:  # deleted or rewritten meanwhile
                continue
            draft.note(name, digests[path.name], size)
        missing = [name for name in recording.files if name not in digests]
        if missing:
            reason = "lost" if _still_known(settings, recording.key) else "deleted"
            absent += [Absent(key=recording.key, file=name, reason=reason) for name in missing]
        elif recording.files and digests[recording.files[0]] != recording.sha256:
            absent.append(Absent(key=recording.key, file=recording.files[0], reason="damaged"))
    return count, absent


def _still_known(settings: Settings, key: str) -> bool:
    database = Database(settings.store_url)
    try:
        return bool(existing(database, [key]))
    finally:
        database.close()
