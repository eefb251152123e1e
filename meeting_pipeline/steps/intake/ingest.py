"""Takes one settled file of the drop folder: copies, inspects, commits and registers it, or rejects it.

The order of the steps prevents loss: copy durably, inspect the copy, commit the row, register it, and only then delete the
original. If we crash before that, the original is still in the drop folder, and the next run recognises its content.
Must not go here: which file is next and which waits (``batch.py``), copies on disk (``staging.py``), what all kinds of
submission share (``accept.py``), the originals (``originals.py``).
"""

import logging
import os
import stat
import time
from collections.abc import Callable, Generator
from dataclasses import replace
from pathlib import Path
from typing import Final

from meeting_pipeline import policies as shared_policies
from meeting_pipeline.domain.errors import OperatorError, PermanentError, PipelineError, StoreUnavailable
from meeting_pipeline.domain.recording import Source
from meeting_pipeline.domain.sidecar_options import SidecarOptions
from meeting_pipeline.foundation.atomic_files import not_a_file
from meeting_pipeline.foundation.crash_points import crash_point
from meeting_pipeline.foundation.disk_space import infrastructure_error_of, lacking
from meeting_pipeline.installation import Installation
from meeting_pipeline.media.formats import is_media, is_transcript
from meeting_pipeline.steps.intake import policies
from meeting_pipeline.steps.intake.accept import admit, check_target, require_kind
from meeting_pipeline.steps.intake.arrival import Arrival, is_multichannel, with_plain_title
from meeting_pipeline.steps.intake.attempts import Attempt, Attempts
from meeting_pipeline.steps.intake.inbox import Candidate
from meeting_pipeline.steps.intake.inspection_errors import inspection_killed, undecodable
from meeting_pipeline.steps.intake.inspections import Inspection, Inspections
from meeting_pipeline.steps.intake.originals import clear_originals, needed_later, report_ignored_details
from meeting_pipeline.steps.intake.probe import Probe
from meeting_pipeline.steps.intake.reject import modified_at, refuse
from meeting_pipeline.steps.intake.report import IntakeReport
from meeting_pipeline.steps.intake.settling import State, is_being_written, state_of
from meeting_pipeline.steps.intake.staging import StagedCopy, staged

_log = logging.getLogger(__name__)
_KILLED: Final = inspection_killed().code

Steps = Generator[Inspection, None, None]
"""The work on one candidate. It yields at most once: for a slow inspection."""


class Taking:
    """Takes candidates, each with ``steps``, and collects the results in ``report``."""

    def __init__(
        self,
        installation: Installation,
        inspections: Inspections,
        source: Source,
        register: Callable[[str], None],
    ) -> None:
        self.report = IntakeReport()
        self._installation = installation
        self._inspections = inspections
        self._source: Source = source
        self._register = register
        self._attempts = Attempts(installation.settings.home)
        self._attempts.tidy()

    def steps(self, candidate: Candidate) -> Steps:
        """The work on one candidate: accept it, reject it, or leave it with the reason in ``attempts``.

        Raises: StoreUnavailable, OperatorError, OSError, and bugs; the files then stay where they were.
        """
        with self._attempts.trying(candidate) as attempt:
            try:
                yield from self._take_or_refuse(candidate, attempt)
            except (OperatorError, StoreUnavailable) as error:
                if error.code == _KILLED:
                    attempt.defer(error.code, time.time())
                raise
            except OSError as error:
                if infrastructure_error_of(error) is None and not isinstance(error, FileNotFoundError):
                    attempt.defer(error.strerror or type(error).__name__, time.time())
                raise
            except Exception as error:
                attempt.defer(type(error).__name__, time.time())
                raise

    def _take_or_refuse(self, candidate: Candidate, attempt: Attempt) -> Steps:
        try:
            attempt.require_one()
            try:
                yield from self._take_one(candidate)
            except StoreUnavailable as error:
                if error.code != _KILLED or attempt.failed_before(_KILLED) < policies.INTAKE_TRIES - 1:
                    raise
                raise undecodable() from error  # every attempt to read this file was killed: the file is to blame
        except (OSError, OperatorError, StoreUnavailable):
            raise  # the disk, a setting or the database failed: the file is not to blame
        except PipelineError as error:
            self.refuse(candidate, error)
        except Exception as error:  # noqa: BLE001 - a bug that one file triggers must not stop the others; the note reports it
            _log.exception("intake failed on one file")
            unexpected = PermanentError(
                "internal_error",
                f"The pipeline could not handle this file ({type(error).__name__}).",
                "Report it with the log of the intake run. To retry, put the file back into the drop folder.",
            )
            self.refuse(candidate, unexpected)
        if not os.path.lexists(candidate.main):
            attempt.settle()

    def _take_one(self, candidate: Candidate) -> Steps:
        installation, report = self._installation, self.report
        if any(is_being_written(path) for path in candidate.files):
            report.left += 1  # a long batch: somebody has resumed writing since it was found
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
        arrival = Arrival(candidate.main.name, modified_at(candidate.main), options, self._source_of(candidate))
        before = _states(candidate)
        with staged(installation, candidate) as plain:
            copy = replace(plain, multichannel=is_multichannel(installation, options))
            crash_point("intake.copied", copy.sha256)
            if before != _states(candidate):
                report.left += 1
                return
            needed = needed_later(candidate, self._other_meetings(candidate, copy))
            also = None
            if candidate.origin is not None:
                gone = [path for path in candidate.files if path not in needed]
                also = candidate.origin.consumed(gone, [path for path in gone if path in candidate.spare])
            probing: Probe = self._inspections.probe
            if installation.store.recordings.find_by_hash(copy.sha256) is None:
                inspection = self._inspections.start(copy)
                if inspection.is_slow():
                    yield inspection
                    if before != _states(candidate):
                        report.left += 1
                        return
                probing = inspection.result_for
            taken = admit(installation, copy, arrival, probing=probing, also=also)
        _register(taken.accepted.key, self._register)
        report.taken.append(taken)
        if taken.accepted.ignored:
            report.refused.append(report_ignored_details(installation, candidate, taken.accepted))
        clear_originals(
            installation, candidate, candidate.transcript if taken.spare_transcript else None, needed, report
        )

    def _other_meetings(self, candidate: Candidate, copy: StagedCopy) -> tuple[Path, ...]:
        """Spare exports that have only the name in common with an export that has no recording: their words are not in it."""
        if is_media(copy.main):
            return ()
        return tuple(
            path
            for path in candidate.spare
            if path.stem == candidate.main.stem
            and is_transcript(path)
            and path.lstat().st_size <= shared_policies.MAX_TRANSCRIPT_BYTES
            and not self._inspections.holds_words(copy.main, path)
        )

    def refuse(self, candidate: Candidate, error: PipelineError) -> None:
        """Reject a candidate: notify its submitter, move its files, leave a note. Raises: OSError, StoreUnavailable."""
        options = self._readable_options(candidate)
        self.report.refused.append(refuse(self._installation, candidate, error, self._source_of(candidate), options))

    def _source_of(self, candidate: Candidate) -> Source:
        return self._source if candidate.origin is None else "bucket"

    def _options_of(self, candidate: Candidate) -> SidecarOptions:
        """The options in the sidecar. Raises: IntakeRefused ``bad_sidecar``."""
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


def _register(key: str, register: Callable[[str], None]) -> None:
    try:
        register(key)
    except Exception as error:
        raise OperatorError(
            "not_registered",
            f"An accepted recording could not be registered with Dagster ({type(error).__name__}).",
            "Check whether Dagster's storage responds. The file stays in the drop folder and is retried automatically.",
        ) from error


def _require_room(installation: Installation, candidate: Candidate) -> None:
    """Raises: StoreUnavailable ``disk_full``."""
    lack = lacking(installation.settings.recordings, sum(path.lstat().st_size for path in candidate.files))
    if lack is not None:
        raise lack


def _states(candidate: Candidate) -> list[State]:
    """To see whether somebody changes a file meanwhile. Nobody changes our own copies; a second name changes their state."""
    return [state_of(path) for path in candidate.files] if candidate.origin is None else []
