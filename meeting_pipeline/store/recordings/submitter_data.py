"""Data that submitters attach to their submissions: stored so that it is returned with the recording and can be searched for.

A recording's row holds the data that is returned for all its submissions, so reading a list or a record costs nothing extra.
Must not go here: which values are accepted (``domain/submitter_data.py``), the submission's own row (``new_recordings.py``).
"""

from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from meeting_pipeline.domain.submitter_data import NOTHING_ATTACHED, SubmitterData, digests
from meeting_pipeline.store.tables import Recording, Submission, SubmissionIndex

_REFERENCES: Final = 100
"""References that are listed for one recording: a program may submit the same file again and again. All are found."""


def attach_submission(session: Session, row: Recording, submission: Submission) -> None:
    """Tell this submission's reference and metadata with the recording, and let it be found by them.

    The caller holds the recording's row.
    """
    if submission.reference is None and submission.metadata_ is None:
        return
    own = [submission.reference] if submission.reference is not None else []
    references = list(dict.fromkeys((*own, *submitter_data(row).references)))[:_REFERENCES]
    row.attached = {
        "reference": submission.reference, "metadata": submission.metadata_ or {}, "references": references
    }  # fmt: skip
    known = set(session.scalars(select(SubmissionIndex.digest).where(SubmissionIndex.recording_key == row.key)))
    for digest in sorted(digests(submission.reference, submission.metadata_) - known):
        session.add(SubmissionIndex(digest=digest, created_at=row.created_at, recording_key=row.key))
    session.flush()


def submitter_data(row: Recording) -> SubmitterData:
    """What was attached to this recording."""
    told: dict[str, Any] | None = row.attached
    if told is None:
        return NOTHING_ATTACHED
    return SubmitterData(told["reference"], told["metadata"], tuple(told["references"]))
