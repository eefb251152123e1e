"""Copy the files of recordings into a backup, from the folder and from object storage, and report which are absent.

Must not go here: databases (``database_copies.py``).
"""

from collections.abc import Iterable

from meeting_pipeline.backup import layout
from meeting_pipeline.backup.draft import Draft
from meeting_pipeline.backup.files import copy_private, stored_files, write_private
from meeting_pipeline.backup.layout import Absent
from meeting_pipeline.backup.sqlite import StoredRecording
from meeting_pipeline.domain.errors import OperatorError
from meeting_pipeline.files.object_errors import not_set
from meeting_pipeline.files.objects import ObjectFiles
from meeting_pipeline.foundation.disk_space import lacking
from meeting_pipeline.foundation.folder_identity import folder_identity
from meeting_pipeline.settings import Settings
from meeting_pipeline.store.engine.database import Database
from meeting_pipeline.store.recordings.inventory import existing


def copy_recordings(
    settings: Settings, draft: Draft, recordings: Iterable[StoredRecording]
) -> tuple[int, list[Absent]]:
    """Copy the files of these recordings; returns how many recordings there are, and the files that are not in the backup.

    Raises: OperatorError ``disk_full``; StoreUnavailable, StorageRefused.
    """
    count, absent = 0, []
    objects = ObjectFiles(settings.storage_url, settings.storage_endpoint) if settings.storage_url else None
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
        if recording.object_prefix is not None:
            digests |= _copy_objects(objects, draft, recording)
        missing = [name for name in recording.files if name not in digests]
        if missing:
            reason = "lost" if _still_known(settings, recording.key) else "deleted"
            folder, host = _elsewhere(settings, recording)
            absent += [
                Absent(key=recording.key, file=name, reason=reason, folder=folder, host=host) for name in missing
            ]
        elif recording.files and digests[recording.files[0]] != recording.sha256:
            absent.append(Absent(key=recording.key, file=recording.files[0], reason="damaged"))
    return count, absent


def _copy_objects(objects: ObjectFiles | None, draft: Draft, recording: StoredRecording) -> dict[str, str]:
    """Copy the files of a recording from object storage; returns their SHA-256. Those that are gone are left out.

    The backup stores them with the others, and a restore puts them into the folder of recordings.
    Raises: OperatorError ``disk_full``; StoreUnavailable, StorageRefused.
    """
    if objects is None:
        raise not_set()
    prefix, digests = recording.object_prefix or "", {}
    for name in dict.fromkeys((*recording.files, *filter(None, (recording.prepared_file,)))):
        listed = f"{layout.RECORDINGS}/{recording.key}/{name}"
        try:
            lack = lacking(draft.folder, objects.facts(prefix, name).size_bytes)
            if lack is not None:
                raise OperatorError(
                    "disk_full", lack.message, "Free some space, or choose a destination on another disk."
                )
            blocks = objects.read(prefix, name)
        except FileNotFoundError:
            objects.require_same(recording.stored_in)
            continue
        digests[name], size = write_private(blocks, draft.folder / listed)
        draft.note(listed, digests[name], size)
    return digests


def _elsewhere(settings: Settings, recording: StoredRecording) -> tuple[str | None, str | None]:
    """The folder of another machine that the files of this recording were put into, and that machine, as its row says."""
    if settings.database_url is None or recording.object_prefix is not None or recording.stored_in is None:
        return None, None
    if folder_identity(settings.recordings) == recording.stored_in:
        return None, None
    return recording.stored_in, recording.stored_on


def _still_known(settings: Settings, key: str) -> bool:
    database = Database(settings.store_url)
    try:
        return bool(existing(database, [key]))
    finally:
        database.close()
