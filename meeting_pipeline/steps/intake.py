"""Intake: a settled file of the drop folder becomes an accepted recording, or is set aside with the reason.

The order is what keeps promises: copy durably, judge the copy, commit the row, register it, and only then delete the
original. A crash at any point leaves the original in the drop folder; taking it again finds the content known.
Must not go here: finding files (``inbox.py``), copies on disk (``staging.py``), what every way in has in common
(``admitting.py``), buying transcriptions (``ordering.py``).
"""

import logging
import os
import stat
import time
from collections.abc import Callable, Generator, Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
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
    dated_meeting,
    plain_name,
    require_kind,
    with_plain_title,
)
from meeting_pipeline.steps.attempts import Attempt, Attempts
from meeting_pipeline.steps.durable import not_a_file
from meeting_pipeline.steps.inbox import Candidate, unneeded_companions
from meeting_pipeline.steps.inspections import Inspection, Inspections
from meeting_pipeline.steps.judging import Judge
from meeting_pipeline.steps.opening import Installation
from meeting_pipeline.steps.room import disk_trouble, lacking
from meeting_pipeline.steps.set_aside import set_aside
from meeting_pipeline.steps.settling import is_being_written, state_of
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


class Intake:
    """Takes candidates one by one; what is wrong with one delays none of the others.

    A file whose inspection is slow is put by, and finished when its inspection is done. ``register(key)`` makes an accepted
    recording known elsewhere. It may be called again for the same recording; if it raises, the file stays where it is and
    is met again. Not thread-safe.
    """

    def __init__(
        self,
        installation: Installation,
        inspections: Inspections,
        source: Source = "drop_folder",
        *,
        register: Callable[[str], None] = no_register,
    ) -> None:
        self.report = IntakeReport()
        self._installation = installation
        self._inspections = inspections
        self._source: Source = source
        self._register = register
        self._attempts = Attempts(installation.settings.home)
        self._put_by: dict[Path, tuple[Candidate, Steps, Inspection]] = {}
        remove_leftovers(installation)
        self._attempts.tidy()

    @property
    def is_idle(self) -> bool:
        """Whether nothing is put by."""
        return not self._put_by

    def has(self, candidate: Candidate) -> bool:
        """Whether it is put by."""
        return candidate.main in self._put_by

    def take(self, candidate: Candidate) -> None:
        """Take it, set it aside, leave it, or put it by."""
        self._go_on(candidate, self._take(candidate))

    def finish_ready(self) -> None:
        """Finish those whose inspection is done."""
        for main, (candidate, steps, inspection) in list(self._put_by.items()):
            if inspection.done():
                del self._put_by[main]
                self._go_on(candidate, steps)

    def finish_all(self) -> None:
        """Wait for all that are put by."""
        while self._put_by:
            candidate, steps, inspection = self._put_by.pop(next(iter(self._put_by)))
            inspection.wait()
            self._go_on(candidate, steps)

    def close(self) -> None:
        """Leave what is put by in the drop folder; it costs no try."""
        for _, steps, _ in self._put_by.values():
            steps.close()
        self._put_by.clear()

    def _go_on(self, candidate: Candidate, steps: "Steps") -> None:
        report = self.report
        try:
            with timed_step("intake") as line:
                before = len(report.taken), len(report.refused)
                inspection = next(steps, None)
                if inspection is not None:
                    self._put_by[candidate.main] = (candidate, steps, inspection)
                    line.outcome = "slow"
                else:
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

    def _take(self, candidate: Candidate) -> "Steps":
        with self._attempts.trying(candidate) as attempt:
            try:
                yield from self._take_or_refuse(candidate, attempt)
            except (OperatorError, StoreUnavailable):
                raise
            except OSError as error:
                if disk_trouble(error) is None and not isinstance(error, FileNotFoundError):
                    attempt.put_off(error.strerror or type(error).__name__, time.time())
                raise
            except Exception as error:
                attempt.put_off(type(error).__name__, time.time())
                raise

    def _take_or_refuse(self, candidate: Candidate, attempt: Attempt) -> "Steps":
        try:
            attempt.require_one()
            yield from self._take_one(candidate)
        except (OSError, OperatorError, StoreUnavailable):
            raise  # the disk, a setting or the database: nothing is wrong with the file
        except PipelineError as error:
            self._refuse(candidate, error)
        except Exception as error:  # noqa: BLE001 - a bug met by one file must not stop the others; it is told in the note
            _log.exception("intake failed on one file")
            unexpected = PermanentError(
                "internal_error",
                f"The pipeline could not handle this file ({type(error).__name__}).",
                "Report it with the log of the intake run; put the file back into the drop folder to try again.",
            )
            self._refuse(candidate, unexpected)
        if not os.path.lexists(candidate.main):
            attempt.settle()

    def _take_one(self, candidate: Candidate) -> "Steps":
        installation, report = self._installation, self.report
        if any(is_being_written(path) for path in candidate.files):
            report.left += 1  # a long batch: somebody went on writing since it was found
            return
        options = self._options_of(candidate)
        check_target(installation, options)
        status = candidate.main.lstat()
        if not stat.S_ISREG(status.st_mode):
            raise not_a_file()
        require_kind(candidate.main, status.st_size)
        if candidate.transcript is not None:
            require_kind(candidate.transcript, candidate.transcript.lstat().st_size)
        _require_room(installation, candidate)
        arrival = Arrival(candidate.main.name, _modified_at(candidate.main), options, self._source)
        before = [state_of(path) for path in candidate.files]
        with staged(installation, candidate) as copy:
            crash_point("intake.copied", copy.sha256)
            if before != [state_of(path) for path in candidate.files]:
                report.left += 1
                return
            judging: Judge = self._inspections.judge
            if installation.store.recordings.find_by_hash(copy.sha256) is None:
                inspection = self._inspections.start(copy)
                if inspection.is_slow():
                    yield inspection
                    if before != [state_of(path) for path in candidate.files]:
                        report.left += 1
                        return
                judging = inspection.result_for
            taken = admit(installation, copy, arrival, judging=judging)
        _register(taken.accepted.key, self._register)
        report.taken.append(taken)
        _clear(installation, candidate, candidate.transcript if taken.spare_transcript else None, report)

    def _refuse(self, candidate: Candidate, error: PipelineError) -> None:
        """Tell a submitter that named a good webhook target, and set the files aside.

        In this order: a crash in between repeats both, and the same file is told once.
        """
        installation = self._installation
        key: str | None = None
        options = self._readable_options(candidate)
        if options is not None and options.webhook_url is not None:
            problem = Problem(error.code, error.message, error.advice)
            name = plain_name(candidate.main.name)
            identity = hash_json([name, *state_of(candidate.main)])
            arrival = Arrival(name, _modified_at(candidate.main), options, self._source)
            dated = dated_meeting(installation, arrival, None)
            key = installation.store.recordings.refuse(
                name, options, self._source, dated.day, problem, identity=identity, timezone=dated.zone
            )
        crash_point("refusing.told", candidate.main.name)
        note = set_aside(candidate, error, installation.settings.rejected, key)
        self.report.refused.append(Refused(error.code, error.message, note))

    def _options_of(self, candidate: Candidate) -> SidecarOptions:
        """What the sidecar says. Raises: IntakeRefused ``bad_sidecar``."""
        if candidate.sidecar is None:
            return SidecarOptions()
        return with_plain_title(self._inspections.sidecar(candidate.sidecar))

    def _readable_options(self, candidate: Candidate) -> SidecarOptions | None:
        try:
            options = self._options_of(candidate)
            check_target(self._installation, options)
        except StoreUnavailable:
            raise
        except PipelineError:
            return None
        return options


Steps = Generator[Inspection, None, None]
"""The work on one candidate. It stops once, if at all: at an inspection that is slow."""


def take_in(
    installation: Installation,
    candidates: Iterable[Candidate],
    source: Source = "drop_folder",
    *,
    register: Callable[[str], None] = no_register,
    inspections: Inspections | None = None,
) -> IntakeReport:
    """Take each candidate, and wait for the slow ones. ``inspections``: of the caller; else there are some for this call."""
    with ExitStack() as stack:
        intake = Intake(installation, inspections or stack.enter_context(Inspections()), source, register=register)
        stack.callback(intake.close)
        for candidate in candidates:
            intake.take(candidate)
            intake.finish_ready()
        intake.finish_all()
        return intake.report


def _describe_end(report: IntakeReport, before: tuple[int, int], line: StepLine) -> None:
    taken, refused = report.taken[before[0] :], report.refused[before[1] :]
    if taken:
        line.recording = taken[0].accepted.key
        line.outcome = "duplicate" if taken[0].accepted.duplicate else "accepted"
    elif refused:
        line.outcome, line.code = "refused", refused[0].code
    else:
        line.outcome = "left"  # somebody still writes it


def _register(key: str, register: Callable[[str], None]) -> None:
    try:
        register(key)
    except Exception as error:
        raise OperatorError(
            "not_registered",
            f"An accepted recording could not be made known ({type(error).__name__}).",
            "Look whether Dagster's storage answers. The file stays in the drop folder and is taken again by itself.",
        ) from error


def _require_room(installation: Installation, candidate: Candidate) -> None:
    """Raises: StoreUnavailable ``disk_full``."""
    lack = lacking(installation.settings.recordings, sum(path.lstat().st_size for path in candidate.files))
    if lack is not None:
        raise lack


def _modified_at(path: Path) -> datetime | None:
    """When the file was last changed; ``None`` for a moment that is none: file systems keep any number."""
    try:
        return datetime.fromtimestamp(path.lstat().st_mtime, UTC)
    except (OverflowError, ValueError):
        return None


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
            note = set_aside(Candidate(path), error, installation.settings.rejected, report.taken[-1].accepted.key)
            report.refused.append(Refused(error.code, error.message, note))
        else:
            path.unlink(missing_ok=True)
    crash_point("intake.companions_deleted", report.taken[-1].accepted.key)
    candidate.main.unlink(missing_ok=True)
