"""Admission of uploads: how many at a time, whether they fit on the disk, and the threads that do the work.

The event loop only moves bytes. Writing and hashing run in separate threads, so that uploads never take those of other
routes; files are inspected in sandboxes. Must not go here: reading requests (``submission_handler.py``).
"""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import Final, ParamSpec, TypeVar

from meeting_pipeline import policies as shared_policies
from meeting_pipeline.api import policies
from meeting_pipeline.api.schemas.problems import ApiError
from meeting_pipeline.domain.errors import StoreUnavailable
from meeting_pipeline.foundation.disk_space import infrastructure_error_of, lacking
from meeting_pipeline.installation import Installation
from meeting_pipeline.steps.intake.inspections import Inspections
from meeting_pipeline.steps.intake.probe_subprocess import ProbeResult
from meeting_pipeline.steps.intake.staging import StagedCopy, remove_leftovers, staging_folder

P = ParamSpec("P")
T = TypeVar("T")
_WRITERS: Final = 4
"""Threads that write received blocks to disk, for all uploads together: each write is short."""
_WORKERS: Final = (
    policies.UPLOADS_AT_ONCE + shared_policies.SLOW_INSPECTIONS_AT_ONCE + shared_policies.SLOW_INSPECTIONS_WAITING
)
"""Threads that admit received files: one for each upload, so that none waits behind a slow inspection. They mostly wait for
a decoder or the database."""


class UploadSlot:
    """A running upload. ``expected``: how many of its announced bytes are still to come; 0 if it announced none."""

    def __init__(self, expected: int | None, free: Callable[["UploadSlot"], None]) -> None:
        self.expected = expected or 0
        self._free = free
        self._loop = asyncio.get_running_loop()

    def release(self) -> None:
        """Free the slot for another upload: this one has arrived, and its inspection is slow. Callable from any thread."""
        with suppress(RuntimeError):  # the loop is closed: the service has ended
            self._loop.call_soon_threadsafe(self._free, self)


class UploadAdmission:
    """Admits the uploads of one installation. One instance per service, used from its event loop."""

    def __init__(self, installation: Installation, stopping: threading.Event) -> None:
        self.installation = installation
        self._stopping = stopping
        self._slots: set[UploadSlot] = set()
        self._contents: dict[str, tuple[asyncio.Lock, int]] = {}
        self._inspections = Inspections(stopping)
        self._writers = ThreadPoolExecutor(_WRITERS, thread_name_prefix="upload")
        self._workers = ThreadPoolExecutor(_WORKERS, thread_name_prefix="admit")

    def open(self) -> None:
        """Remove the files that a killed service left behind."""
        remove_leftovers(self.installation)

    def close(self) -> None:
        """End the threads and abort running inspections."""
        self._stopping.set()
        self._writers.shutdown(wait=False, cancel_futures=True)
        self._workers.shutdown(wait=False, cancel_futures=True)
        self._inspections.close()

    @asynccontextmanager
    async def slot(self, expected: int | None) -> AsyncIterator[UploadSlot]:
        """A slot for an upload of this many bytes (``None``: unknown).

        Raises: ApiError 503 ``too_many_uploads``, 507 ``disk_full``.
        """
        self._require_slot()
        slot = UploadSlot(expected, self._slots.discard)
        self._slots.add(slot)
        try:
            self.require_room()
            yield slot
        finally:
            self._slots.discard(slot)

    def check(self, size: int) -> None:
        """Check whether an upload of this many bytes would get a slot. Raises: as ``slot``."""
        self._require_slot()
        self.require_room(size)

    def _require_slot(self) -> None:
        if len(self._slots) >= policies.UPLOADS_AT_ONCE:
            raise ApiError(
                503,
                "too_many_uploads",
                f"{policies.UPLOADS_AT_ONCE} uploads are in progress.",
                "Retry a little later.",
                _later(),
            )

    def require_room(self, more: int = 0) -> None:
        """Check that all running uploads and ``more`` bytes fit on the disk. Raises: ApiError 507 ``disk_full``."""
        expected = sum(slot.expected for slot in list(self._slots)) + more
        if lacking(self.installation.settings.recordings, expected) is not None:
            raise no_room()

    @asynccontextmanager
    async def folder(self) -> AsyncIterator[Path]:
        """A staging folder. What is left in it is removed at the end, also when the request is cancelled."""
        stack = ExitStack()
        try:
            yield await self.write(stack.enter_context, staging_folder(self.installation))
        finally:
            await asyncio.shield(self.write(stack.close))

    async def write(self, work: Callable[P, T], *given: P.args, **named: P.kwargs) -> T:
        """Run work that touches the disk in a writer thread."""
        return await asyncio.get_running_loop().run_in_executor(self._writers, lambda: work(*given, **named))

    async def admit(self, sha256: str, work: Callable[[], T]) -> T:
        """Run ``work`` in a thread, one at a time for each content, so that a second submission finds the first one."""
        lock, users = self._contents.get(sha256, (asyncio.Lock(), 0))
        self._contents[sha256] = (lock, users + 1)
        try:
            async with lock:
                return await asyncio.get_running_loop().run_in_executor(self._workers, work)
        finally:
            lock, users = self._contents.pop(sha256)
            if users > 1:
                self._contents[sha256] = (lock, users - 1)

    def probe(self, copy: StagedCopy, slot: UploadSlot) -> ProbeResult:
        """Inspect a received file. ``accept.admit`` calls it in its thread. A slow inspection frees its slot.

        Raises: IntakeRefused, StoreUnavailable.
        """
        return self._inspections.probe(copy, on_slow=slot.release)


def of_the_disk(error: OSError | StoreUnavailable) -> ApiError | None:
    """The error to report for a disk problem or exhausted resources; ``None`` if it is neither."""
    known = infrastructure_error_of(error) if isinstance(error, OSError) else error
    if known is not None and known.code == "resources_exhausted":
        return ApiError(503, known.code, "The service is out of resources.", "Retry later.", _later())
    if known is None or not known.code.startswith("disk"):
        return None
    if known.code == "disk_full":
        return no_room()
    return ApiError(503, known.code, "The disk of the service failed.", "Inform its operator.", _later())


def no_room() -> ApiError:
    """The error for a disk that is nearly full."""
    return ApiError(
        507,
        "disk_full",
        "The disk of the service is too full for this upload.",
        "Retry later; the operator has to free some space.",
        _later(),
    )


def _later() -> dict[str, str]:
    return {"Retry-After": str(policies.UPLOAD_RETRY_SECONDS)}
