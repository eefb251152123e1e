"""Forgets finished objects that were removed from the bucket since, so that the list of known objects does not grow forever.

Must not go here: when that is done (``defs/ops/retention.py``).
"""

from meeting_pipeline.installation import Installation

_AT_A_TIME = 500
"""Rows of one query, and objects of one look at the bucket."""


def forget_removed_objects(installation: Installation, *, dry: bool = False) -> int:
    """List the whole bucket, and forget what it does not have any more. Returns the number of objects; ``dry``: only counts them.

    An object that was first seen less than a day ago is kept: it may have come after its part of the bucket was listed. An empty
    list says nothing: a service at a wrong address may answer so, and every object would be submitted again.
    Raises: StoreUnavailable, StorageRefused.
    """
    bucket, objects = installation.inbox_bucket, installation.store.inbox_objects
    if bucket is None or not objects.finished_after("", 1):
        return 0
    present = {bytes.fromhex(bucket.digest(one)) for page in bucket.pages() for one in page}
    if not present:
        return 0
    count, after = 0, ""
    while done := objects.finished_after(after, _AT_A_TIME):
        after = done[-1]
        gone = [digest for digest in done if bytes.fromhex(digest) not in present]
        count += len(gone)
        if gone and not dry:
            objects.forget(gone)
    return count
