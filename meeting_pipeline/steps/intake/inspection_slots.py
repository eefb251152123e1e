"""Slots for inspections: how many sandboxes work at a time, quick ones and slow ones, and what their ends mean.

Must not go here: the requests (``inspections.py``), the sandbox itself (``steps/sandbox/sandbox.py``).
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from meeting_pipeline import policies as shared_policies
from meeting_pipeline.domain.errors import IntakeRefused
from meeting_pipeline.foundation.disk_space import infrastructure_error_of
from meeting_pipeline.steps.intake import policies
from meeting_pipeline.steps.intake.inspection_errors import inspection_killed, inspections_busy, stopping, undecodable
from meeting_pipeline.steps.sandbox.question import Ended, Limits, broken
from meeting_pipeline.steps.sandbox.sandbox import Sandbox

_log = logging.getLogger(__name__)
_LOOK_SECONDS: Final = 0.2
"""Between two looks whether the service stops, or the time is up."""


def ignore() -> None:
    """For callers that need no notice of a slow inspection."""


@dataclass(frozen=True)
class Question:
    """What a sandbox is asked.

    Attributes:
        name: one of the questions of ``steps/sandbox/untrusted.py``, and ``given`` its arguments.
        limits: what the sandbox may use.
        quick_seconds: processor time after which the inspection counts as slow.
        preload: modules that the sandbox imports before.
    """

    name: str
    given: dict[str, Any]
    limits: Limits
    quick_seconds: float
    preload: tuple[str, ...] = ()


class Slots:
    """Sandboxes and the slots for them. ``stopping`` ends all running inspections."""

    def __init__(self, stopping: threading.Event | None = None) -> None:
        self._stopping = stopping or threading.Event()
        self._closed = False
        self._quick = threading.Semaphore(policies.INSPECTIONS_AT_ONCE)
        self._slow = threading.Semaphore(shared_policies.SLOW_INSPECTIONS_AT_ONCE)
        self._waiting = 0
        self._lock = threading.Lock()
        self._idle: list[Sandbox] = []

    def abort(self) -> None:
        """Let running inspections end, and begin no others."""
        self._closed = True

    def close(self) -> None:
        """End the sandboxes that nobody uses."""
        with self._lock:
            idle, self._idle = self._idle, []
        for sandbox in idle:
            sandbox.close()

    def ask(self, question: Question, *, on_slow: Callable[[], None] = ignore, waits: bool = True) -> dict[str, Any]:
        """Answer a question in a sandbox. ``on_slow`` is called when it leaves its quick slot.

        ``waits``: for a slow slot without a time limit.
        Raises: IntakeRefused, StoreUnavailable, OSError, as ``Inspections.probe``.
        """
        slow_place = False
        sandbox = None
        try:
            with self._place(self._quick):
                sandbox = self._sandbox()
                self._begin(sandbox, question)
                ended = self._wait_quickly(sandbox, question.quick_seconds)
                if ended is None and not self._is_over():
                    on_slow()
                    slow_place = self._slow.acquire(blocking=False)
                    (sandbox.demote if slow_place else sandbox.kill)()
            if ended is None and not self._is_over():
                if not slow_place:
                    self._wait_for_slow_place(waits)
                    slow_place = True
                    self._begin(sandbox, question, demoted=True)
                ended = sandbox.wait(float("inf"), self._is_over)
            return self._understood(ended, sandbox, question.preload)
        finally:
            if slow_place:
                self._slow.release()
            if sandbox is not None:
                self._give_back(sandbox)

    def _begin(self, sandbox: Sandbox, question: Question, *, demoted: bool = False) -> None:
        try:
            sandbox.begin(question.name, question.given, question.limits, preload=question.preload, demoted=demoted)
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
        if ended.has_no_answer and not sandbox.works(modules, self._is_over):
            self._require_going_on()
            raise broken(how)
        if ended.was_killed:
            raise inspection_killed()
