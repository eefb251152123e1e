"""What becomes of the files in the drop folder once their recording is stored: they are deleted, or moved away with a note.

Nothing is deleted here before its copy and its row are durable. Must not go here: accepting a file (``ingest.py``), the folder of
rejected files and their notes (``quarantine.py``).
"""

from pathlib import Path

from meeting_pipeline.domain.errors import IntakeRefused
from meeting_pipeline.domain.ignored_details import lines
from meeting_pipeline.foundation.crash_points import crash_point
from meeting_pipeline.installation import Installation
from meeting_pipeline.steps.intake.inbox import Candidate, unneeded_companions
from meeting_pipeline.steps.intake.quarantine import leave_note, move_unused
from meeting_pipeline.steps.intake.report import IntakeReport, Refused
from meeting_pipeline.store.recordings.new_recordings import Accepted


def file_not_used() -> IntakeRefused:
    """The note of a file that a meeting did not need."""
    return IntakeRefused(
        "file_not_used",
        "Other files of the same meeting were used: its recording, and the transcript with the most detail.",
        "No action is needed. To make a meeting record of one of these files, drop it alone. If it is the transcript of the"
        " recording, and a page, a table or a document: say so in its name, as in talk.transcript.md, and drop both.",
    )


def report_ignored_details(installation: Installation, candidate: Candidate, accepted: Accepted) -> Refused:
    """Leave a note about details that are not used, before the sidecar that has them is deleted."""
    names = ", ".join(wish.field for wish in accepted.ignored)
    error = IntakeRefused(
        "details_not_used",
        f"This content is already known as {accepted.key}, with other details. These were ignored: {names}.",
        " ".join(dict.fromkeys(wish.advice(accepted.key) for wish in accepted.ignored)),
    )
    rejected = installation.settings.rejected
    note = leave_note(candidate.main.name, error, rejected, accepted.key, lines(accepted.ignored))
    return Refused(error.code, error.message, note)


def _moved_with_note(installation: Installation, paths: list[Path], error: IntakeRefused, key: str) -> Refused:
    note = move_unused(paths, error, installation.settings.rejected, key)
    return Refused(error.code, error.message, note)


def needed_later(candidate: Candidate, apart: tuple[Path, ...]) -> frozenset[Path]:
    """Files that stay for the next look: other meetings of that name, with a sidecar that is theirs as well."""
    if apart and candidate.sidecar is not None and candidate.sidecar.stem == candidate.main.stem:
        return frozenset([*apart, candidate.sidecar])
    return frozenset(apart)


def clear_originals(
    installation: Installation, candidate: Candidate, spare: Path | None, needed: frozenset[Path], report: IntakeReport
) -> None:
    """Delete the originals, now that row and copy are durable. Companions stay while another recording needs them.

    ``spare`` is a transcript submitted with a recording that is known without one. It is stored nowhere, so it is kept.
    ``needed``: companions that stay for the next look.
    """
    kept = report.taken[-1].accepted.key
    companions = [path for path in unneeded_companions(candidate) if path not in needed]
    unused = [path for path in companions if path in candidate.spare and path.exists()]
    if unused:
        report.refused.append(_moved_with_note(installation, unused, file_not_used(), kept))
    for path in companions:
        if path == spare:
            error = IntakeRefused(
                "transcript_not_used",
                "The recording next to it is already known, without a transcript export.",
                "Drop the transcript alone to make a meeting record from it.",
            )
            report.refused.append(_moved_with_note(installation, [path], error, kept))
        elif path not in candidate.spare:
            path.unlink(missing_ok=True)
    crash_point("intake.companions_deleted", report.taken[-1].accepted.key)
    candidate.main.unlink(missing_ok=True)
