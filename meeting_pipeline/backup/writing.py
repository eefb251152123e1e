"""Writes a backup while the system may be running: databases first, then the files they refer to, then the manifest.

Dagster's storage is copied before the store: anything that happens in between is in the store, and the reconciler reports it to
Dagster after a restore. Files of recordings never change once accepted, so they are copied after the store.
Must not go here: the format of a backup (``layout.py``), checking it (``checking.py``).
"""

import os
from importlib.metadata import version
from pathlib import Path

from meeting_pipeline.backup import layout
from meeting_pipeline.backup.checking import require_sound
from meeting_pipeline.backup.database_copies import Say, copy_postgres, copy_sqlite
from meeting_pipeline.backup.draft import Draft, backup_exists, draft_folder
from meeting_pipeline.backup.files import copy_private, sha256_from_disk, stored_files
from meeting_pipeline.backup.layout import Manifest
from meeting_pipeline.backup.recording_copies import copy_recordings
from meeting_pipeline.domain.errors import PermanentError
from meeting_pipeline.foundation.atomic_files import sync_folder, write_durably
from meeting_pipeline.home import require_folder_there
from meeting_pipeline.insights.user_insights import FOLDER as INSIGHT_FOLDER
from meeting_pipeline.settings import VARIABLES, Settings, given_settings
from meeting_pipeline.store.engine.secrets import KEY_FOLDER


def write_backup(settings: Settings, destination: Path, say: Say) -> Manifest:
    """Write a backup to a new folder and verify it. The folder gets its name only after that.

    Raises: PermanentError ``backup_exists``, ``bad_backup_place``, ``nothing_to_back_up``, ``backup_damaged``; OperatorError
        ``home_unusable`` (the disk of the recordings is not mounted), ``disk_full``,
        ``database_unusable``, ``database_unreachable``, ``postgres_tools_missing``, ``postgres_tool_failed``.
    """
    destination = destination.absolute()
    _require_new(destination, settings)
    # Otherwise, every recording would count as lost in a backup that replaces a good one.
    require_folder_there(settings, own=True)
    with draft_folder(destination) as folder:
        listing_path = folder / layout.FILES
        listing_path.touch(mode=0o600)
        with listing_path.open("w", encoding="utf-8", newline="\n") as listing:
            draft = Draft(folder, listing)
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
            raise backup_exists(destination)
        folder.rename(destination)
        sync_folder(destination.parent)
    return manifest


def _require_new(destination: Path, settings: Settings) -> None:
    if os.path.lexists(destination):
        raise backup_exists(destination)
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


def _copy_all(settings: Settings, draft: Draft, say: Say) -> Manifest:
    kind = "sqlite" if settings.database_url is None else "postgresql"
    copy_databases = copy_sqlite if settings.database_url is None else copy_postgres
    made_at, schema, tools, recordings = copy_databases(settings, draft, say)
    for part, folder in ((layout.KEYS, KEY_FOLDER), (layout.INSIGHTS, INSIGHT_FOLDER)):
        for path in stored_files(settings.home / folder):
            name = f"{part}/{path.name}"
            draft.note(name, *copy_private(path, draft.folder / name))
    say("Copying recordings ...")
    count, absent = copy_recordings(settings, draft, recordings)
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
