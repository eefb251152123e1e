"""Admission of uploads: how many at a time, whether there is room for them, and the threads that do the work.

The event loop only moves bytes; writing and hashing are done in threads of its own, so that uploads never take those of
other routes, and files are read in sandboxes. Must not go here: reading requests (``api/routes/submissions.py``).
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
from meeting_pipeline.steps.intake.probe import ProbeResult
from meeting_pipeline.steps.intake.staging import StagedCopy, remove_leftovers, staging_folder

P = ParamSpec("P")
T = TypeVar("T")
_WRITERS: Final = 4
_WORKERS: Final = (
    policies.UPLOADS_AT_ONCE + shared_policies.SLOW_INSPECTIONS_AT_ONCE + shared_policies.SLOW_INSPECTIONS_WAITING
)
"""Threads that admit what has arrived: one for each upload, so that none waits behind a slow inspection. Most of the time
they wait for a decoder or the database."""


class UploadSlot:
    """An upload that is being taken. ``expected`` bytes are still to come, as far as it said."""

    def __init__(self, expected: int | None, free: Callable[["UploadSlot"], None]) -> None:
        self.expected = expected or 0
        self._free = free
        self._loop = asyncio.get_running_loop()

    def release(self) -> None:
        """Let another upload have the slot: this one has arrived, and its inspection is slow. From any thread."""
        with suppress(RuntimeError):  # the loop is closed: the service has ended
            self._loop.call_soon_threadsafe(self._free, self)


class UploadAdmission:
    """Takes uploads for one installation. One per service; used from its event loop."""

    def __init__(self, installation: Installation, stopping: threading.Event) -> None:
        self.installation = installation
        self._stopping = stopping
        self._slots: set[UploadSlot] = set()
        self._contents: dict[str, tuple[asyncio.Lock, int]] = {}
        self._inspections = Inspections(stopping)
        self._writers = ThreadPoolExecutor(_WRITERS, thread_name_prefix="upload")
        self._workers = ThreadPoolExecutor(_WORKERS, thread_name_prefix="admit")

    def open(self) -> None:
        """Remove what a service left that was killed."""
        remove_leftovers(self.installation)

    def close(self) -> None:
        """End the threads; what is being decoded is given up."""
        self._stopping.set()
        self._writers.shutdown(wait=False, cancel_futures=True)
        self._workers.shutdown(wait=False, cancel_futures=True)
        self._inspections.close()

    @asynccontextmanager
    async def slot(self, expected: int | None) -> AsyncIterator[UploadSlot]:
        """A slot for an upload of so many bytes (``None``: it does not say).

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
        """Whether an upload of so many bytes would get a slot. Raises: as ``slot``."""
        self._require_slot()
        self.require_room(size)

    def _require_slot(self) -> None:
        if len(self._slots) >= policies.UPLOADS_AT_ONCE:
            raise ApiError(
                503,
                "too_many_uploads",
                f"{policies.UPLOADS_AT_ONCE} uploads are under way.",
                "Retry a little later.",
                _later(),
            )

    def require_room(self, more: int = 0) -> None:
        """Whether all that was promised a slot, and ``more`` bytes, fit on the disk. Raises: ApiError 507 ``disk_full``."""
        expected = sum(slot.expected for slot in list(self._slots)) + more
        if lacking(self.installation.settings.recordings, expected) is not None:
            raise no_room()

    @asynccontextmanager
    async def folder(self) -> AsyncIterator[Path]:
        """A staging folder; what was not moved away goes at the end, also when the request is cancelled."""
        stack = ExitStack()
        try:
            yield await self.write(stack.enter_context, staging_folder(self.installation))
        finally:
            await asyncio.shield(self.write(stack.close))

    async def write(self, work: Callable[P, T], *given: P.args, **named: P.kwargs) -> T:
        """Do what touches the disk in a thread of the writers."""
        return await asyncio.get_running_loop().run_in_executor(self._writers, lambda: work(*given, **named))

    async def admit(self, sha256: str, work: Callable[[], T]) -> T:
        """Do ``work`` in a thread, one at a time for each content: whoever comes second finds it known."""
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
        """Inspect what has arrived. For ``accept.admit``, in its thread. A slow inspection gives its slot back.

        Raises: IntakeRefused, StoreUnavailable.
        """
        return self._inspections.probe(copy, on_slow=slot.release)


def of_the_disk(error: OSError | StoreUnavailable) -> ApiError | None:
    """What is told of trouble with the disk; ``None`` if it is none."""
    known = infrastructure_error_of(error) if isinstance(error, OSError) else error
    if known is not None and known.code == "resources_exhausted":
        return ApiError(503, known.code, "The service is out of resources.", "Retry later.", _later())
    if known is None or not known.code.startswith("disk"):
        return None
    if known.code == "disk_full":
        return no_room()
    return ApiError(503, known.code, "The disk of the service failed.", "Tell its operator.", _later())


def no_room() -> ApiError:
    """The answer of a disk that is nearly full."""
    return ApiError(
        507,
        "disk_full",
        "The disk of the service is too full for this upload.",
        "Retry later; the operator has to free some space.",
        _later(),
    )


def _later() -> dict[str, str]:
    return {"Retry-After": str(policies.UPLOAD_RETRY_SECONDS)}
