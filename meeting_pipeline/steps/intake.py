"""Intake: a settled file of the drop folder becomes an accepted recording, or is set aside with the reason.

The order is what keeps promises: copy durably, judge the copy, commit the row, register it, and only then delete the
original. A crash at any point leaves the original in the drop folder; taking it again finds the content known.
Must not go here: finding files (``inbox.py``), copies on disk (``staging.py``), what every way in has in common
(``admitting.py``), buying transcriptions (``ordering.py``).
"""

import logging
import stat
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

from meeting_pipeline.domain.errors import IntakeRefused, OperatorError, PermanentError, PipelineError, StoreUnavailable
from meeting_pipeline.domain.keys import hash_json
from meeting_pipeline.domain.models import SidecarOptions, Source
from meeting_pipeline.domain.record import Problem
from meeting_pipeline.running.crash_points import crash_point
from meeting_pipeline.running.logs import StepLine, timed_step
from meeting_pipeline.steps.admitting import (
    Arrival,
    Taken,
    admit,
    check_target,
    plain_name,
    require_kind,
    with_plain_title,
)
from meeting_pipeline.steps.durable import not_a_file
from meeting_pipeline.steps.inbox import Candidate, is_settled, unneeded_companions
from meeting_pipeline.steps.opening import Installation
from meeting_pipeline.steps.room import disk_trouble, lacking
from meeting_pipeline.steps.set_aside import set_aside
from meeting_pipeline.steps.sidecar import read_sidecar
from meeting_pipeline.steps.staging import remove_leftovers, staged

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Refused:
    """A file that was set aside."""

    code: str
    message: str
    note: Path


@dataclass
class IntakeReport:
    """What an intake did."""

    taken: list[Taken] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    left: int = 0
    """Files that changed while they were copied, or that the disk had no room for: the next intake looks again."""
    trouble: StoreUnavailable | None = None
    """Why a file was left, if disk or database are at fault: another look at once would meet the same."""


def no_register(_key: str) -> None:
    """For those who keep no register of recordings beside the store."""


def take_in(
    installation: Installation,
    candidates: Iterable[Candidate],
    source: Source = "drop_folder",
    *,
    register: Callable[[str], None] = no_register,
) -> IntakeReport:
    """Take each candidate by itself: what is wrong with one delays none of the others.

    ``register(key)`` makes an accepted recording known elsewhere. It may be called again for the same recording; if it
    raises, the file stays where it is and is met again.
    """
    report = IntakeReport()
    remove_leftovers(installation)
    for candidate in candidates:
        try:
            with timed_step("intake") as line:
                before = len(report.taken), len(report.refused)
                _take_or_refuse(installation, candidate, source, report, register)
                _describe_end(report, before, line)
        except StoreUnavailable as error:
            _log.warning("left in the drop folder: %s", error)
            report.left, report.trouble = report.left + 1, error
        except OSError as error:
            _log.warning("left in the drop folder: %s", error.strerror or type(error).__name__)
            report.left, report.trouble = report.left + 1, disk_trouble(error) or report.trouble
        except Exception:  # noqa: BLE001 - neither taken nor set aside: it stays, and the others go on
            _log.exception("left in the drop folder")
            report.left += 1
    return report


def _describe_end(report: IntakeReport, before: tuple[int, int], line: StepLine) -> None:
    taken, refused = report.taken[before[0] :], report.refused[before[1] :]
    if taken:
        line.recording = taken[0].accepted.key
        line.outcome = "duplicate" if taken[0].accepted.duplicate else "accepted"
    elif refused:
        line.outcome, line.code = "refused", refused[0].code
    else:
        line.outcome = "left"  # somebody still writes it


def _take_or_refuse(
    installation: Installation, candidate: Candidate, source: Source, report: IntakeReport, register: Callable[[str], None],
) -> None:  # fmt: skip
    try:
        _take_one(installation, candidate, source, report, register)
    except (OSError, OperatorError, StoreUnavailable):
        raise  # the disk, a setting or the database: nothing is wrong with the file
    except PipelineError as error:
        _refuse(installation, candidate, error, source, report)
    except Exception as error:  # noqa: BLE001 - a bug met by one file must not stop the others; it is told in the note
        _log.exception("intake failed on one file")
        unexpected = PermanentError(
            "internal_error",
            f"The pipeline could not handle this file ({type(error).__name__}).",
            "Report it with the log of the intake run; put the file back into the drop folder to try again.",
        )
        _refuse(installation, candidate, unexpected, source, report)


def _take_one(
    installation: Installation, candidate: Candidate, source: Source, report: IntakeReport, register: Callable[[str], None],
) -> None:  # fmt: skip
    now = installation.store.context.now().timestamp()
    if not all(is_settled(path, now) for path in candidate.files):
        report.left += 1  # a long batch: somebody went on writing since it was found
        return
    options = _options_of(candidate)
    check_target(installation, options)
    status = candidate.main.lstat()
    if not stat.S_ISREG(status.st_mode):
        raise not_a_file()
    require_kind(candidate.main, status.st_size)
    _require_room(installation, candidate)
    arrival = Arrival(candidate.main.name, _date_of(candidate.main), options, source)
    before = [_state(path) for path in candidate.files]
    with staged(installation, candidate) as copy:
        crash_point("intake.copied", copy.sha256)
        if before != [_state(path) for path in candidate.files]:
            report.left += 1
            return
        taken = admit(installation, copy, arrival)
    _register(taken.accepted.key, register)
    report.taken.append(taken)
    _clear(installation, candidate, candidate.transcript if taken.spare_transcript else None, report)


def _register(key: str, register: Callable[[str], None]) -> None:
    try:
        register(key)
    except Exception as error:
        raise OperatorError(
            "not_registered",
            f"An accepted recording could not be made known ({type(error).__name__}).",
            "Look whether Dagster's storage answers. The file stays in the drop folder and is taken again by itself.",
        ) from error


def _state(path: Path) -> tuple[int, int, int, int]:
    """What differs once a file was written to or replaced."""
    status = path.lstat()
    return status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


def _require_room(installation: Installation, candidate: Candidate) -> None:
    """Raises: StoreUnavailable ``disk_full``."""
    lack = lacking(installation.settings.recordings, sum(path.lstat().st_size for path in candidate.files))
    if lack is not None:
        raise lack


def _date_of(path: Path) -> date:
    """Without word from the submitter, a meeting is dated by the file's modification time (UTC).

    By the present day if that time is not a date: file systems keep any number.
    """
    modified = path.lstat().st_mtime
    try:
        return datetime.fromtimestamp(modified, UTC).date()
    except (OverflowError, ValueError, OSError):  # the last one: from the C library, for the largest numbers
        return datetime.now(UTC).date()


def _clear(installation: Installation, candidate: Candidate, spare: Path | None, report: IntakeReport) -> None:
    """Row and copy are durable: the originals may go. Companions stay while another recording needs them.

    ``spare`` is a transcript that came with a recording that is known without one: it is stored nowhere, so it is kept.
    """
    for path in unneeded_companions(candidate):
        if path == spare:
            error = IntakeRefused(
                "transcript_not_used",
                "The recording beside it is known already, without a transcript export.",
                "Drop the transcript alone to make a meeting record of it.",
            )
            note = set_aside(Candidate(path), error, installation.settings.rejected)
            report.refused.append(Refused(error.code, error.message, note))
        else:
            path.unlink(missing_ok=True)
    crash_point("intake.companions_deleted", report.taken[-1].accepted.key)
    candidate.main.unlink(missing_ok=True)


def _refuse(
    installation: Installation, candidate: Candidate, error: PipelineError, source: Source, report: IntakeReport
) -> None:
    """Tell a submitter that named a good webhook target, and set the files aside.

    In this order: a crash in between repeats both, and the same file is told once.
    """
    options = _readable_options(installation, candidate)
    if options is not None and options.webhook_url is not None:
        problem = Problem(error.code, error.message, error.advice)
        name = plain_name(candidate.main.name)
        identity = hash_json([name, *_state(candidate.main)])
        installation.store.recordings.refuse(
            name, options, source, _date_of(candidate.main), problem, identity=identity
        )
    crash_point("refusing.told", candidate.main.name)
    note = set_aside(candidate, error, installation.settings.rejected)
    report.refused.append(Refused(error.code, error.message, note))


def _options_of(candidate: Candidate) -> SidecarOptions:
    """What the sidecar says. Raises: IntakeRefused ``bad_sidecar``."""
    if candidate.sidecar is None:
        return SidecarOptions()
    return with_plain_title(read_sidecar(candidate.sidecar))


def _readable_options(installation: Installation, candidate: Candidate) -> SidecarOptions | None:
    try:
        options = _options_of(candidate)
        check_target(installation, options)
    except PipelineError:
        return None
    return options
