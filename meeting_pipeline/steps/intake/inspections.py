"""Inspections: untrusted files are read in sandboxes, a few at a time, so that a slow file does not delay others.

Every inspection starts in a quick slot. One that takes longer than ``policies.INSPECTION_QUICK_SECONDS`` frees it for the
next file and continues at low priority in one of the few slow slots. One object per process; thread-safe.
Must not go here: the slots (``inspection_slots.py``), what happens to a rejected file.
"""

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import replace
from pathlib import Path
from typing import Self

from meeting_pipeline import policies as shared_policies
from meeting_pipeline.domain.errors import IntakeRefused
from meeting_pipeline.domain.recording import MediaFacts
from meeting_pipeline.domain.sidecar_options import SidecarOptions
from meeting_pipeline.foundation.atomic_files import sync_file
from meeting_pipeline.foundation.disk_space import lacking
from meeting_pipeline.media.formats import PREPARED_FILE
from meeting_pipeline.media.prepared import preparation_for
from meeting_pipeline.steps.intake import policies
from meeting_pipeline.steps.intake.inspection_errors import undecodable
from meeting_pipeline.steps.intake.inspection_limits import (
    TRANSCRIPTS,
    comparison_limits,
    limits_of,
    needs,
    preparation_limits,
    quick_seconds,
)
from meeting_pipeline.steps.intake.inspection_slots import Question, Slots, ignore
from meeting_pipeline.steps.intake.probe_subprocess import ProbeResult
from meeting_pipeline.steps.intake.staging import StagedCopy
from meeting_pipeline.steps.sandbox.question import Limits


class Inspection:
    """The inspection of one file, in its own thread."""

    def __init__(self, probe: Callable[[Callable[[], None]], ProbeResult], executor: ThreadPoolExecutor) -> None:
        self._told = threading.Event()
        self._is_slow = False
        self._future: Future[ProbeResult] = executor.submit(probe, self._turn_slow)
        self._future.add_done_callback(lambda _: self._told.set())

    def is_slow(self) -> bool:
        """Whether the inspection is slow and unfinished. Waits until that is known."""
        self._told.wait()
        return self._is_slow and not self._future.done()

    def done(self) -> bool:
        """Whether ``result`` returns at once."""
        return self._future.done()

    def result(self) -> ProbeResult:
        """Wait for the result. Raises: what ``Inspections.probe`` raises."""
        return self._future.result()

    def result_for(self, _copy: StagedCopy) -> ProbeResult:
        """``result``, as ``accept.admit`` calls it: the copy is the inspected one."""
        return self.result()

    def wait(self) -> None:
        """Wait for the end of the inspection, whatever its result."""
        wait([self._future])

    def _turn_slow(self) -> None:
        self._is_slow = True
        self._told.set()


class Inspections:
    """The inspections of a process. ``stopping`` ends all running ones."""

    def __init__(self, stopping: threading.Event | None = None) -> None:
        self._slots = Slots(stopping)
        self._executor: ThreadPoolExecutor | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Abort running inspections and end the processes."""
        self._slots.abort()
        if self._executor is not None:
            self._executor.shutdown(wait=True, cancel_futures=True)
        self._slots.close()

    def start(self, copy: StagedCopy) -> Inspection:
        """Inspect a copy in the background. It waits for a slot without a time limit."""
        if self._executor is None:
            self._executor = ThreadPoolExecutor(shared_policies.INTAKE_BATCH * 2, thread_name_prefix="inspection")
        return Inspection(lambda slow: self.probe(copy, on_slow=slow, waits=True), self._executor)

    def probe(self, copy: StagedCopy, *, on_slow: Callable[[], None] = ignore, waits: bool = False) -> ProbeResult:
        """Decode and measure a copy. ``on_slow`` is called when the inspection leaves its quick slot.

        Raises: IntakeRefused, also ``undecodable`` for a file that crashes its decoder or exceeds its limits; StoreUnavailable
            ``shutting_down``, ``inspections_busy`` (too many slow files, unless ``waits``), ``sandbox_broken`` and
            ``resources_exhausted`` (no file can be read at present), ``inspection_killed`` (from outside).
        """
        given = {
            "main": str(copy.main),
            "transcript": str(copy.transcript) if copy.transcript else None,
            "multichannel": copy.multichannel,
        }
        try:
            question = Question("inspect", given, limits_of(copy), quick_seconds(copy), needs(copy))
            answer = self._slots.ask(question, on_slow=on_slow, waits=waits)
        except FileNotFoundError:
            if not all(path.exists() for path in (copy.main, copy.transcript) if path is not None):
                raise  # the copy is gone, perhaps with its disk: the file is not to blame
            raise undecodable() from None  # the file refers to another file
        facts = MediaFacts.model_validate(answer["facts"]) if answer["facts"] else None
        found = ProbeResult(facts, int(answer["duration_ms"]))
        return found if facts is None else self._with_prepared_copy(copy, found, facts, on_slow, waits=waits)

    def _with_prepared_copy(
        self, copy: StagedCopy, found: ProbeResult, facts: MediaFacts, on_slow: Callable[[], None], *, waits: bool
    ) -> ProbeResult:
        """Write the prepared copy of the sound into the staging folder, if one is needed."""
        preparation = preparation_for(facts, multichannel=copy.multichannel)
        if not preparation.needed:
            return replace(found, multichannel=preparation.multichannel)
        rows = facts.voices if preparation.multichannel else max(len(facts.tracks), 1)
        limits = preparation_limits(copy, found.duration_ms, rows)
        lack = lacking(copy.folder, limits.file_bytes)
        if lack is not None:
            raise lack
        target = copy.folder / PREPARED_FILE
        target.touch(mode=0o600)
        given = {
            "main": str(copy.main),
            "target": str(target),
            "facts": facts.model_dump(),
            "multichannel": preparation.multichannel,
        }
        question = Question("prepare", given, limits, quick_seconds(copy), needs(copy))
        self._slots.ask(question, on_slow=on_slow, waits=waits)
        sync_file(target)
        return replace(found, prepared_file=PREPARED_FILE, multichannel=preparation.multichannel)

    def sidecar(self, path: Path) -> SidecarOptions:
        """Read a sidecar. Raises: IntakeRefused ``bad_sidecar``; OSError if it is gone; StoreUnavailable ``shutting_down``."""
        path.lstat()
        limits = Limits(
            policies.SIDECAR_CPU_SECONDS, float(policies.SIDECAR_CPU_SECONDS * shared_policies.INSPECTION_CLOCK_SHARE)
        )
        try:
            answer = self._slots.ask(Question("sidecar", {"path": str(path)}, limits, limits.seconds))
        except IntakeRefused as error:
            if error.code != "undecodable":
                raise
            raise IntakeRefused(
                "bad_sidecar",
                f"{path.name} cannot be read with reasonable time and memory.",
                "Correct the .json file next to the recording (docs/submitting.md, section Sidecar) and drop both again.",
            ) from None
        return SidecarOptions.model_validate(answer)

    def holds_words(self, export: Path, other: Path) -> bool:
        """Whether an export holds the words of another. ``True`` if one of them cannot be read: then there is nothing to miss.

        Raises: OSError if one is gone; StoreUnavailable as ``probe``.
        """
        limits = comparison_limits(export, other)
        given = {"export": str(export), "other": str(other)}
        try:
            return bool(self._slots.ask(Question("holds_words", given, limits, limits.seconds, TRANSCRIPTS))["held"])
        except IntakeRefused:
            return True
