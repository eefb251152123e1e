"""Uploads to object storage before their recording has a row, and removing those that never became a recording.

Must not go here: copies on this machine's disk (``staging.py``), the storage (``files/objects.py``).
"""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Final

from meeting_pipeline import policies
from meeting_pipeline.domain.errors import StorageRefused, StoreUnavailable
from meeting_pipeline.files.objects import ObjectFiles
from meeting_pipeline.installation import Installation
from meeting_pipeline.store.recordings.new_recordings import StoredIn
from meeting_pipeline.store.recordings.staged_objects import Staged

_LONGEST_ADDRESS: Final = 255
"""Width of its column."""
_log = logging.getLogger(__name__)


def upload_ahead(installation: Installation, folder: Path) -> StoredIn | None:
    """Upload the copies in this folder to object storage before their recording gets its row; ``None`` if none is set.

    It takes as long as the files are large, so no lock is held. Raises: StoreUnavailable, StorageRefused.
    """
    objects = installation.objects
    return None if objects is None else upload(installation, objects, lambda place: objects.put_folder(place, folder))


def upload(installation: Installation, objects: ObjectFiles, put: Callable[[str], None]) -> StoredIn:
    """Upload files to a new place by ``put``. They are noted before: a crash leaves nothing behind.

    Raises: StoreUnavailable, StorageRefused; as ``put``.
    """
    staged = Staged(objects.new_place(), objects.identified())
    installation.store.staged_objects.note(staged)
    try:
        put(staged.prefix)
    except BaseException:
        remove_staged(installation, staged)
        raise
    return StoredIn(staged.stored_in, objects.url[:_LONGEST_ADDRESS], staged.prefix)


def remove_uploaded(installation: Installation, stored: StoredIn) -> None:
    """Remove uploaded copies that became no recording. If that is impossible now, a later intake does it."""
    if stored.prefix is not None:
        remove_staged(installation, Staged(stored.prefix, stored.folder))


def remove_staged(installation: Installation, staged: Staged) -> None:
    """Remove objects that no recording has taken. Errors are logged: a later intake, or the next night, tries again."""
    if installation.objects is None:
        return
    try:
        _remove(installation, installation.objects, staged)
    except (StoreUnavailable, StorageRefused) as error:
        _note_left(error)


def remove_left_uploads(installation: Installation, limit: int, *, dry: bool = False) -> int:
    """Remove at most ``limit`` uploads that became no recording: those given up, and those of more than a day ago.

    Returns how many were removed; with ``dry``, how many there are. If the storage is down they stay noted.
    """
    objects, seconds = installation.objects, policies.STAGING_SECONDS
    if objects is None:
        return 0
    if dry:
        return installation.store.staged_objects.count_old(seconds)
    removed = 0
    for left in installation.store.staged_objects.give_up_old(seconds, limit):
        try:
            removed += _remove(installation, objects, left)
        except StorageRefused as error:  # perhaps only this one: it belongs to another storage
            _note_left(error)
        except StoreUnavailable as error:
            _note_left(error)
            break  # each of the others would wait as long
    return removed


def _remove(installation: Installation, objects: ObjectFiles, staged: Staged) -> bool:
    """Whether they are removed; not if a recording has taken them. Raises: StoreUnavailable, StorageRefused."""
    if not installation.store.staged_objects.give_up(staged.prefix):
        return False
    objects.require_same(staged.stored_in)
    objects.delete(staged.prefix)
    installation.store.staged_objects.forget(staged.prefix)
    return True


def _note_left(error: StoreUnavailable | StorageRefused) -> None:
    _log.warning("an upload without a recording will be removed later: %s", error.code)
