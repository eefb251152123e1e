"""Copies of dropped files on their way into the recordings folder: staged, moved into place, or restored.

The process that makes a copy holds a lock on its folder. The kernel releases the locks of dead processes, which distinguishes
leftovers from copies in progress.
Must not go here: uploads to object storage (``object_uploads.py``), inspecting the copies, and the rows that make them recordings
(``batch.py``).
"""

import fcntl
import os
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from meeting_pipeline import policies
from meeting_pipeline.files.folder import STAGING
from meeting_pipeline.files.folder import staging_folder as locked_staging_folder
from meeting_pipeline.foundation.atomic_files import copy_durably, link_and_hash
from meeting_pipeline.home import note_folder
from meeting_pipeline.installation import Installation
from meeting_pipeline.media.formats import is_transcript
from meeting_pipeline.steps.intake.inbox import Candidate
from meeting_pipeline.steps.intake.object_uploads import remove_left_uploads
from meeting_pipeline.steps.mounted_folder import require_mounted
from meeting_pipeline.steps.stored_files import files_of
from meeting_pipeline.store.recordings.new_recordings import StoredIn
from meeting_pipeline.store.tables import Recording

_PLACES = "places.lock"


@dataclass(frozen=True)
class StagedCopy:
    """Copies of a candidate's files, which only we can change. ``sha256`` and ``size_bytes`` are those of ``main``.

    ``multichannel``: the submitter asks that each channel is one speaker.
    """

    folder: Path
    main: Path
    transcript: Path | None
    sha256: str
    size_bytes: int
    multichannel: bool = False


@contextmanager
def staged(installation: Installation, candidate: Candidate) -> Iterator[StagedCopy]:
    """Durable copies of a candidate's files. Copies still there at the end are removed. Raises: as ``copy_durably``.

    Files that are copies of ours already get a second name only.
    """
    copy = copy_durably if candidate.origin is None else link_and_hash
    with staging_folder(installation) as folder:
        main = folder / f"original{candidate.main.suffix.lower()}"
        sha256, size = copy(candidate.main, main)
        transcript = main if is_transcript(main) else None
        if candidate.transcript is not None:
            transcript = folder / f"transcript{candidate.transcript.suffix.lower()}"
            copy(candidate.transcript, transcript)
        yield StagedCopy(folder, main, transcript, sha256, size)


@contextmanager
def staging_folder(installation: Installation) -> Iterator[Path]:
    """A new folder for copies, locked until the end. Copies still there then are removed.

    Raises: StoreUnavailable ``disk_error`` if the disk of stored recordings is not mounted.
    """
    if installation.objects is None:
        require_mounted(installation)
    with locked_staging_folder(installation.settings.recordings) as folder:
        yield folder


@contextmanager
def placing(installation: Installation) -> Iterator[bool]:
    """Lock the set of recording folders, from the check for known content to the committed row.

    Only one process holds the lock at a time, so that accepting and deleting recordings never overlap. Yields ``False`` on a
    file system without locks, where they may.
    """
    lock = os.open(installation.settings.home / _PLACES, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        locked = False
        with suppress(OSError):  # a file system without locks
            fcntl.flock(lock, fcntl.LOCK_EX)
            locked = True
        yield locked
    finally:
        os.close(lock)


def move_into_place(installation: Installation, copy: StagedCopy, key: str) -> StoredIn:
    """Move the copies to the folder of a recording that is about to get its row. Returns where they are."""
    stored = this_folder(installation)  # first: if the folder cannot be identified, nothing is left in it
    installation.folder.put_folder(key, copy.folder)
    return stored


def this_folder(installation: Installation) -> StoredIn:
    """A row's data about files in the folder of this machine."""
    identity = installation.folder.identified()
    note_folder(installation.settings, identity)
    return StoredIn(identity, socket.gethostname())


def restore_missing(installation: Installation, copy: StagedCopy, known: Recording) -> StoredIn | None:
    """Restore missing stored copies. The original, which may be the last copy, is about to be deleted.

    Returns where they are now; ``None`` if none was missing. Raises: StoreUnavailable ``disk_error`` if the disk that they are
    on is not mounted.
    """
    if known.media_file is None:
        wanted: list[tuple[Path | None, str | None]] = [(copy.main, known.transcript_file)]
    else:
        wanted = [(copy.main, known.media_file), (copy.transcript, known.transcript_file)]
    files = files_of(installation, known)
    gone = [(source, name) for source, name in wanted if source and name and not files.has(name)]
    if gone and known.object_prefix is None:
        require_mounted(installation)
    for source, name in gone:
        files.put(name, source)
    return this_folder(installation) if gone and known.object_prefix is None else None


def remove_leftovers(installation: Installation) -> None:
    """Remove what a crash left behind: unfinished copies whose folder is not locked, and old uploads without a recording."""
    remove_left_uploads(installation, policies.INTAKE_BATCH)
    oldest = installation.store.context.now().timestamp() - policies.STAGING_SECONDS
    for folder in (installation.settings.recordings / STAGING).glob("*"):
        with suppress(FileNotFoundError):  # its maker has just moved it into place, or removed it
            _remove_if_left(folder, oldest)


def _remove_if_left(folder: Path, oldest: float) -> None:
    lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        if _is_unheld(lock) or folder.lstat().st_mtime < oldest:
            shutil.rmtree(folder, ignore_errors=True)
    finally:
        os.close(lock)


def _is_unheld(folder: int) -> bool:
    """Take the lock if it is free. ``False`` on a file system without locks."""
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
