"""Candidates that a run of intake takes from the bucket, one at a time, between files of the drop folder.

Must not go here: which objects are next (``waiting.py``), taking one (``taking.py``).
"""

import fcntl
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager

from meeting_pipeline import policies as shared_policies
from meeting_pipeline.domain.errors import StorageRefused, StoreUnavailable
from meeting_pipeline.files.inbox_bucket import InboxBucket
from meeting_pipeline.installation import Installation
from meeting_pipeline.steps.intake.batch import Intake
from meeting_pipeline.steps.intake.bucket.families import ObjectCandidate
from meeting_pipeline.steps.intake.bucket.leftovers import remove_leftovers_of_bucket
from meeting_pipeline.steps.intake.bucket.waiting import candidates

_LOCK = "inbox-bucket.lock"
_log = logging.getLogger(__name__)


class Arriving:
    """Objects of the bucket for one run. ``bucket``: ``None`` if there is none for this run."""

    def __init__(self, installation: Installation, intake: Intake, bucket: InboxBucket | None) -> None:
        self._installation = installation
        self._intake = intake
        self._bucket = bucket
        self._candidates = _candidates(installation, bucket) if bucket is not None else iter(())
        self.is_over = bucket is None

    def take_next(self) -> None:
        """Take one candidate. Trouble with the bucket ends this run's work there, and nothing else.

        Raises: StoreUnavailable (the database).
        """
        if self.is_over or self._bucket is None:
            return
        try:
            candidate = next(self._candidates, None)
        except (StoreUnavailable, StorageRefused) as error:
            self._give_up(error)
            return
        if candidate is None:
            self.is_over = True
            return
        self._intake.take_object(self._bucket, candidate)
        trouble = self._intake.report.bucket_trouble
        if trouble is not None:
            self._give_up(trouble)

    def _give_up(self, error: StoreUnavailable | StorageRefused) -> None:
        self.is_over = True
        if error.code.startswith("database"):
            raise error
        _log.warning("no more objects are accepted from the bucket: %s", error)
        self._installation.store.inbox_objects.defer_all(shared_policies.INTAKE_RETRY_FIRST_SECONDS)


def _candidates(installation: Installation, bucket: InboxBucket) -> Iterator[ObjectCandidate]:
    remove_leftovers_of_bucket(installation, bucket)
    yield from candidates(installation, bucket, shared_policies.INTAKE_BATCH)


@contextmanager
def bucket_for_this_run(installation: Installation) -> Iterator[InboxBucket | None]:
    """The bucket of the inbox, for one run at a time: ``None`` if there is none, or another run has it."""
    bucket = installation.inbox_bucket
    if bucket is None:
        yield None
        return
    lock = os.open(installation.settings.home / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        yield bucket if _is_free(lock) else None
    finally:
        os.close(lock)


def _is_free(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True  # a file system without locks: the database lets only one run take an object
    return True
