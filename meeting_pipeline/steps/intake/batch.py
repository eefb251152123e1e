"""Intake of settled files of the drop folder and objects of a bucket, one by one; slow files are inspected in the background.

Must not go here: handling one file (``ingest.py``), finding files (``inbox.py``), buying transcriptions
(``steps/transcription/order.py``).
"""

import logging
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from pathlib import Path

from meeting_pipeline.domain.errors import StorageRefused, StoreUnavailable
from meeting_pipeline.domain.recording import Source
from meeting_pipeline.files.inbox_bucket import InboxBucket
from meeting_pipeline.foundation.disk_space import infrastructure_error_of
from meeting_pipeline.foundation.logs import StepLine, timed_step
from meeting_pipeline.installation import Installation
from meeting_pipeline.steps.intake.bucket.families import ObjectCandidate
from meeting_pipeline.steps.intake.bucket.taking import object_steps
from meeting_pipeline.steps.intake.inbox import Candidate
from meeting_pipeline.steps.intake.ingest import Steps, Taking
from meeting_pipeline.steps.intake.inspections import Inspection, Inspections
from meeting_pipeline.steps.intake.report import IntakeReport
from meeting_pipeline.steps.intake.staging import remove_leftovers

_log = logging.getLogger(__name__)


def no_register(_key: str) -> None:
    """For callers that register recordings nowhere except in the store."""


class Intake:
    """Takes candidates one by one; a failing or slow one does not delay the others.

    A file whose inspection is slow is parked, and finished when its inspection is done. ``register(key)`` registers an
    accepted recording elsewhere. It may be called again for the same recording; if it raises, the file stays in the drop
    folder and is retried. Not thread-safe.
    """

    def __init__(
        self,
        installation: Installation,
        inspections: Inspections,
        source: Source = "drop_folder",
        *,
        register: Callable[[str], None] = no_register,
    ) -> None:
        self._put_by: dict[Path, tuple[Steps, Inspection]] = {}
        self._installation = installation
        remove_leftovers(installation)
        self._taking = Taking(installation, inspections, source, register)
        self.report = self._taking.report

    @property
    def is_idle(self) -> bool:
        """Whether no file is parked."""
        return not self._put_by

    def has(self, candidate: Candidate) -> bool:
        """Whether the candidate is parked."""
        return candidate.main in self._put_by

    def take(self, candidate: Candidate) -> None:
        """Accept the candidate, reject it, leave it in the drop folder, or park it."""
        self._go_on(candidate.main, self._taking.steps(candidate))

    def take_object(self, bucket: InboxBucket, candidate: ObjectCandidate) -> None:
        """The same with objects of a bucket."""
        steps = object_steps(self._installation, bucket, self._taking, candidate)
        self._go_on(Path(candidate.main.name), steps)

    def finish_ready(self) -> None:
        """Finish the parked files whose inspection is done."""
        for main, (steps, inspection) in list(self._put_by.items()):
            if inspection.done():
                del self._put_by[main]
                self._go_on(main, steps)

    def finish_all(self) -> None:
        """Wait for all parked files and finish them."""
        while self._put_by:
            main = next(iter(self._put_by))
            steps, inspection = self._put_by.pop(main)
            inspection.wait()
            self._go_on(main, steps)

    def close(self) -> None:
        """Leave parked files in the drop folder; that does not count as an attempt."""
        for steps, _ in self._put_by.values():
            steps.close()
        self._put_by.clear()

    def _go_on(self, main: Path, steps: Steps) -> None:
        report = self.report
        try:
            with timed_step("intake") as line:
                before = len(report.taken), len(report.refused)
                inspection = next(steps, None)
                if inspection is not None:
                    self._put_by[main] = (steps, inspection)
                    line.outcome = "slow"
                else:
                    _describe_end(report, before, line)
        except (StoreUnavailable, StorageRefused) as error:
            _log.warning("left in the inbox: %s", error)
            report.left, report.trouble = report.left + 1, error
        except OSError as error:
            _log.warning("left in the inbox: %s", error.strerror or type(error).__name__)
            report.left, report.trouble = report.left + 1, infrastructure_error_of(error) or report.trouble
        except Exception:  # noqa: BLE001 - neither accepted nor rejected: it stays, and the others continue
            _log.exception("left in the inbox")
            report.left += 1


def take_in(
    installation: Installation,
    candidates: Iterable[Candidate],
    source: Source = "drop_folder",
    *,
    register: Callable[[str], None] = no_register,
    inspections: Inspections | None = None,
) -> IntakeReport:
    """Take each candidate, and wait for the slow ones. Without ``inspections``, this call creates its own."""
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
        line.recording_id = taken[0].accepted.key
        line.outcome = "duplicate" if taken[0].accepted.duplicate else "accepted"
    elif refused:
        line.outcome, line.code = "refused", refused[0].code
    else:
        line.outcome = "left"  # it is still being written
