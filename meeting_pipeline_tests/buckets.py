"""A bucket in memory for tests of the inbox: the same library, without a server.

Must not go here: assertions, the real storage (``object_storage.py``).
"""

from typing import TYPE_CHECKING

from meeting_pipeline.files.inbox_bucket import InboxBucket
from meeting_pipeline.installation import Installation
from meeting_pipeline.steps.intake.batch import Intake
from meeting_pipeline.steps.intake.bucket.arriving import Arriving, bucket_for_this_run
from meeting_pipeline.steps.intake.bucket.looks import BucketCursor, list_bucket
from meeting_pipeline.steps.intake.report import IntakeReport
from meeting_pipeline_tests.installations import Unlimited

if TYPE_CHECKING:
    from obstore.store import MemoryStore

URL = "s3://inbox-of-tests/in"


class MemoryBucket(InboxBucket):
    """The bucket. ``store``: its objects, as somebody else sees them."""

    def __init__(self, store: "MemoryStore | None" = None) -> None:
        from obstore.store import MemoryStore

        super().__init__(URL)
        self.store = store or MemoryStore()
        self._opened = self.store

    def upload(self, name: str, content: bytes | str) -> None:
        """Put an object, or replace it."""
        import obstore

        obstore.put(self.store, name, content.encode() if isinstance(content, str) else content)

    def names(self) -> list[str]:
        """Names of all objects."""
        return sorted(one.name for page in self.pages() for one in page)


def with_bucket(installation: Installation, bucket: InboxBucket | None = None) -> MemoryBucket:
    """Give an installation a bucket in memory."""
    made = bucket or MemoryBucket()
    vars(installation)["inbox_bucket"] = made
    return made  # type: ignore[return-value]  # of tests that do not use it


def look_around(installation: Installation, cursor: BucketCursor | None = None) -> BucketCursor:
    """One look at the bucket."""
    assert installation.inbox_bucket is not None
    return list_bucket(installation, installation.inbox_bucket, cursor or BucketCursor())


def take_objects(installation: Installation) -> IntakeReport:
    """Look, and take everything that has settled."""
    look_around(installation)
    return take_noted(installation)


def take_noted(installation: Installation) -> IntakeReport:
    """Take what earlier looks have noted."""
    with bucket_for_this_run(installation) as bucket:
        intake = Intake(installation, Unlimited())
        arriving = Arriving(installation, intake, bucket)
        while not arriving.is_over:
            arriving.take_next()
        intake.finish_all()
        intake.close()
        return intake.report
