"""Files that survive a power failure: written under another name, flushed to disk, then renamed.

Must not go here: which files are written, and where.
"""

import hashlib
import os
import stat
import uuid
from contextlib import suppress
from pathlib import Path
from typing import Final

from meeting_pipeline.domain.errors import IntakeRefused

_BLOCK_BYTES: Final = 1024 * 1024
"""Large enough that a disk is read in long stretches, small enough for many threads at once."""


def copy_durably(source: Path, target: Path) -> tuple[str, int]:
    """Copy a regular file; returns SHA-256 and size of exactly the bytes that were written.

    Links are not followed. If the file grows meanwhile, only its initial size is copied: otherwise a writer that is faster
    than this reader would keep it busy forever. The caller compares the file before and after.
    Raises: IntakeRefused ``not_a_file``, ``unreadable``; OSError if the disk fails.
    """
    if not stat.S_ISREG(source.lstat().st_mode):
        raise not_a_file()
    try:
        descriptor = os.open(source, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except PermissionError as error:
        raise IntakeRefused(
            "unreadable", "The pipeline is not allowed to read the file.", "Give the pipeline's user read permission."
        ) from error
    digest, size = hashlib.sha256(), 0
    with os.fdopen(descriptor, "rb") as reader:
        status = os.fstat(reader.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise not_a_file()
        with target.open("xb") as writer:
            while block := reader.read(min(_BLOCK_BYTES, status.st_size - size)):
                digest.update(block)
                size += len(block)
                writer.write(block)
            writer.flush()
            os.fsync(writer.fileno())
    return digest.hexdigest(), size


def link_and_hash(source: Path, target: Path) -> tuple[str, int]:
    """Give a second name to a file that is ours, durable and on the same disk; returns its SHA-256 and size. Raises: OSError."""
    os.link(source, target)
    with target.open("rb") as reader:
        return hashlib.file_digest(reader, "sha256").hexdigest(), reader.tell()


def write_durably(target: Path, text: str | bytes) -> None:
    """Replace a file atomically: a reader sees either the old or the new content, never a part."""
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f".{target.name}.{uuid.uuid4().hex[:8]}")
    try:
        with draft.open("xb") as writer:
            writer.write(text.encode() if isinstance(text, str) else text)
            writer.flush()
            os.fsync(writer.fileno())
        draft.replace(target)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    sync_folder(target.parent)


def remove_if_possible(path: Path) -> None:
    """Remove a note that another process may find. A disk that has become read-only must not keep a system from ending."""
    with suppress(OSError):
        path.unlink()


def sync_file(path: Path) -> None:
    """Flush a file that another process has written. Raises: OSError."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_folder(folder: Path) -> None:
    """Flush the entries (names) of a folder to disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def not_a_file() -> IntakeRefused:
    """The error for anything that is not a regular file."""
    return IntakeRefused(
        "not_a_file", "This is a link, a pipe or another special file.", "Drop the recording itself, not a link to it."
    )
