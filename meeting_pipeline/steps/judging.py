"""Judging a copy before it is admitted: here, or in a process of its own for those who must outlive a hostile file.

A decoder may crash, loop or eat memory over a file that was made for it. A run of intake is repaired when it dies; the HTTP
service serves others meanwhile. So it has files judged apart: with limits on processor time, memory and the clock, by a
process that ends with it. Must not go here: what a good recording is (``media/inspection.py``).
"""

import json
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable

from meeting_pipeline import policies
from meeting_pipeline.domain.errors import IntakeRefused, StoreUnavailable
from meeting_pipeline.domain.models import MediaFacts
from meeting_pipeline.steps import judging_alone
from meeting_pipeline.steps.judging_alone import Judged, judge_files
from meeting_pipeline.steps.staging import StagedCopy

__all__ = ["Judge", "Judged", "judge", "judge_apart"]
_log = logging.getLogger(__name__)
Judge = Callable[[StagedCopy], Judged]
_LOOK_SECONDS = 0.2
_ASKED_TO_END = (-signal.SIGINT, -signal.SIGTERM)
"""How a decoder ends that was stopped together with all others; a hostile file ends it in other ways."""
_ADVICE = "Open it in a player; if it plays, export it again as M4A or MP3."


def judge(copy: StagedCopy) -> Judged:
    """Decode and measure a copy, in this process. Raises: IntakeRefused."""
    return judge_files(copy.main, copy.transcript)


def judge_apart(copy: StagedCopy, stopping: threading.Event) -> Judged:
    """Decode and measure a copy in a process of its own, which is ended when ``stopping`` is set.

    Raises: IntakeRefused, also ``undecodable`` for a file that crashes or outlasts its decoder; StoreUnavailable
        ``stopping``.
    """
    command = [sys.executable, "-m", judging_alone.__name__, str(os.getpid()), str(copy.main)]
    command += [str(copy.transcript)] if copy.transcript else []
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True
    ) as child:
        try:
            said = _output(child, stopping)
        finally:
            child.kill()
    return _understood(said)


def _output(child: "subprocess.Popen[bytes]", stopping: threading.Event) -> bytes:
    """What the child prints: a line, so that it never waits for us to read."""
    ends = time.monotonic() + policies.INSPECTION_SECONDS
    while True:
        try:
            said = child.communicate(timeout=_LOOK_SECONDS)[0]
        except subprocess.TimeoutExpired:
            if stopping.is_set():
                raise _stopping() from None
            if time.monotonic() > ends:
                return b""
            continue
        if not said and (stopping.is_set() or child.returncode in _ASKED_TO_END):
            raise _stopping()  # it says nothing about the file
        return said


def _stopping() -> StoreUnavailable:
    return StoreUnavailable("stopping", "The service is being stopped.", "Send it again.")


def _understood(said: bytes) -> Judged:
    try:
        answer = json.loads(said)
    except ValueError:  # it died over the file, or was ended
        answer = {"failed": "died"}
    if "failed" in answer:
        _log.warning("a file was not decoded: the decoder ended with %s", answer["failed"])
        raise IntakeRefused("undecodable", "The file cannot be decoded with reasonable time and memory.", _ADVICE)
    if "code" in answer:
        raise IntakeRefused(answer["code"], answer["message"], answer["advice"])
    facts = MediaFacts.model_validate(answer["facts"]) if answer["facts"] else None
    return Judged(facts, int(answer["duration_ms"]))
