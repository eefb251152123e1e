"""What an error of the object storage means: it is down, it refuses us, or an object is missing.

Messages name no address and no key: they are shown to people who submit recordings.
Must not go here: requests (``objects.py``).
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from meeting_pipeline.domain.errors import PipelineError, StorageRefused, StoreUnavailable

_STATUS: Final = re.compile(r"non-2xx status code: ([1-5]\d\d)")
"""How the library words the status of a response; it has no field for it."""
_REFUSED: Final = frozenset({301, 307, 400, 401, 403, 404, 405, 411, 501})
"""Statuses that no retry changes: another region, a bad or refused key, no such bucket, not an object storage."""
_READ: Final = 4000
"""How much of an error's text is read; the status is in the first line."""


@contextmanager
def typed_errors() -> Iterator[None]:
    """Translate the library's errors. Raises: StoreUnavailable ``storage_unreachable``, StorageRefused, FileNotFoundError."""
    from obstore.exceptions import BaseError

    try:
        yield
    except BaseError as error:
        raise _typed(error) from None  # its text has addresses and may have signatures


def _typed(error: Exception) -> PipelineError:
    name, found = type(error).__name__, _STATUS.search(str(error)[:_READ])
    status = int(found[1]) if found else None
    if name in ("UnauthenticatedError", "PermissionDeniedError") or status in _REFUSED:
        return refused(f"status {status}" if status else "access denied")
    if name in ("InvalidPathError", "UnknownConfigurationKeyError", "NotSupportedError"):
        return refused(name)
    if status is None and _is_about_credentials(str(error)[:_READ]):
        return refused("no usable key")
    return unreachable(status)


def _is_about_credentials(text: str) -> bool:
    lowered = text.lower()
    return any(word in lowered for word in ("credential", "metadata token", "169.254.169.254", "builder error"))


def unreachable(status: int | None = None) -> StoreUnavailable:
    """The error for a storage that does not respond, or with a server's error."""
    how = f"responded with status {status}" if status else "does not respond"
    return StoreUnavailable(
        "storage_unreachable",
        f"The object storage {how}.",
        "Check that it runs and can be reached; `meeting-pipeline doctor` tries it. Recordings wait and resume automatically.",
    )


def refused(how: str) -> StorageRefused:
    """The error for a storage that refuses our requests."""
    return StorageRefused(
        "storage_refused",
        f"The object storage refuses requests ({how}).",
        "Check the bucket in MEETING_PIPELINE_STORAGE_URL, the endpoint and region, and the key and its permissions; "
        "`meeting-pipeline doctor` tries each. Recordings wait and resume automatically.",
    )


def changed() -> StorageRefused:
    """The error for a bucket or prefix that is not the one that a recording was stored in."""
    return StorageRefused(
        "storage_changed",
        "This recording is in a different object storage from the one in the settings.",
        "Set MEETING_PIPELINE_STORAGE_URL to the bucket and prefix in which it was stored, and check that the bucket "
        "exists. "
        "The recording waits and resumes automatically.",
    )


def not_set() -> StorageRefused:
    """The error for a recording in object storage, where none is set."""
    return StorageRefused(
        "storage_not_set",
        "This recording is in object storage, and this installation has none.",
        "Set MEETING_PIPELINE_STORAGE_URL. The recording waits and resumes automatically.",
    )
