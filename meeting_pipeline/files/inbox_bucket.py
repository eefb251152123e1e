"""The bucket of the inbox: listing, reading and removing objects that others put there.

An object appears only when complete: an upload that is cut off is not listed. It may be replaced or removed at any time, so only
the listed version is read. Must not go here: which objects are recordings (``steps/intake/bucket/``), the storage of recordings
(``objects.py``).
"""

import hashlib
import json
import os
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from meeting_pipeline.domain.errors import StoreUnavailable
from meeting_pipeline.files import policies
from meeting_pipeline.files.bucket_client import open_bucket
from meeting_pipeline.files.inbox_errors import inbox_errors, listing, reading, unreachable

PAGE: Final = 1000
"""Objects in one response of a listing; services return no more."""
_LAST: Final = "\U0010fffd"
"""A character that comes after all that names have."""


@dataclass(frozen=True)
class BucketObject:
    """A version of an object. ``name``: below the prefix. ``etag``: the service's mark of its content."""

    name: str
    size_bytes: int
    modified_at: datetime
    etag: str | None


class InboxBucket:
    """A bucket, or what is under a prefix in it. Connects to nothing before its first use."""

    def __init__(self, url: str, endpoint: str | None = None) -> None:
        self.url = url
        self._endpoint = endpoint
        self._opened: Any = None

    @property
    def _store(self) -> Any:
        if self._opened is None:
            self._opened = open_bucket(self.url, self._endpoint)
        return self._opened

    def digest(self, one: BucketObject) -> str:
        """What identifies this version of the object, here and in no other bucket."""
        parts = [self.url, one.name, one.size_bytes, one.modified_at.isoformat(), one.etag]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()

    def pages(self, after: str = "") -> Iterator[list[BucketObject]]:
        """All objects whose names come after this one, in the order of the service: one request for each page.

        Raises: StoreUnavailable ``inbox_unreachable``; StorageRefused ``inbox_refused``, ``inbox_bad_name``.
        """
        import obstore

        with listing():
            found = iter(obstore.list(self._store, offset=after or None, chunk_size=PAGE))
        while True:
            with listing():
                page = next(found, None)
            if page is None:
                return
            yield [_object(one) for one in page]

    def from_name(self, name: str) -> Iterator[BucketObject]:
        """Objects from this name on, in the order of the service; a few before it may come first. Raises: as ``pages``."""
        return (one for page in self.pages(_before(name)) for one in page)

    def find(self, name: str) -> BucketObject | None:
        """The object with this name, as listings show it; ``None`` if there is none. Raises: as ``pages``."""
        folder = name.rpartition("/")[0]
        for one in self.from_name(name):
            if one.name == name:
                return one
            if one.name > name and one.name.rpartition("/")[0] == folder:
                return None
        return None

    def beginning(self, one: BucketObject, length: int) -> bytes:
        """The first bytes of an object. Raises: as ``fetch``."""
        import obstore

        if one.size_bytes == 0:
            return b""
        with reading():
            found = obstore.get(self._store, one.name, options=_only(one, 0, min(length, one.size_bytes)))
            return bytes(found.bytes())

    def fetch(self, one: BucketObject, target: Path) -> None:
        """Copy an object to a new file, durably, in blocks. Its time is that of the object.

        Raises: ObjectChanged; FileNotFoundError if it is gone; OSError (the disk); StoreUnavailable, StorageRefused.
        """
        at, tries = 0, 0
        with target.open("xb") as writer:
            while at < one.size_bytes:
                try:
                    for block in self._blocks(one, at):
                        writer.write(block)
                        at += len(block)
                        tries = 0
                    if at < one.size_bytes:
                        raise unreachable()
                except StoreUnavailable:
                    tries += 1
                    if tries >= policies.READ_TRIES:
                        raise
            writer.flush()
            os.fsync(writer.fileno())
        os.utime(target, (one.modified_at.timestamp(), one.modified_at.timestamp()))

    def _blocks(self, one: BucketObject, start: int) -> Iterator[bytes]:
        import obstore

        with reading():
            found = obstore.get(self._store, one.name, options=_only(one, start, one.size_bytes))
            blocks = iter(found.stream(min_chunk_size=policies.BLOCK_BYTES))
        while True:
            with reading():
                block = next(blocks, None)
            if block is None:
                return
            yield bytes(block)

    def is_unchanged(self, one: BucketObject) -> bool:
        """Whether the object still has the same content.

        Raises: FileNotFoundError if the service says that there is none, which only a listing proves: some say so for a moment
        after a write or a failover; StoreUnavailable, StorageRefused.
        """
        import obstore

        with inbox_errors():
            found = obstore.head(self._store, one.name)
        return bool((found["size"], _quoted(found["e_tag"])) == (one.size_bytes, one.etag))

    def remove(self, names: Collection[str]) -> frozenset[str]:
        """Delete objects. Returns those that the service says it does not have. Raises: StoreUnavailable, StorageRefused."""
        import obstore

        if not names:
            return frozenset()
        try:
            with inbox_errors():
                obstore.delete(self._store, sorted(names))
        except FileNotFoundError:  # some services say so of an object that is gone, and leave the others
            return frozenset(name for name in sorted(names) if not self._is_removed(name))
        return frozenset()

    def _is_removed(self, name: str) -> bool:
        import obstore

        try:
            with inbox_errors():
                obstore.delete(self._store, name)
        except FileNotFoundError:
            return False
        return True

    def put(self, name: str, content: bytes) -> None:
        """Write an object: only to try whether that is allowed. Raises: StoreUnavailable, StorageRefused."""
        import obstore

        with inbox_errors():
            obstore.put(self._store, name, content)


def _before(name: str) -> str:
    """A name shortly before this one that the library takes: listings begin after a name, never with it."""
    if not name or name.endswith("/"):
        return name.rstrip("/")
    last = ord(name[-1]) - 1
    usable = last > ord(" ") and last != ord("/") and not 0x7F <= last < 0xA0 and not 0xD800 <= last < 0xE000
    return name[:-1] + (chr(last) + _LAST if usable else "")


def _object(found: Any) -> BucketObject:
    return BucketObject(str(found["path"]), int(found["size"]), found["last_modified"], _quoted(found["e_tag"]))


def _quoted(etag: str | None) -> str | None:
    """A mark as headers have it: Azure's listings leave out the quotes, and its other answers do not."""
    return etag if etag is None or etag.endswith('"') else f'"{etag}"'


def _only(one: BucketObject, start: int, end: int) -> dict[str, Any]:
    """A range of this version alone."""
    wanted: dict[str, Any] = {"range": (start, end)}
    if one.etag is not None:
        wanted["if_match"] = one.etag
    return wanted
