"""Restores a backup into an empty home: files first, then the database, then Dagster's records from the store.

A marker in the home says that a restore is in progress: no system starts there until it has ended, and an interrupted restore
starts over.
Must not go here: changes to the restored database (``store/restored.py``), warnings (``restore_warnings.py``).
"""

import json
import os
import shutil
import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy.exc import DBAPIError

from meeting_pipeline.backup import layout, postgres
from meeting_pipeline.backup.checking import check_backup
from meeting_pipeline.backup.database_copies import STORE_FILE
from meeting_pipeline.backup.files import copy_private, private_folder
from meeting_pipeline.backup.layout import Manifest, listed_files
from meeting_pipeline.backup.restore_warnings import restore_warnings
from meeting_pipeline.domain.errors import OperatorError, PermanentError, PipelineError
from meeting_pipeline.foundation.atomic_files import sync_folder, write_durably
from meeting_pipeline.foundation.disk_space import lacking
from meeting_pipeline.foundation.folder_identity import identified
from meeting_pipeline.foundation.ownership import owning, running_owner
from meeting_pipeline.home import note_folder
from meeting_pipeline.insights.user_insights import FOLDER as INSIGHT_FOLDER
from meeting_pipeline.installation import RESTORED, RESTORING, Installation, open_installation
from meeting_pipeline.settings import VARIABLES, Settings
from meeting_pipeline.settings_file import FILE_NAME
from meeting_pipeline.store.engine.schema import SCHEMA_HEAD
from meeting_pipeline.store.engine.secrets import KEY_FOLDER
from meeting_pipeline.store.recordings.new_recordings import StoredIn
from meeting_pipeline.store.restored import AfterRestore, settle_restored

Say = Callable[[str], None]
_LEFT: Final = ("up.lock", "up.json", "daemon.lock", "places.lock", FILE_NAME)
"""Files that an empty home may have: locks, which contain nothing, and the settings used for the restore."""


@dataclass(frozen=True)
class Restored:
    """What was restored, and warnings for a person. ``reconciled``: lines of counts; empty if reconciling is still to be done."""

    manifest: Manifest
    after: AfterRestore
    reconciled: tuple[str, ...]
    warnings: tuple[str, ...]


def restore_backup(settings: Settings, source: Path, say: Say) -> Restored:
    """Restore a backup into the empty home, and its database into the configured one.

    Raises: PermanentError ``not_a_backup``, ``backup_damaged``, ``other_database``; OperatorError ``already_running``,
        ``home_not_empty``, ``database_not_empty``, ``database_newer``, ``wrong_encryption_key``, ``disk_full``,
        ``postgres_tools_missing``, ``postgres_tool_failed``, ``database_unreachable``.
    """
    source = source.absolute()
    if running_owner(settings.home) is not None:
        with owning(settings.home):  # its error names the holder
            pass
    interrupted = (settings.home / RESTORING).exists()
    if not interrupted:
        _require_empty(settings.home)
    _require_suitable(settings, layout.read_manifest(source))
    say(f"Checking {source} ...")
    manifest = check_backup(source)
    made = not settings.home.exists()
    with owning(settings.home):
        if made:
            settings.home.chmod(0o700)
        if not interrupted:
            _require_empty(settings.home)  # nothing was created in between
        lack = lacking(settings.home, manifest.size_bytes)
        if lack is not None:
            raise OperatorError("disk_full", lack.message, "Free some space, or choose a home on another disk.")
        if settings.database_url is not None:
            _require_empty_database(settings)
        write_durably(settings.home / RESTORING, f"Restoring {source}.\n")
        if interrupted:
            _clear(settings.home)
        say("Copying files ...")
        _copy(settings, source)
        if settings.database_url is not None:
            say("Restoring the PostgreSQL database ...")
            with postgres.connected(settings) as (server, _):
                postgres.restore(server, source / layout.POSTGRES_FILE, manifest.postgres_tools or 0)
        opened = open_installation(settings, restoring=True)  # brings the schema up to date
        try:
            after = settle_restored(opened.store.database, _restored_folder(settings), _elsewhere(manifest))
            warnings = tuple(restore_warnings(opened, manifest))
            secrets = [row.id for row in opened.store.signing_secrets.list() if row.valid_until is None]
            told = {"made_at": manifest.made_at.isoformat(), "signing_secrets": secrets}
            write_durably(settings.home / RESTORED, json.dumps(told, indent=1) + "\n")
            (settings.home / RESTORING).unlink()
            sync_folder(settings.home)
            say("Reconciling Dagster's records with the store ...")
            return Restored(manifest, after, _reconciled(opened), warnings)
        finally:
            opened.store.close()


def _require_empty(home: Path) -> None:
    for base, folders, names in os.walk(home):
        folders.sort()
        for name in sorted(names):
            if Path(base) == home and name in _LEFT:
                continue
            raise OperatorError(
                "home_not_empty",
                f"{home} is not empty: it has {Path(base, name).relative_to(home)}.",
                f"Set {VARIABLES['home']} to a new folder, or move this one away.",
            )


def _require_suitable(settings: Settings, manifest: Manifest) -> None:
    """Require that these settings can take this backup. Reads only the manifest."""
    wanted = "sqlite" if settings.database_url is None else "postgresql"
    if manifest.database != wanted:
        variable = VARIABLES["database_url"]
        advice = f"Set {variable} to an empty database" if wanted == "sqlite" else f"Unset {variable}"
        raise PermanentError(
            "other_database",
            f"The backup is of {manifest.database}, but the settings name {wanted}; a backup cannot be converted.",
            f"{advice}. After the restore, `meeting-pipeline database move` moves it to the other kind.",
        )
    if manifest.schema_revision > SCHEMA_HEAD:
        raise OperatorError(
            "database_newer",
            f"The backup has schema {manifest.schema_revision}; this version supports {SCHEMA_HEAD}.",
            "Install the version of the program that wrote the backup, or a newer one.",
        )
    if VARIABLES["encryption_key"] in manifest.variables and settings.encryption_key is None:
        raise OperatorError(
            "wrong_encryption_key",
            f"The backed-up system had its key in {VARIABLES['encryption_key']}, which is not set now.",
            "Set it to the same key: it is not in the backup.",
        )


def _require_empty_database(settings: Settings) -> None:
    with postgres.connected(settings) as (server, connection):
        if postgres.has_tables(connection):
            raise OperatorError(
                "database_not_empty",
                f"The database in {VARIABLES['database_url']} has tables already.",
                "Create a new database (`createdb`) and name that.",
            )
        postgres.find_program("pg_restore", server.major)


def _clear(home: Path) -> None:
    """Remove everything an interrupted restore has written: nothing else was there."""
    for path in home.iterdir():
        if path.name in (RESTORING, *_LEFT):
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def _copy(settings: Settings, source: Path) -> None:
    """Copy every listed file to its place in the home, and compare each with the list again."""
    places = {layout.DAGSTER: settings.dagster_home, layout.KEYS: settings.home / KEY_FOLDER}
    places[layout.RECORDINGS] = settings.recordings
    for folder in places.values():
        private_folder(folder)
    places[layout.INSIGHTS] = settings.home / INSIGHT_FOLDER
    for name, digest in listed_files(source):
        part, _, rest = name.partition("/")
        if name == layout.POSTGRES_FILE:
            continue
        target = settings.home / STORE_FILE if name == layout.SQLITE_FILE else places[part] / rest
        if copy_private(source / name, target)[0] != digest:
            raise PermanentError("backup_damaged", f"{source / name} was changed.", "Use another backup.")
    os.sync()


def _restored_folder(settings: Settings) -> StoredIn:
    """The folder that the files were restored into. It gets its identity now, so that it is recognised from then on."""
    identity = identified(settings.recordings)
    note_folder(settings, identity)
    return StoredIn(identity, socket.gethostname())


def _elsewhere(manifest: Manifest) -> dict[str, StoredIn]:
    """Recordings that the backup has no files of, because they are on the disk of another machine."""
    return {one.key: StoredIn(one.folder, one.host or "") for one in manifest.absent if one.folder is not None}


def _reconciled(opened: Installation) -> tuple[str, ...]:
    """Counts of what was reported to Dagster; empty if its storage is unusable: the next start reconciles then."""
    import dagster as dg

    from meeting_pipeline.defs.ops.reconciling import reconcile
    from meeting_pipeline.supervisor.instance import opened_instance

    try:
        with opened_instance(opened.settings) as instance:
            return tuple(reconcile(opened, instance).lines())
    except (dg.DagsterError, DBAPIError, PipelineError, OSError):
        return ()
