"""A backup that is being written: its folder, the list of its files, and their sizes.

Must not go here: what is copied (``database_copies.py``, ``recording_copies.py``), and in which order (``writing.py``).
"""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Final

from meeting_pipeline.backup import layout
from meeting_pipeline.backup.files import sha256_from_disk
from meeting_pipeline.domain.errors import PermanentError

INCOMPLETE: Final = ".incomplete"
"""Suffix of a backup that is being written. It is renamed when it is verified."""


@dataclass
class Draft:
    """A backup that is being written: its folder, and the list of its files so far."""

    folder: Path
    listing: IO[str]
    files: int = 0
    sizes: dict[str, int] = field(default_factory=dict)

    def note(self, name: str, digest: str, size: int) -> None:
        """Add a file to the list."""
        self.listing.write(layout.listed_line(name, digest))
        self.files += 1
        part = name.partition("/")[0]
        self.sizes[part] = self.sizes.get(part, 0) + size

    def note_written(self, path: Path) -> None:
        """Add a file that another program wrote into the draft."""
        digest, size = sha256_from_disk(path)
        self.note(path.relative_to(self.folder).as_posix(), digest, size)


@contextmanager
def draft_folder(destination: Path) -> Iterator[Path]:
    """A folder next to the destination, removed unless it was renamed. Remains of a killed backup are removed first.

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


def backup_exists(destination: Path) -> PermanentError:
    """The error for a destination that is there already."""
    return PermanentError(
        "backup_exists",
        f"{destination} exists and is not overwritten.",
        "Choose a new name, such as one with the date.",
    )
