"""Listing the bucket: each call lists a part of it, and records new objects.

A bucket may hold far more objects than one tick can list. So a call lists for a short time, and the next one continues where it
stopped; known objects cost one query for each thousand. At the end of a round, listing begins again. New objects often have
later names, so each call first lists what comes after the last name of the last round. Must not go here: taking objects
(``taking.py``), when to list (``defs/sensors/bucket_inbox.py``).
"""

import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import datetime

from meeting_pipeline.files.inbox_bucket import BucketObject, InboxBucket
from meeting_pipeline.installation import Installation
from meeting_pipeline.steps.intake import policies
from meeting_pipeline.steps.intake.bucket.names import is_ignored, left_by_name
from meeting_pipeline.store.recordings.inbox_object_rows import OPEN_STATES, Sighting
from meeting_pipeline.store.recordings.inbox_objects import InboxObjects


@dataclass(frozen=True)
class BucketCursor:
    """Where the looks are.

    Attributes:
        after: the last name that this round has listed; empty at its beginning.
        last: the last name of the latest whole round.
        round_at: when this round began, by the store's clock; empty before the first look.
        url: the bucket; a cursor of another one is void.
    """

    after: str = ""
    last: str = ""
    round_at: str = ""
    url: str = ""

    def __str__(self) -> str:
        return json.dumps(asdict(self))


def cursor_of(text: str | None, url: str) -> BucketCursor:
    """The cursor in a text; the beginning if there is none, or it is of another bucket."""
    try:
        found = BucketCursor(**{name: str(value) for name, value in json.loads(text or "").items()})
    except (ValueError, TypeError, AttributeError):
        return BucketCursor(url=url)
    return found if found.url == url else BucketCursor(url=url)


def list_bucket(
    installation: Installation, bucket: InboxBucket, cursor: BucketCursor, clock: Callable[[], float] = time.monotonic
) -> BucketCursor:
    """List for a short time, and note what is new. Returns the cursor for the next look.

    Raises: StoreUnavailable (also ``inbox_unreachable``), StorageRefused (``inbox_refused``, ``inbox_bad_name``).
    """
    objects = installation.store.inbox_objects
    if objects.count("seen") >= policies.BUCKET_WAITING:
        return cursor
    budget = _Budget(clock)
    if cursor.after and cursor.last:  # in the middle of a round
        for page in bucket.pages(cursor.last):
            _note(bucket, objects, page)
            cursor = replace(cursor, last=page[-1].name)
            if budget.is_used(objects):
                break
    return _round(installation, bucket, cursor, budget)


def _round(installation: Installation, bucket: InboxBucket, cursor: BucketCursor, budget: "_Budget") -> BucketCursor:
    objects = installation.store.inbox_objects
    if not cursor.after or not cursor.round_at:
        cursor = replace(cursor, after="", round_at=installation.store.context.now().isoformat())
    for page in bucket.pages(cursor.after):
        _note(bucket, objects, page)
        cursor = replace(cursor, after=page[-1].name)
        if budget.is_used(objects):
            return cursor
    objects.forget_unlisted(datetime.fromisoformat(cursor.round_at))
    return replace(cursor, after="", last=max(cursor.after, cursor.last) if cursor.after else "", round_at="")


class _Budget:
    """What one look may use. A page is always listed, so that each look makes progress."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._until = clock() + policies.BUCKET_LOOK_BUDGET_SECONDS
        self._pages = 0

    def is_used(self, objects: InboxObjects) -> bool:
        """Whether to stop after this page."""
        self._pages += 1
        if self._clock() >= self._until or self._pages >= policies.BUCKET_LOOK_PAGES:
            return True
        return objects.count("seen") >= policies.BUCKET_WAITING


def _note(bucket: InboxBucket, objects: InboxObjects, page: list[BucketObject]) -> None:
    """Note the objects of a page that are new; those that wait are noted as still there."""
    found = {bucket.digest(one): one.name for one in page if not is_ignored(one)}
    states = objects.states(list(found))
    noted = [
        Sighting(digest, name, left_by_name(name))
        for digest, name in found.items()
        if (state := states.get(digest)) is None or state in OPEN_STATES
    ]
    if noted:
        objects.see(noted)
