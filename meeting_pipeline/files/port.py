"""The port for the files of recordings: the interface of any storage for them.

A file has a name inside a place, and each recording has its own place. Files never change once stored.
Must not go here: the adapters (``folder.py``, ``objects.py``).
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True)
class StoredFile:
    """A stored file. ``modified_at``: when it was stored."""

    name: str
    size_bytes: int
    modified_at: datetime


class PlaceTaken(FileExistsError):
    """Something else is stored at a place: another installation uses the same folder."""


class Files(Protocol):
    """Keeps files. Each method may raise OSError (a disk), StoreUnavailable or StorageRefused (object storage)."""

    def identity(self) -> str | None:
        """What this storage is, whatever address it is reached at; ``None`` if nothing was stored yet."""

    def identified(self) -> str:
        """The identity; made now if there is none."""

    def put(self, place: str, name: str, source: Path) -> None:
        """Store a file. It is durable when this returns; until then it is not there. ``source`` may be moved."""

    def put_folder(self, place: str, folder: Path) -> None:
        """Store every file of a folder at a new place. They are durable when this returns. The folder may be moved.

        Raises: PlaceTaken.
        """

    def list(self, place: str) -> list[StoredFile]:
        """The files at a place; none if there is no such place."""

    def facts(self, place: str, name: str) -> StoredFile:
        """A file's size and time. Raises: FileNotFoundError."""

    def read(self, place: str, name: str, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        """A range of a file in blocks, so that memory does not grow with it. ``length``: to the end if ``None``.

        Raises: FileNotFoundError, before the first block.
        """

    def at_hand(self, place: str, name: str, scratch: Path) -> AbstractContextManager[Path]:
        """The file under a path of this machine, for readers that need one, until the end of the block.

        ``scratch``: a folder on this machine for a copy. Raises: FileNotFoundError.
        """

    def delete(self, place: str) -> int:
        """Delete everything at a place; returns how many files there were. A repeated call finds none."""
