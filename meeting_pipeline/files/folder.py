"""Files in a folder of this machine: the place of a recording is a folder in it.

Must not go here: object storage (``objects.py``), staged files (``steps/intake/staging.py``).
"""

import errno
import fcntl
import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from meeting_pipeline.domain.keys import hash_file
from meeting_pipeline.files import policies
from meeting_pipeline.files.port import PlaceTaken, StoredFile
from meeting_pipeline.foundation.atomic_files import sync_folder
from meeting_pipeline.foundation.folder_identity import folder_identity, identified
from meeting_pipeline.media.formats import PREPARED_FILE

STAGING: Final = ".incoming"
"""Below the folder, so that moving a copy to its place is one rename."""


class FolderFiles:
    """The port ``Files`` on a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def identity(self) -> str | None:
        """See the port."""
        return folder_identity(self._folder)

    def identified(self) -> str:
        """See the port."""
        return identified(self._folder)

    def path(self, place: str, name: str) -> Path:
        """Where a file is, or would be."""
        return self._folder / place / name

    def put(self, place: str, name: str, source: Path) -> None:
        """See the port. The source is moved; it must be on the same disk."""
        folder = self._folder / place
        folder.mkdir(exist_ok=True)
        source.rename(folder / name)
        sync_folder(folder)
        sync_folder(folder.parent)

    def put_folder(self, place: str, folder: Path) -> None:
        """See the port. The folder is moved by one rename, and replaces one with the same recording that a crash left behind."""
        target = self._folder / place
        if target.exists():
            if not _is_left_of(target, folder):
                raise PlaceTaken(errno.EEXIST, "Another recording is stored there", str(target))
            shutil.rmtree(target)
        try:
            folder.rename(target)
        except OSError as error:
            if error.errno in (errno.EEXIST, errno.ENOTEMPTY):  # another machine was faster
                raise PlaceTaken(errno.EEXIST, "Another recording is stored there", str(target)) from error
            raise
        sync_folder(target)
        sync_folder(target.parent)

    def list(self, place: str) -> list[StoredFile]:
        """See the port. Drafts, whose names start with a dot, and links are left out."""
        try:
            entries = sorted(os.scandir(self._folder / place), key=lambda entry: entry.name)
        except (FileNotFoundError, NotADirectoryError):
            return []
        return [
            _stored(entry.name, entry.stat(follow_symlinks=False))
            for entry in entries
            if entry.is_file(follow_symlinks=False) and not entry.name.startswith(".")
        ]

    def facts(self, place: str, name: str) -> StoredFile:
        """See the port."""
        return _stored(name, self.path(place, name).stat())

    def read(self, place: str, name: str, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        """See the port."""
        file = self.path(place, name).open("rb")

        def blocks() -> Iterator[bytes]:
            with file:
                file.seek(start)
                left = length
                while left is None or left > 0:
                    block = file.read(policies.BLOCK_BYTES if left is None else min(policies.BLOCK_BYTES, left))
                    if not block:
                        return
                    left = None if left is None else left - len(block)
                    yield block

        return blocks()

    @contextmanager
    def at_hand(self, place: str, name: str, scratch: Path) -> Iterator[Path]:
        """See the port. It is the stored file, not a copy."""
        yield self.path(place, name)

    def delete(self, place: str) -> int:
        """See the port. The folder is moved away by one rename, then deleted."""
        folder = self._folder / place
        if not folder.is_dir():
            return 0
        count = sum(1 for path in folder.rglob("*") if path.is_file())
        with staging_folder(self._folder) as staging:  # if we crash here, the next intake removes it
            folder.rename(staging / uuid.uuid4().hex)
        return count


@contextmanager
def staging_folder(folder: Path) -> Iterator[Path]:
    """A new folder for copies, locked until the end. Copies still there then are removed."""
    staging, lock = _locked_folder(folder / STAGING)
    try:
        yield staging
    finally:
        shutil.rmtree(staging, ignore_errors=True)
        os.close(lock)


def _locked_folder(parent: Path) -> tuple[Path, int]:
    """A new folder and the descriptor that holds its lock. Retries if another intake removes the folder before it is locked."""
    while True:
        folder = parent / uuid.uuid4().hex
        folder.mkdir(parents=True)
        try:
            lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        except FileNotFoundError:
            continue
        with suppress(OSError):  # a file system without locks: leftovers are recognised by age
            fcntl.flock(lock, fcntl.LOCK_EX)
        if folder.is_dir():
            return folder, lock
        os.close(lock)


def _is_left_of(target: Path, folder: Path) -> bool:
    """Whether nothing is lost with a stored folder: the new one has each of its files, but for those that are made from them."""
    new = {path: path.stat().st_size for path in folder.iterdir() if path.is_file()}
    return all(
        any(size == old.stat().st_size and hash_file(old) == hash_file(path) for path, size in new.items())
        for old in target.iterdir()
        if old.is_file() and old.suffix != ".md" and old.name != PREPARED_FILE
    )


def _stored(name: str, facts: os.stat_result) -> StoredFile:
    return StoredFile(name, facts.st_size, datetime.fromtimestamp(facts.st_mtime, UTC))
