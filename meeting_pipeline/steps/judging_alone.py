"""What a file is: decoded and measured, with nothing of the store loaded. Also the process of ``judging.judge_apart``.

Must not go here: what a good recording is (``media/inspection.py``), who waits for the answer (``judging.py``).
"""

import json
import os
import resource
import signal
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from meeting_pipeline import policies
from meeting_pipeline.domain.errors import IntakeRefused
from meeting_pipeline.domain.models import MediaFacts
from meeting_pipeline.media.formats import is_media


@dataclass(frozen=True)
class Judged:
    """What a copy is. ``facts`` are those of the media; ``None`` for a transcript alone."""

    facts: MediaFacts | None
    duration_ms: int


def judge_files(main: Path, transcript: Path | None) -> Judged:
    """``transcript`` is ``main`` for an export that came alone. Raises: IntakeRefused."""
    from meeting_pipeline.providers.imported.reading import read_transcript

    read = read_transcript(transcript) if transcript else None
    if is_media(main):
        from meeting_pipeline.media.inspection import inspect_media

        facts = inspect_media(main)
        return Judged(facts, facts.duration_ms)
    if read is None:
        raise ValueError("neither a recording nor a transcript")  # ``require_kind`` has let it through
    return Judged(None, read.duration_ms)


def main() -> None:
    """The process of ``judge_apart``: arguments are its parent's id, the recording and perhaps a transcript."""
    parent, *paths = sys.argv[1:]
    _limit_myself()
    threading.Thread(target=_end_with, args=(int(parent),), daemon=True).start()
    files = [Path(path) for path in paths]
    is_alone = not is_media(files[0])
    try:
        found = judge_files(files[0], files[0] if is_alone else files[1] if len(files) > 1 else None)
        answer: dict[str, Any] = {
            "facts": found.facts.model_dump() if found.facts else None,
            "duration_ms": found.duration_ms,
        }
    except IntakeRefused as error:
        answer = {"code": error.code, "message": error.message, "advice": error.advice}
    except Exception as error:  # noqa: BLE001 - out of memory, or a bug: told by its name alone, it may quote the file
        answer = {"failed": type(error).__name__}
    sys.stdout.write(json.dumps(answer))


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1.0)
    os.kill(os.getpid(), signal.SIGKILL)


def _limit_myself() -> None:
    """Limits that the kernel keeps. Where it has none of a kind, the clock of the parent remains."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # each of its threads takes address space
    limits = (
        (resource.RLIMIT_CPU, policies.INSPECTION_CPU_SECONDS),
        (resource.RLIMIT_AS, policies.INSPECTION_MEMORY_BYTES),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    )
    for kind, value in limits:
        with suppress(OSError, ValueError):
            resource.setrlimit(kind, (value, value))


if __name__ == "__main__":
    main()
