"""Takes objects of the bucket: copies them, passes the copies to the steps of the drop folder, and removes the objects.

The transaction that stores a recording marks its objects as taken, so a crash never leads to an object being taken twice. The
objects are removed after it, or by the next run if a crash prevents that (``leftovers.py``).
Must not go here: what happens to a file (``steps/intake/ingest.py``), which objects are next (``waiting.py``).
"""

import os
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path, PurePosixPath

from sqlalchemy.orm import Session

from meeting_pipeline import policies as shared_policies
from meeting_pipeline.domain.backoff import backoff_s
from meeting_pipeline.domain.errors import IntakeRefused, StorageRefused, StoreUnavailable
from meeting_pipeline.files.inbox_bucket import BucketObject, InboxBucket
from meeting_pipeline.files.inbox_errors import ObjectChanged
from meeting_pipeline.foundation.disk_space import lacking
from meeting_pipeline.installation import Installation
from meeting_pipeline.steps.intake import policies
from meeting_pipeline.steps.intake.accept import require_kind
from meeting_pipeline.steps.intake.bucket.families import ObjectCandidate
from meeting_pipeline.steps.intake.bucket.leftovers import remove_from_bucket
from meeting_pipeline.steps.intake.bucket.names import local_name
from meeting_pipeline.steps.intake.inbox import Candidate, Origin
from meeting_pipeline.steps.intake.ingest import Steps, Taking
from meeting_pipeline.steps.intake.staging import staging_folder
from meeting_pipeline.store.recordings.inbox_claims import mark_taken
from meeting_pipeline.store.recordings.inbox_object_rows import UNFINISHED_STATES
from meeting_pipeline.store.recordings.new_recordings import Accepted
from meeting_pipeline.store.recordings.recordings import Also
from meeting_pipeline.store.tables import Recording


def object_steps(installation: Installation, bucket: InboxBucket, taking: Taking, candidate: ObjectCandidate) -> Steps:
    """The work on one candidate: as ``Taking.steps``, which does most of it.

    Raises: StoreUnavailable, StorageRefused, OperatorError, OSError, and bugs; the objects then stay where they were.
    """
    main, objects = bucket.digest(candidate.main), installation.store.inbox_objects
    mine = [bucket.digest(one) for one in candidate.objects if one.name not in candidate.shared]
    with staging_folder(installation) as folder:
        copies = _Copies(bucket, folder, candidate)
        try:
            try:
                require_kind(Path(candidate.main.name), candidate.main.size_bytes)
            except IntakeRefused as error:  # it is not copied: it may be of any size
                taking.refuse(copies.of_sidecar(), error)
                objects.finish(mine)
                return
            _require_room(installation, candidate)
            files = copies.of_all()
        except (ObjectChanged, FileNotFoundError):
            objects.defer(main, policies.BUCKET_LOOK_SECONDS)  # the next listing finds the current objects
            taking.report.left += 1
            return
        except (StoreUnavailable, StorageRefused) as error:
            if not error.code.startswith("inbox_"):
                raise
            taking.report.left, taking.report.bucket_trouble = taking.report.left + 1, error
            return
        try:
            yield from taking.steps(files)
        except (StoreUnavailable, StorageRefused):
            raise
        except Exception as error:
            with suppress(StoreUnavailable):
                objects.defer(main, _wait_s(installation, main), reason=type(error).__name__[:64])
            raise
        if objects.states([main]).get(main) not in UNFINISHED_STATES:
            if os.path.lexists(files.main):  # left, for a reason that the steps have noted
                objects.defer(main, policies.BUCKET_LOOK_SECONDS)
                return
            objects.note_taken(mine)  # rejected: the files are with their note now
        if len(mine) > 1:
            objects.note_kept(mine)
        remove_from_bucket(installation, bucket, candidate.objects)


def _wait_s(installation: Installation, digest: str) -> float:
    known = installation.store.inbox_objects.find([digest]).get(digest)
    return backoff_s(
        known.tries if known else 0,
        shared_policies.INTAKE_RETRY_FIRST_SECONDS,
        shared_policies.INTAKE_RETRY_MAX_SECONDS,
    )


def _require_room(installation: Installation, candidate: ObjectCandidate) -> None:
    """Raises: StoreUnavailable ``disk_full``."""
    lack = lacking(installation.settings.recordings, sum(one.size_bytes for one in candidate.objects))
    if lack is not None:
        raise lack


class _Copies:
    """Copies of a candidate's objects, in a folder that is removed at the end."""

    def __init__(self, bucket: InboxBucket, folder: Path, candidate: ObjectCandidate) -> None:
        self._bucket = bucket
        self._folder = folder
        self._candidate = candidate
        self._objects: dict[Path, BucketObject] = {}

    def of_all(self) -> Candidate:
        """Copy everything. Raises: as ``InboxBucket.fetch``."""
        given = self._candidate
        return Candidate(
            self._copy(given.main),
            self._copy(given.transcript) if given.transcript else None,
            self._copy(given.sidecar) if given.sidecar else None,
            tuple(self._copy(one) for one in given.spare),
            Origin(self._identity(), self._consumed),
        )

    def of_sidecar(self) -> Candidate:
        """Copy the sidecar alone: it says whom to notify."""
        given = self._candidate
        sidecar = self._copy(given.sidecar) if given.sidecar else None
        place = f"{self._bucket.url}/{given.main.name}"
        return Candidate(
            self._folder / PurePosixPath(local_name(given.main.name)),
            sidecar=sidecar,
            origin=Origin(self._identity(), self._consumed, place),
        )

    def _identity(self) -> str:
        return ":".join(self._bucket.digest(one) for one in self._candidate.objects)

    def _copy(self, one: BucketObject) -> Path:
        target = self._folder / local_name(one.name)
        if target in self._objects:  # two long names that begin alike
            target = target.with_name(f"{len(self._objects)}-{target.name}")
        self._bucket.fetch(one, target)
        self._objects[target] = one
        return target

    def _consumed(self, gone: Collection[Path], spare: Collection[Path]) -> Also:
        """Mark the objects as taken, but not those that other recordings need."""
        shared, digest = self._candidate.shared, self._bucket.digest
        mine = {path: digest(self._objects[path]) for path in gone if self._objects[path].name not in shared}
        transcript = self._candidate.transcript

        def mark(session: Session, row: Recording, accepted: Accepted) -> None:
            kept = {mine[path] for path in spare if path in mine}
            if accepted.duplicate and row.transcript_file is None and transcript is not None:
                kept.add(digest(transcript))  # the recording is known without it, so it is stored nowhere
            kept &= set(mine.values())
            mark_taken(session, row.key, set(mine.values()) - kept, kept)

        return mark
