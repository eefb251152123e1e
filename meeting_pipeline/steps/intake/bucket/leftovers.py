"""Removes taken objects from the bucket, also those whose run died before it did.

Must not go here: taking objects (``taking.py``), objects that nobody has taken.
"""

import logging
from collections.abc import Collection, Mapping, Sequence

from meeting_pipeline import policies as shared_policies
from meeting_pipeline.domain.errors import StorageRefused, StoreUnavailable
from meeting_pipeline.files.inbox_bucket import BucketObject, InboxBucket
from meeting_pipeline.files.inbox_errors import ObjectChanged
from meeting_pipeline.foundation.disk_space import infrastructure_error_of, lacking
from meeting_pipeline.installation import Installation
from meeting_pipeline.steps.intake.bucket.names import local_name
from meeting_pipeline.steps.intake.originals import file_not_used
from meeting_pipeline.steps.intake.quarantine import move_unused
from meeting_pipeline.steps.intake.staging import staging_folder
from meeting_pipeline.store.recordings.inbox_object_rows import UNFINISHED_STATES, SeenObject

_log = logging.getLogger(__name__)


def remove_from_bucket(installation: Installation, bucket: InboxBucket, candidates: Sequence[BucketObject]) -> None:
    """Remove those of these objects that are taken, unless they are to stay. An object that was replaced meanwhile stays.

    If the bucket does not let us, that is logged, and tried again later. So is an object that it says it does not have: only a
    listing without it proves that it is gone, and one that is listed again must not be taken again.
    """
    objects = installation.store.inbox_objects
    digests = {bucket.digest(one): one for one in candidates}
    taken = [digest for digest, state in objects.states(list(digests)).items() if state in UNFINISHED_STATES]
    if installation.settings.inbox_keep == "on":
        objects.finish(taken)
        return
    try:
        missing = _remove(bucket, {digest: digests[digest] for digest in taken})
    except (StoreUnavailable, StorageRefused) as error:
        _log.warning("accepted objects will be removed from the bucket later: %s", error.code)
        objects.finish_later(taken, shared_policies.INTAKE_RETRY_MAX_SECONDS)
        return
    objects.forget([digest for digest in taken if digest not in missing])
    if missing:
        _log.warning(
            "the bucket reports %d accepted objects as missing: its listing will be checked later", len(missing)
        )
        objects.finish_later(missing, shared_policies.INTAKE_RETRY_FIRST_SECONDS)


def _remove(bucket: InboxBucket, taken: Mapping[str, BucketObject]) -> Collection[str]:
    """Remove those that nobody has replaced. Returns the digests of those that the bucket says it does not have."""
    missing, present = [], {}
    for digest, one in taken.items():
        try:
            if bucket.is_unchanged(one):
                present[one.name] = digest
        except FileNotFoundError:
            missing.append(digest)
    return [*missing, *(present[name] for name in bucket.remove(list(present)))]


def remove_leftovers_of_bucket(installation: Installation, bucket: InboxBucket) -> None:
    """Remove the objects that earlier runs have taken and not removed.

    One whose copy cannot be kept on the disk waits; the others do not. Raises: StoreUnavailable, StorageRefused.
    """
    objects = installation.store.inbox_objects
    for row in objects.unfinished(shared_policies.INTAKE_BATCH):
        there = bucket.find(row.name)
        if there is None or bucket.digest(there) != row.digest:
            objects.forget([row.digest])
            continue
        if row.state == "spare" and row.recording_key is not None and installation.settings.inbox_keep == "off":
            try:
                _keep_spare(installation, bucket, there, row)
            except ObjectChanged:  # the bucket says so: the next listing shows whether it is true
                objects.finish_later([row.digest], shared_policies.INTAKE_RETRY_FIRST_SECONDS)
                continue
            except SpareNotKept as error:
                _log.warning("an object that was not used stays in the bucket: %s", error)
                objects.finish_later([row.digest], shared_policies.INTAKE_RETRY_MAX_SECONDS)
                continue
        remove_from_bucket(installation, bucket, [there])


class SpareNotKept(StoreUnavailable):
    """The copy of an object that was not used cannot be written to the disk. The object stays in the bucket until that works."""


def _keep_spare(installation: Installation, bucket: InboxBucket, there: BucketObject, row: SeenObject) -> None:
    """Move a copy of an object that was not used to the rejected files, as the run would have done.

    Raises: ObjectChanged (also if the bucket says that it is gone), SpareNotKept, StoreUnavailable, StorageRefused.
    """
    try:
        lack = lacking(installation.settings.recordings, there.size_bytes)
        if lack is not None:
            raise SpareNotKept(lack.code, lack.message, lack.advice)
        with staging_folder(installation) as folder:
            copy = folder / local_name(there.name)
            try:
                bucket.fetch(there, copy)
            except FileNotFoundError as error:  # of the bucket: the folder has just been made
                raise ObjectChanged from error
            move_unused([copy], file_not_used(), installation.settings.rejected, row.recording_key)
    except OSError as error:
        raise _not_kept(error) from error


def _not_kept(error: OSError) -> SpareNotKept:
    known = infrastructure_error_of(error)
    if known is not None:
        return SpareNotKept(known.code, known.message, known.advice)
    return SpareNotKept(
        "disk_error",
        f"A file cannot be written ({error.strerror or type(error).__name__}).",
        "Check the folders of recordings and of rejected files: owner, mode and mount.",
    )
