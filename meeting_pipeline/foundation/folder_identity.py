"""The identity of a folder of stored recordings, which stays the same on every host that mounts it.

Host names change when a container is replaced, and a folder may be shared by several machines. So the folder itself has a name:
a file in it, created when the first recording is stored there. A copy of the folder is the same folder.
Must not go here: which recording is in which folder (``store/``), what a missing file means (``steps/``).
"""

import os
import re
import uuid
from contextlib import suppress
from pathlib import Path
from typing import Final

from meeting_pipeline.domain.errors import StoreUnavailable

IDENTITY_FILE: Final = ".folder-id"
"""Begins with a dot, like other files that are not recordings; no recording's key does."""
_LONGEST: Final = 40
"""Bytes of an identity that are read; ours are 32 hexadecimal digits."""
_READABLE: Final = re.compile(r"[!-~]+")


def folder_identity(folder: Path) -> str | None:
    """The identity of a folder; ``None`` if nothing was put into it yet, or it is not there. Raises: OSError.

    Also ``None`` for what is no file, such as a pipe, which would never end, and for bytes that no database takes as text: a
    crash of the file system may leave zeros.
    """
    place = folder / IDENTITY_FILE
    if not place.is_file():
        return None
    try:
        with place.open("rb") as file:
            found = file.read(_LONGEST).decode("ascii", "replace").strip()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return found if _READABLE.fullmatch(found) else None


def identified(folder: Path) -> str:
    """The identity of a folder that exists; made now if it has none. Safe if several machines do so at once.

    Raises: OSError; StoreUnavailable ``disk_error`` if the file of the identity is a folder.
    """
    found = folder_identity(folder)
    if found is not None:
        return found
    draft = folder / f"{IDENTITY_FILE}.{uuid.uuid4().hex}"
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb") as file:
            file.write(f"{uuid.uuid4().hex}\n".encode())
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):  # another process was faster: its identity counts
            os.link(draft, folder / IDENTITY_FILE)
    except OSError:
        # A file system without hard links: a rename replaces an identity that was made in the same moment.
        if folder_identity(folder) is None:
            draft.replace(folder / IDENTITY_FILE)
    finally:
        draft.unlink(missing_ok=True)
    found = folder_identity(folder)
    if found is None:
        _clear(folder / IDENTITY_FILE)
        return identified(folder)
    return found


def _clear(place: Path) -> None:
    """Remove what is there instead: a file that is empty or unreadable, after a crash of the file system, or an empty folder."""
    if not place.is_dir() or place.is_symlink():
        place.unlink(missing_ok=True)
        return
    try:
        place.rmdir()
    except OSError as error:
        raise no_identity(place) from error


def no_identity(place: Path) -> StoreUnavailable:
    """The error for a folder of recordings whose identity cannot be read or made."""
    return StoreUnavailable(
        "disk_error",
        f"{place} is a folder: the folder of recordings is recognised by a file of this name.",
        "Move it away. The file is made again automatically; recordings wait and resume.",
    )
