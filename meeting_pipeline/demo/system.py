"""The real system as a child process: ``meeting-pipeline up`` with the demo's home and without any key.

Must not go here: dropping files and waiting for results (``run.py``).
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from meeting_pipeline.domain.errors import OperatorError
from meeting_pipeline.foundation.ownership import Owner, running_owner
from meeting_pipeline.settings import VARIABLES

_START_S = 600.0
"""A start takes about ten seconds, on a busy machine minutes. `up` itself detects a start that can never succeed."""
_LOOK_S = 0.2
"""Between two looks whether it has started: a person waits for it."""
_STOP_S = 30.0
"""`up` gives its own processes 7 s to end; after this long it is killed."""


def demo_environment(home: Path, allow: str) -> dict[str, str]:
    """Return the environment without this user's settings, so that nothing is sent anywhere and nothing is bought."""
    kept = {name: value for name, value in os.environ.items() if name not in VARIABLES.values()}
    return {
        **kept,
        VARIABLES["home"]: str(home),
        VARIABLES["webhook_allow"]: allow,
        VARIABLES["ui_port"]: "0",
        VARIABLES["api_port"]: "0",
    }


@contextmanager
def system_running(home: Path, environment: Mapping[str, str], say: Callable[[str], None]) -> Iterator[Owner]:
    """Run ``up`` until the block ends; ``say`` receives its output until the system is running.

    Raises: OperatorError ``start_failed``, with the end of its output.
    """
    log = home / "up.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "meeting_pipeline", "up"],
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        yield _wait(process, home, log, say)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(process: subprocess.Popen[bytes], home: Path, log: Path, say: Callable[[str], None]) -> Owner:
    deadline = time.monotonic() + _START_S
    with log.open(encoding="utf-8", errors="replace") as printed:
        while time.monotonic() < deadline and process.poll() is None:
            owner = running_owner(home)
            if owner is not None:
                return owner
            for line in iter(printed.readline, ""):
                say(f"  {line.rstrip()}")
            time.sleep(_LOOK_S)
    tail = log.read_text(encoding="utf-8", errors="replace")[-2000:]
    raise OperatorError("start_failed", f"The system did not come up:\n{tail}", f"Read {log} and {home / 'logs'}.")
