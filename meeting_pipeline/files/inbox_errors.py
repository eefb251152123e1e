"""Errors of the inbox's bucket as typed errors: they stop less than errors of the recordings' storage, and name other settings.

Must not go here: what the library's errors mean (``object_errors.py``), requests (``inbox_bucket.py``).
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from meeting_pipeline.domain.errors import StorageRefused, StoreUnavailable
from meeting_pipeline.domain.text import short_line
from meeting_pipeline.files.object_errors import typed_errors

_BAD_NAME: Final = re.compile(r'Error parsing Path "([^"]{1,1024}+)"')
"""How the library words a name that it does not take."""
_SHOWN_NAME: Final = 120
"""Characters of a name in a message: enough to find the object."""
_STORAGE: Final = "The object storage"
_INBOX: Final = "The bucket of the inbox"
_READ: Final = 4000
"""Characters of an error that are searched for the name: the error may quote a whole response."""


class ObjectChanged(Exception):
    """The object is not the version that was listed: it was replaced. This is reported to nobody."""


def unreachable(message: str = "The bucket of the inbox does not respond.") -> StoreUnavailable:
    """The error for a bucket that does not respond."""
    return StoreUnavailable(
        "inbox_unreachable",
        message,
        "Check that it can be reached; `meeting-pipeline doctor` tries it. Its objects wait there, and everything else works.",
    )


@contextmanager
def inbox_errors() -> Iterator[None]:
    """The errors of the storage of recordings are others: they stop more, and name other settings."""
    try:
        with typed_errors():
            yield
    except StoreUnavailable as error:
        raise unreachable(error.message.replace(_STORAGE, _INBOX)) from None
    except StorageRefused as error:
        if error.code != "storage_refused":
            raise
        raise StorageRefused(
            "inbox_refused",
            error.message.replace(_STORAGE, _INBOX),
            "Check the bucket in MEETING_PIPELINE_INBOX_URL, the endpoint and region, and the key and its permissions; "
            "`meeting-pipeline doctor` tries each. Its objects wait there, and everything else works.",
        ) from None


@contextmanager
def reading() -> Iterator[None]:
    """Requests for one version of an object: another version is ObjectChanged."""
    from obstore.exceptions import PreconditionError

    with inbox_errors():
        try:
            yield
        except PreconditionError:
            raise ObjectChanged from None


@contextmanager
def listing() -> Iterator[None]:
    """One name that the library does not take makes the whole page unreadable: say which one."""
    from obstore.exceptions import InvalidPathError

    with inbox_errors():
        try:
            yield
        except InvalidPathError as error:
            found = _BAD_NAME.search(str(error)[:_READ])
            name = f" ({short_line(found[1], _SHOWN_NAME)})" if found else ""
            raise StorageRefused(
                "inbox_bad_name",
                f"An object of the inbox's bucket has a name that cannot be used{name}.",
                "Remove or rename it: names must have no control characters and no empty parts (`//`). Until then objects wait "
                "in the bucket.",
            ) from None
