"""One question to the sandbox: its limits, how it is sent to the process, and how it ended.

Belongs here: the cause of an end without an answer: the file, the environment, or neither. Must not go here: asking
(``sandbox.py``), the available questions (``untrusted.py``), the limits of an inspection
(``steps/intake/inspection_limits.py``).
"""

import json
import logging
import signal
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from meeting_pipeline.domain.errors import StoreUnavailable
from meeting_pipeline.steps.sandbox import policies, sandbox_process

_log = logging.getLogger(__name__)
_STOPPED: Final = tuple(f"signal {int(number)}" for number in (signal.SIGINT, signal.SIGTERM))
"""How a fork ends when the whole service is stopped; a malicious file ends it in other ways."""
_KILLED: Final = f"signal {int(signal.SIGKILL)}"


@dataclass(frozen=True)
class Limits:
    """The limits of one question.

    ``seconds`` is wall-clock time; ``answer_bytes`` is the maximum size of the answer, ``file_bytes`` that of a file which it
    writes: 0 for all questions but two.
    """

    cpu_seconds: int
    seconds: float
    memory_bytes: int = policies.INSPECTION_MEMORY_BYTES
    answer_bytes: int = policies.SANDBOX_ANSWER_BYTES
    file_bytes: int = 0


def encoded(name: str, given: dict[str, Any], limits: Limits, *, preload: Sequence[str], demoted: bool) -> bytes:
    """The question as ``sandbox_process.py`` reads it."""
    question = {
        "name": name,
        "given": given,
        "preload": list(preload),
        "limits": {
            "cpu_seconds": limits.cpu_seconds,
            "seconds": limits.seconds,
            "memory_bytes": limits.memory_bytes,
            "answer_bytes": limits.answer_bytes,
            "file_bytes": limits.file_bytes,
            "nice": policies.INSPECTION_NICE,
            "demoted": demoted,
        },
    }
    return json.dumps(question).encode()


@dataclass(frozen=True)
class Ended:
    """How a question ended: ``answer`` is ``None`` unless ``how`` is ``exit``.

    Other values of ``how``: ``time``, ``output``, ``signal N``, ``killed`` (by us), ``lost`` (the sandbox process itself
    ended) or ``not begun`` (the machine lacked the resources to start).
    """

    how: str
    answer: dict[str, Any] | None = None

    @property
    def was_stopped(self) -> bool:
        """Whether it was stopped together with the whole service: the file is not to blame."""
        return self.how in _STOPPED

    @property
    def was_killed(self) -> bool:
        """Whether it was killed from outside, usually by the kernel for lack of memory. The file may be the cause or not."""
        return self.how in (_KILLED, "lost")

    @property
    def has_no_answer(self) -> bool:
        """Whether it gave no answer and exceeded no limit: the cause may be the file or the environment."""
        if self.answer is None:
            return self.how not in ("time", "output")
        return "failed" in self.answer or "broken" in self.answer

    @property
    def is_broken(self) -> bool:
        """Whether the environment is certainly at fault."""
        return self.how == sandbox_process.NOT_BEGUN or (self.answer is not None and "broken" in self.answer)


def broken(how: str) -> StoreUnavailable:
    """The sandbox cannot read any file at present; no file is to blame. ``how``: a few words for logs."""
    _log.error("files cannot be read: the sandbox does not work (%s)", how)
    return StoreUnavailable(
        "sandbox_broken",
        f"The process that reads files does not work ({how}).",
        "Look at the log, the limits of memory, processes and open files, and whether the program is installed completely; "
        "then restart `up`. The files wait.",
    )
