"""Copy the databases of a home into a backup: Dagster's storage first, then the store.

Must not go here: how one database is copied (``sqlite.py``, ``postgres.py``), files (``recording_copies.py``).
"""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from meeting_pipeline.backup import layout, postgres, sqlite
from meeting_pipeline.backup.draft import Draft
from meeting_pipeline.backup.files import private_folder, size_below
from meeting_pipeline.backup.sqlite import StoredRecording
from meeting_pipeline.domain.errors import OperatorError, PermanentError
from meeting_pipeline.domain.units import BYTES_PER_MB
from meeting_pipeline.foundation.disk_space import lacking
from meeting_pipeline.settings import VARIABLES, Settings
from meeting_pipeline.store.engine.secrets import KEY_FOLDER

Say = Callable[[str], None]
STORE_FILE: Final = "meetings.sqlite3"

Copied = tuple[datetime, str, int | None, Iterable[StoredRecording]]
"""When it was copied, the schema, the major version of PostgreSQL's tools, and the recordings in the copy."""


def copy_sqlite(settings: Settings, draft: Draft, say: Say) -> Copied:
    """Copy the SQLite files.

    Raises: PermanentError ``nothing_to_back_up``; OperatorError ``disk_full``, ``database_unusable``.
    """
    store = settings.home / STORE_FILE
    if not store.is_file():
        raise _nothing(f"There is no {store}.")
    databases = _dagster_databases(settings)
    needed = sum(sqlite.bytes_to_copy(path) for path in (store, *databases) if path.exists())
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
    sqlite.leave_out(target, layout.LEFT_OUT)
    draft.note_written(target)
    schema = sqlite.schema_of(target)
    if schema is None:
        raise _nothing(f"{store} has no tables.")
    return made_at, schema, None, sqlite.recordings_of(target)


def _dagster_databases(settings: Settings) -> list[Path]:
    """Dagster's SQLite files: runs, events, schedules. The output of runs is not among them."""
    return sorted(path for path in settings.dagster_home.rglob("*.db") if path.is_file() and not path.is_symlink())


def copy_postgres(settings: Settings, draft: Draft, say: Say) -> Copied:
    """Dump the PostgreSQL database.

    Raises: PermanentError ``nothing_to_back_up``; OperatorError ``disk_full``, ``database_unreachable``,
        ``postgres_tools_missing``, ``postgres_tool_failed``.
    """
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
    say(f"About {max(needed / BYTES_PER_MB, 1):.0f} MB are needed.")
    lack = lacking(folder, needed)
    if lack is not None:
        raise OperatorError("disk_full", lack.message, "Free some space, or choose a destination on another disk.")
