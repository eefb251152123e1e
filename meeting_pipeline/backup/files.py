"""Files of a backup: checksummed while copied, readable only by their owner, and read back from disk.

Must not go here: which files (``recording_copies.py``, ``restoring.py``), databases (``sqlite.py``, ``postgres.py``).
"""

import functools
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

_BLOCK: Final = 1024 * 1024
"""Bytes read at once: a disk is read in long stretches, and memory stays small."""


def private_folder(folder: Path) -> Path:
    """Create a folder, and missing parents, that only its owner may enter."""
    if not folder.is_dir():
        private_folder(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def copy_private(source: Path, target: Path) -> tuple[str, int]:
    """Copy a regular file to a new one that only its owner may read; returns SHA-256 and size of the copy.

    Raises: FileNotFoundError (it is gone), OSError.
    """
    reading = os.open(source, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    with os.fdopen(reading, "rb") as reader:
        return write_private(iter(functools.partial(reader.read, _BLOCK), b""), target)


def write_private(blocks: Iterator[bytes], target: Path) -> tuple[str, int]:
    """Write a new file that only its owner may read; returns SHA-256 and size. Raises: as ``blocks``, OSError."""
    digest, size = hashlib.sha256(), 0
    private_folder(target.parent)
    writing = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(writing, "wb") as writer:
        for block in blocks:
            digest.update(block)
            size += len(block)
            writer.write(block)
    return digest.hexdigest(), size


def sha256_from_disk(path: Path) -> tuple[str, int]:
    """SHA-256 and size of a file, read from disk instead of the page cache where the system allows it."""
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as reader:
        os.posix_fadvise(reader.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        while block := reader.read(_BLOCK):
            digest.update(block)
            size += len(block)
    return digest.hexdigest(), size


def stored_files(folder: Path) -> Iterator[Path]:
    """Regular files in a folder, sorted; no links, and no drafts, whose names start with a dot. Empty if the folder is gone."""
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except (FileNotFoundError, NotADirectoryError):
        return
    for entry in entries:
        if entry.is_file(follow_symlinks=False) and not entry.name.startswith("."):
            yield Path(entry.path)


def size_below(folder: Path) -> int:
    """Bytes of all regular files below a folder; 0 if there is none."""
    total = 0
    for base, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.lstat(os.path.join(base, name)).st_size  # noqa: PTH118 - called for tens of thousands
            except FileNotFoundError:
                continue  # gone meanwhile
    return total
