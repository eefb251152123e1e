"""Moving the files of an installation from its folder to object storage, and back.

One recording at a time: its files are copied, read back and compared, then its row is changed to the new place, then the old
copies are deleted. After any failure the row still names a complete copy, and the next call continues. Nothing may process
recordings meanwhile. Must not go here: the storages (``files/``), the row (``store/recordings/file_places.py``).
"""

import hashlib
import os
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from meeting_pipeline.domain.errors import OperatorError, StoreUnavailable
from meeting_pipeline.domain.keys import hash_file
from meeting_pipeline.files.folder import staging_folder
from meeting_pipeline.files.object_errors import not_set
from meeting_pipeline.files.objects import ObjectFiles
from meeting_pipeline.files.port import PlaceTaken
from meeting_pipeline.foundation.disk_space import lacking
from meeting_pipeline.installation import Installation
from meeting_pipeline.steps.intake.object_uploads import remove_staged, remove_uploaded, upload
from meeting_pipeline.steps.intake.staging import placing, this_folder
from meeting_pipeline.steps.mounted_folder import require_mounted
from meeting_pipeline.store.recordings.file_places import FilePlace
from meeting_pipeline.store.recordings.staged_objects import Staged

_PAGE: Final = 100
"""Recordings that are read from the database at a time."""
_GONE: Final = "it was deleted or moved meanwhile"


@dataclass(frozen=True)
class Moved:
    """One recording that was looked at. ``problem``: why it was left where it is."""

    key: str
    files: int
    size_bytes: int
    problem: str | None = None


def move_storage(installation: Installation, *, to_objects: bool) -> Iterator[Moved]:
    """Move the files of all recordings, in the order of their keys. Call it while nothing processes recordings.

    Raises: OperatorError ``recordings_in_work``; StorageRefused ``storage_not_set``, ``storage_changed``;
    StoreUnavailable, OSError. Everything before the error is moved.
    """
    objects = installation.objects
    if objects is None:
        raise not_set()
    if not to_objects:
        require_mounted(installation)
    require_idle(installation)
    move = _to_objects if to_objects else _to_folder
    after = ""
    while page := installation.store.file_places.after(after, _PAGE, in_objects=not to_objects):
        for place in page:
            yield move(installation, objects, place)
        after = page[-1].key
    if to_objects:
        _remove_left_folders(installation)


def require_idle(installation: Installation) -> None:
    """Raises: OperatorError ``recordings_in_work``."""
    at_work = installation.store.file_places.runs_at_work()
    if at_work:
        raise OperatorError(
            "recordings_in_work",
            f"{at_work} runs have live workers, perhaps on other machines.",
            "Stop `up` and all workers. Recordings of a killed worker are released when `up` starts next.",
        )


def _to_objects(installation: Installation, objects: ObjectFiles, place: FilePlace) -> Moved:
    folder = installation.folder
    missing = [name for name in place.files if not folder.path(place.key, name).is_file()]
    if missing:
        return Moved(place.key, 0, 0, f"{', '.join(missing)} is not in the folder of recordings")
    sources = {name: folder.path(place.key, name) for name in place.files}

    def put(prefix: str) -> None:
        for name, source in sources.items():
            objects.put(prefix, name, source)
            if _digest(objects.read(prefix, name)) != hash_file(source):
                raise _damaged(name)

    stored, moved = upload(installation, objects, put), False
    try:
        with placing(installation):
            moved = installation.store.file_places.moved(place, stored)
    finally:
        if not moved:
            remove_uploaded(installation, stored)
    if not moved:
        return Moved(place.key, 0, 0, _GONE)
    size = sum(source.stat().st_size for source in sources.values())
    folder.delete(place.key)
    return Moved(place.key, len(place.files), size)


def _to_folder(installation: Installation, objects: ObjectFiles, place: FilePlace) -> Moved:
    prefix, size = place.prefix or "", 0
    with staging_folder(installation.settings.recordings) as scratch:
        copies = scratch / uuid.uuid4().hex
        copies.mkdir()
        for name in place.files:
            try:
                facts = objects.facts(prefix, name)
            except FileNotFoundError:
                objects.require_same(place.stored_in)
                return Moved(place.key, 0, 0, f"{name} is not in the object storage")
            lack = lacking(scratch, facts.size_bytes)
            if lack is not None:
                raise lack
            read = _write(copies / name, objects.read(prefix, name))
            if name == place.files[0] and read != place.sha256:
                return Moved(place.key, 0, 0, f"{name} in the object storage is not the file that was submitted")
            if hash_file(copies / name) != read:
                raise _damaged(name)
            size += facts.size_bytes
        try:
            with placing(installation):
                installation.folder.put_folder(place.key, copies)
                moved = installation.store.file_places.moved(place, this_folder(installation))
        except PlaceTaken as error:
            return Moved(place.key, 0, 0, f"other files are in its place, {error.filename}")
    if not moved:
        return Moved(place.key, 0, 0, _GONE)
    remove_staged(installation, Staged(prefix, place.stored_in or ""))
    return Moved(place.key, len(place.files), size)


def _damaged(name: str) -> StoreUnavailable:
    return StoreUnavailable(
        "copy_differs",
        f"The copy of {name} differs from the original.",
        "Check the disk and the object storage, then run the command again: the file is still in its old place.",
    )


def _digest(blocks: Iterable[bytes]) -> str:
    digest = hashlib.sha256()
    for block in blocks:
        digest.update(block)
    return digest.hexdigest()


def _write(path: Path, blocks: Iterable[bytes]) -> str:
    """Write a file durably; returns the hash of what was written."""
    digest = hashlib.sha256()
    with path.open("wb") as file:
        for block in blocks:
            digest.update(block)
            file.write(block)
        file.flush()
        os.fsync(file.fileno())
    return digest.hexdigest()


def _remove_left_folders(installation: Installation) -> None:
    """Folders of recordings that are in object storage: a crash came between the row and the removal of the old copies."""
    after = ""
    while page := installation.store.file_places.after(after, _PAGE, in_objects=True):
        for place in page:
            if installation.folder.list(place.key):
                installation.folder.delete(place.key)
        after = page[-1].key
