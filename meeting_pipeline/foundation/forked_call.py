"""A call in a fork of this process: everything that it imports and opens is gone when it returns.

`up` runs for months and needs the database and its libraries for a second, at its start and at its end. As long as they are
loaded they take more memory than everything else that it does.
Must not go here: what is called.
"""

import os
import pickle
import signal
import traceback
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

from meeting_pipeline.domain.errors import PipelineError
from meeting_pipeline.foundation.parent_death import end_with_parent
from meeting_pipeline.foundation.standard_streams import flush_streams

T = TypeVar("T")


def call_in_fork(work: Callable[[], T], *, has_threads: bool = False) -> T:
    """Call ``work`` in a fork, and return its result, which must be plain data, or raise its exception.

    ``has_threads``: this process has other threads, which a fork would lose, so the call is made here.
    An interrupt of this process ends the fork. Raises: OSError, also for a fork that was killed.
    """
    if has_threads:
        return work()
    reads, writes = os.pipe()
    flush_streams()
    try:
        pid = os.fork()
    except OSError:
        os.close(reads)
        os.close(writes)
        raise
    if pid == 0:
        try:
            os.close(reads)
            end_with_parent()
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            for number in (signal.SIGINT, signal.SIGHUP):  # a terminal sends them to both: the parent ends this fork
                signal.signal(number, signal.SIG_IGN)
            answer = _answer(work)
            with os.fdopen(writes, "wb") as pipe:
                pipe.write(answer)
            flush_streams()
        finally:
            os._exit(0)
    os.close(writes)
    try:
        with os.fdopen(reads, "rb") as pipe:
            answer = pipe.read()
    except BaseException:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
        raise
    finally:
        _, status = os.waitpid(pid, 0)
    if not answer:
        raise ChildProcessError(f"a process ended with {os.waitstatus_to_exitcode(status)} before it had a result")
    found: T = _outcome(answer)
    return found


def _answer(work: Callable[[], object]) -> bytes:
    try:
        return pickle.dumps((work(), None))
    except BaseException as error:  # noqa: BLE001 - whatever it is, the caller gets it
        if not isinstance(error, PipelineError):
            error.add_note(f"In the fork: {traceback.format_exc()}")
        try:
            return pickle.dumps((None, (type(error), error.args, vars(error))))
        except (pickle.PicklingError, TypeError, AttributeError):
            return pickle.dumps((None, (RuntimeError, (traceback.format_exc(),), {})))


def _outcome(answer: bytes) -> Any:
    value, failure = pickle.loads(answer)  # noqa: S301 - from a fork of this process
    if failure is None:
        return value
    kind, arguments, attributes = failure
    error = kind.__new__(kind, *arguments)  # not called: its own arguments may be others
    vars(error).update(attributes)
    raise error
