"""Inspections: untrusted files are read in sandboxes, a few at a time, so that a slow file does not delay others.

Every inspection starts in a quick slot. One that takes longer than ``policies.INSPECTION_QUICK_SECONDS`` frees it for the
next file and continues at low priority in one of the few slow slots. One object per process; thread-safe.
Must not go here: the sandbox itself (``steps/sandbox/sandbox.py``), what happens to a rejected file.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, Self

from meeting_pipeline import policies as shared_policies
from meeting_pipeline.domain.errors import IntakeRefused
from meeting_pipeline.domain.recording import MediaFacts
from meeting_pipeline.domain.sidecar_options import SidecarOptions
from meeting_pipeline.foundation.atomic_files import sync_file
from meeting_pipeline.foundation.disk_space import infrastructure_error_of, lacking
from meeting_pipeline.media.formats import PREPARED_FILE
from meeting_pipeline.media.prepared import preparation_for
from meeting_pipeline.steps.intake import policies
from meeting_pipeline.steps.intake.inspection_errors import inspection_killed, inspections_busy, stopping, undecodable
from meeting_pipeline.steps.intake.inspection_limits import (
    TRANSCRIPTS,
    comparison_limits,
    limits_of,
    needs,
    preparation_limits,
    quick_seconds,
)
from meeting_pipeline.steps.intake.probe_subprocess import ProbeResult
from meeting_pipeline.steps.intake.staging import StagedCopy
from meeting_pipeline.steps.sandbox.question import Ended, Limits, broken
from meeting_pipeline.steps.sandbox.sandbox import Sandbox

_log = logging.getLogger(__name__)
_LOOK_SECONDS: Final = 0.2


def _ignore() -> None:
    """For callers that need no notice of a slow inspection."""


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
    """Sandboxes and the slots for them. ``stopping`` ends all running inspections."""

    def __init__(self, stopping: threading.Event | None = None) -> None:
        self._stopping = stopping or threading.Event()
        self._closed = False
        self._quick = threading.Semaphore(policies.INSPECTIONS_AT_ONCE)
        self._slow = threading.Semaphore(shared_policies.SLOW_INSPECTIONS_AT_ONCE)
        self._waiting = 0
        self._lock = threading.Lock()
        self._idle: list[Sandbox] = []
        self._executor: ThreadPoolExecutor | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Abort running inspections and end the processes."""
        self._closed = True
        if self._executor is not None:
            self._executor.shutdown(wait=True, cancel_futures=True)
        with self._lock:
            idle, self._idle = self._idle, []
        for sandbox in idle:
            sandbox.close()

    def start(self, copy: StagedCopy) -> Inspection:
        """Inspect a copy in the background. It waits for a slot without a time limit."""
        if self._executor is None:
            self._executor = ThreadPoolExecutor(shared_policies.INTAKE_BATCH * 2, thread_name_prefix="inspection")
        return Inspection(lambda slow: self.probe(copy, on_slow=slow, waits=True), self._executor)

    def probe(self, copy: StagedCopy, *, on_slow: Callable[[], None] = _ignore, waits: bool = False) -> ProbeResult:
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
            answer = self._ask("inspect", given, limits_of(copy), quick_seconds(copy), needs(copy), on_slow, waits)
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
        self._ask("prepare", given, limits, quick_seconds(copy), needs(copy), on_slow, waits)
        sync_file(target)
        return replace(found, prepared_file=PREPARED_FILE, multichannel=preparation.multichannel)

    def sidecar(self, path: Path) -> SidecarOptions:
        """Read a sidecar. Raises: IntakeRefused ``bad_sidecar``; OSError if it is gone; StoreUnavailable ``shutting_down``."""
        path.lstat()
        limits = Limits(
            policies.SIDECAR_CPU_SECONDS, float(policies.SIDECAR_CPU_SECONDS * shared_policies.INSPECTION_CLOCK_SHARE)
        )
        try:
            answer = self._ask("sidecar", {"path": str(path)}, limits, limits.seconds, (), _ignore, waits=True)
        except IntakeRefused as error:
            if error.code != "undecodable":
                raise
            raise IntakeRefused(
                "bad_sidecar",
                f"{path.name} cannot be read with reasonable time and memory.",
                "Correct the .json file beside the recording (docs/submitting.md, section Sidecar) and drop both again.",
            ) from None
        return SidecarOptions.model_validate(answer)

    def holds_words(self, export: Path, other: Path) -> bool:
        """Whether an export holds the words of another. ``True`` if one of them cannot be read: then there is nothing to miss.

        Raises: OSError if one is gone; StoreUnavailable as ``probe``.
        """
        limits = comparison_limits(export, other)
        given = {"export": str(export), "other": str(other)}
        try:
            return bool(
                self._ask("holds_words", given, limits, limits.seconds, TRANSCRIPTS, _ignore, waits=True)["held"]
            )
        except IntakeRefused:
            return True

    def _ask(
        self,
        name: str,
        given: dict[str, Any],
        limits: Limits,
        quick_seconds: float,
        preload: tuple[str, ...],
        on_slow: Callable[[], None],
        waits: bool,
    ) -> dict[str, Any]:
        slow_place = False
        sandbox = None
        try:
            with self._place(self._quick):
                sandbox = self._sandbox()
                self._begin(sandbox, name, given, limits, preload)
                ended = self._wait_quickly(sandbox, quick_seconds)
                if ended is None and not self._is_over():
                    on_slow()
                    slow_place = self._slow.acquire(blocking=False)
                    (sandbox.demote if slow_place else sandbox.kill)()
            if ended is None and not self._is_over():
                if not slow_place:
                    self._wait_for_slow_place(waits)
                    slow_place = True
                    self._begin(sandbox, name, given, limits, preload, demoted=True)
                ended = sandbox.wait(float("inf"), self._is_over)
            return self._understood(ended, sandbox, preload)
        finally:
            if slow_place:
                self._slow.release()
            if sandbox is not None:
                self._give_back(sandbox)

    def _begin(
        self,
        sandbox: Sandbox,
        name: str,
        given: dict[str, Any],
        limits: Limits,
        preload: tuple[str, ...],
        *,
        demoted: bool = False,
    ) -> None:
        try:
            sandbox.begin(name, given, limits, preload=preload, demoted=demoted)
        except OSError as error:  # no process, descriptor or program available: nothing was read yet
            raise broken(error.strerror or type(error).__name__) from error

    def _wait_quickly(self, sandbox: Sandbox, seconds: float) -> Ended | None:
        """Wait until the question has used this much processor time; on a busy machine that takes longer, up to a limit."""
        until = time.monotonic() + seconds * policies.INSPECTION_QUICK_CLOCK_SHARE
        ended = sandbox.wait(seconds, self._is_over)
        while ended is None and not self._is_over() and time.monotonic() < until and sandbox.cpu_seconds() < seconds:
            ended = sandbox.wait(_LOOK_SECONDS, self._is_over)
        return ended

    @contextmanager
    def _place(self, places: threading.Semaphore) -> Iterator[None]:
        while not places.acquire(timeout=_LOOK_SECONDS):
            self._require_going_on()
        try:
            self._require_going_on()
            yield
        finally:
            places.release()

    def _wait_for_slow_place(self, waits: bool) -> None:
        until = time.monotonic() + policies.SLOW_INSPECTION_WAIT_SECONDS
        with self._lock:
            if not waits and self._waiting >= shared_policies.SLOW_INSPECTIONS_WAITING:
                raise inspections_busy()
            self._waiting += 1
        try:
            while not self._slow.acquire(timeout=_LOOK_SECONDS):
                self._require_going_on()
                if not waits and time.monotonic() > until:
                    raise inspections_busy()
        finally:
            with self._lock:
                self._waiting -= 1

    def _require_going_on(self) -> None:
        if self._is_over():
            raise stopping()

    def _is_over(self) -> bool:
        return self._closed or self._stopping.is_set()

    def _sandbox(self) -> Sandbox:
        with self._lock:
            return self._idle.pop() if self._idle else Sandbox()

    def _give_back(self, sandbox: Sandbox) -> None:
        if self._is_over():
            sandbox.close()
            return
        sandbox.kill()
        with self._lock:
            if len(self._idle) < policies.INSPECTIONS_AT_ONCE:
                self._idle.append(sandbox)
                return
        sandbox.close()

    def _understood(self, ended: Ended | None, sandbox: Sandbox, modules: tuple[str, ...]) -> dict[str, Any]:
        if ended is None or ended.was_stopped:
            raise stopping()
        answer = ended.answer or {"failed": ended.how}
        if isinstance(answer.get("refused"), list):
            code, message, advice = answer["refused"]
            raise IntakeRefused(code, message, advice)
        if isinstance(answer.get("os_error"), list):
            error = OSError(*answer["os_error"])
            raise infrastructure_error_of(error) or error
        if not isinstance(answer.get("value"), dict):
            how = str(answer.get("failed") or answer.get("broken"))
            self._require_working(ended, how, sandbox, modules)
            _log.warning("a file could not be inspected: its sandbox ended with %s", how)
            raise undecodable()
        found: dict[str, Any] = answer["value"]
        return found

    def _require_working(self, ended: Ended, how: str, sandbox: Sandbox, modules: tuple[str, ...]) -> None:
        """Raise unless the file is to blame: the sandbox must work and must not have been killed from outside."""
        if ended.is_broken:
            raise broken(how)
        if ended.says_nothing and not sandbox.works(modules, self._is_over):
            self._require_going_on()
            raise broken(how)
        if ended.was_killed:
            raise inspection_killed()
