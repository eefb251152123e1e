"""Which objects of the bucket can be taken now: settled ones, together with their companions.

Must not go here: listing the bucket (``looks.py``), taking them (``taking.py``).
"""

from collections.abc import Iterator

from meeting_pipeline.files.inbox_bucket import InboxBucket
from meeting_pipeline.files.inbox_errors import ObjectChanged
from meeting_pipeline.installation import Installation
from meeting_pipeline.steps.intake import policies
from meeting_pipeline.steps.intake.bucket.families import Family, ObjectCandidate, family_of
from meeting_pipeline.store.recordings.inbox_object_rows import SeenObject, Sighting


def candidates(installation: Installation, bucket: InboxBucket, limit: int) -> Iterator[ObjectCandidate]:
    """Up to ``limit`` candidates. What is looked at and cannot be taken is noted, so that it is not looked at again at once.

    Raises: StoreUnavailable, StorageRefused.
    """
    handled: set[str] = set()
    found = 0
    for row in installation.store.inbox_objects.waiting(policies.SETTLE_SECONDS, policies.BUCKET_WAITING):
        if row.digest in handled:
            continue
        try:
            family = family_of(bucket, installation.store.inbox_objects, row.name)
        except (FileNotFoundError, ObjectChanged):  # what belongs together is not known: look again
            installation.store.inbox_objects.defer(row.digest, policies.BUCKET_LOOK_SECONDS)
            continue
        candidate = _settled(installation, bucket, row, family)
        if candidate is None:
            continue
        handled.update(bucket.digest(one) for one in candidate.objects)
        yield candidate
        found += 1
        if found >= limit:
            return


def _settled(
    installation: Installation, bucket: InboxBucket, row: SeenObject, family: Family
) -> ObjectCandidate | None:
    objects = installation.store.inbox_objects
    if family.now is None:
        objects.forget([row.digest])
        return None
    if bucket.digest(family.now) != row.digest:
        objects.replace(row.digest, Sighting(bucket.digest(family.now), row.name))
        return None
    candidate = family.candidate
    if candidate is None:
        objects.leave_out(row.digest, "sidecar_alone")
        return None
    wait_s = max(_empty_for_s(installation, row, candidate), _unsettled_for_s(installation, bucket, candidate))
    if wait_s > 0:
        objects.defer(row.digest, wait_s)
        return None
    return candidate


def _empty_for_s(installation: Installation, row: SeenObject, candidate: ObjectCandidate) -> float:
    """How long to wait for the content of an object that is empty."""
    if all(one.size_bytes for one in candidate.objects):
        return 0.0
    age_s = (installation.store.context.now() - row.first_seen_at).total_seconds()
    return policies.EMPTY_OBJECT_SECONDS - age_s


def _unsettled_for_s(installation: Installation, bucket: InboxBucket, candidate: ObjectCandidate) -> float:
    """How long to wait for objects that belong to it and have just come, or have just been replaced."""
    objects = installation.store.inbox_objects
    names = {bucket.digest(one): one.name for one in candidate.objects}
    known = objects.find(list(names))
    new = [Sighting(digest, name) for digest, name in names.items() if digest not in known]
    if new:
        objects.see(new)
        return policies.SETTLE_SECONDS
    settled_at = installation.store.context.before(policies.SETTLE_SECONDS)
    return policies.SETTLE_SECONDS if any(one.seen_at > settled_at for one in known.values()) else 0.0
