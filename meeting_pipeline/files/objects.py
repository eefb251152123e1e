"""Files in object storage: Amazon S3 and compatible services, Google Cloud Storage, Azure.

A place is a prefix. An object appears when its upload is complete, so there are no partial objects. The requests are those of
``obstore``, an optional library. Must not go here: when objects are uploaded or removed (``steps/``), the client of a bucket
(``bucket_client.py``), error texts (``object_errors.py``).
"""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from meeting_pipeline.domain.errors import StoreUnavailable
from meeting_pipeline.files import policies
from meeting_pipeline.files.bucket_client import open_bucket
from meeting_pipeline.files.object_errors import changed, typed_errors, unreachable
from meeting_pipeline.files.port import StoredFile

IDENTITY: Final = "storage-id"
"""The object that says which storage this is, whatever address it is reached at."""
_LONGEST: Final = 40
"""Bytes of an identity that are read; ours are 32 hexadecimal digits."""


class ObjectFiles:
    """The port ``Files`` on object storage. Safe to use from several threads."""

    def __init__(self, url: str, endpoint: str | None = None) -> None:
        """``endpoint``: address of a service other than the provider's own. Connects to nothing yet."""
        self.url = url
        self._endpoint = endpoint
        self._opened: Any = None
        self._identity: str | None = None

    @property
    def _store(self) -> Any:
        if self._opened is None:
            self._opened = open_bucket(self.url, self._endpoint)
        return self._opened

    def new_place(self) -> str:
        """A prefix that nothing else has or will ever have. It holds no word of a title: addresses end up in logs."""
        return f"recordings/{uuid.uuid4().hex}"

    def identity(self) -> str | None:
        """See the port."""
        import obstore

        try:
            with typed_errors():
                found = bytes(obstore.get(self._store, IDENTITY).bytes()[:_LONGEST])
        except FileNotFoundError:
            return None
        return found.decode("ascii", "replace").strip() or None

    def identified(self) -> str:
        """See the port."""
        if self._identity is None:
            self._identity = self.identity() or self._make_identity()
        return self._identity

    def _make_identity(self) -> str:
        import obstore
        from obstore.exceptions import AlreadyExistsError, NotSupportedError

        made = uuid.uuid4().hex
        with typed_errors():
            try:
                obstore.put(self._store, IDENTITY, made.encode(), mode="create")
            except AlreadyExistsError:  # another process was faster
                pass
            except NotSupportedError:  # a service without conditional requests
                obstore.put(self._store, IDENTITY, made.encode())
            except FileNotFoundError:
                raise changed() from None  # only a missing bucket refuses this so
        found = self.identity()
        if found is None:
            raise unreachable()
        return found

    def put(self, place: str, name: str, source: Path) -> None:
        """See the port. Large files go in parts; a failed upload is aborted."""
        import obstore

        size = source.stat().st_size
        with typed_errors():
            try:
                obstore.put(
                    self._store,
                    f"{place}/{name}",
                    source,
                    chunk_size=policies.PART_BYTES,
                    max_concurrency=policies.PARTS_AT_ONCE,
                )
            except FileNotFoundError:
                if not source.exists():
                    raise
                raise changed() from None  # the bucket is gone
            stored = obstore.head(self._store, f"{place}/{name}")["size"]
        if stored != size:
            raise StoreUnavailable(
                "storage_unreachable",
                f"The object storage kept {stored} of {size} bytes of a file.",
                "Check the storage. The file is uploaded again automatically.",
            )

    def put_folder(self, place: str, folder: Path) -> None:
        """See the port. If one upload fails, those that succeeded are left to the caller."""
        for path in sorted(folder.iterdir()):
            if path.is_file() and not path.name.startswith("."):
                self.put(place, path.name, path)

    def list(self, place: str) -> list[StoredFile]:
        """See the port."""
        import obstore

        with typed_errors():
            found = [one for page in obstore.list(self._store, f"{place}/") for one in page]
        return [StoredFile(str(one["path"]).rpartition("/")[2], one["size"], one["last_modified"]) for one in found]

    def facts(self, place: str, name: str) -> StoredFile:
        """See the port."""
        import obstore

        with typed_errors():
            found = obstore.head(self._store, f"{place}/{name}")
        return StoredFile(name, found["size"], found["last_modified"])

    def read(self, place: str, name: str, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        """See the port. If the connection breaks, the rest is requested again."""
        size = self.facts(place, name).size_bytes
        end = size if length is None else min(start + length, size)
        first = self._begin(place, name, start, end) if start < end else None

        def blocks() -> Iterator[bytes]:
            at, tries, stream = start, 0, first
            while at < end:
                try:
                    with typed_errors():
                        source = stream if stream is not None else self._begin(place, name, at, end)
                        for block in source:
                            at += len(block)
                            tries = 0
                            yield bytes(block)
                    if at < end:
                        raise unreachable()
                except StoreUnavailable:
                    tries += 1
                    if tries >= policies.READ_TRIES:
                        raise
                stream = None

        return blocks()

    def _begin(self, place: str, name: str, start: int, end: int) -> Any:
        import obstore

        with typed_errors():
            found = obstore.get(self._store, f"{place}/{name}", options={"range": (start, end)})
            return iter(found.stream(min_chunk_size=policies.BLOCK_BYTES))

    @contextmanager
    def at_hand(self, place: str, name: str, scratch: Path) -> Iterator[Path]:
        """See the port. It is a copy, removed at the end."""
        path = scratch / name
        try:
            with path.open("xb") as writer:
                for block in self.read(place, name):
                    writer.write(block)
            yield path
        finally:
            path.unlink(missing_ok=True)

    def delete(self, place: str) -> int:
        """See the port."""
        import obstore

        found = self.list(place)
        if found:
            with typed_errors():
                obstore.delete(self._store, [f"{place}/{one.name}" for one in found])
        return len(found)

    def link(self, place: str, name: str, seconds: float) -> str:
        """An address at which anyone can read the file for this long. It is a secret for that time. Requests nothing."""
        import obstore

        with typed_errors():
            return str(obstore.sign(self._store, "GET", f"{place}/{name}", timedelta(seconds=seconds)))

    def require_same(self, stored_in: str | None) -> None:
        """Check that this is the storage with this identity. Raises: StorageRefused ``storage_changed``."""
        if stored_in is None or self._identity == stored_in:
            return
        self._identity = self.identity()
        if self._identity != stored_in:
            raise changed()
