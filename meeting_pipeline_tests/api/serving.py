"""The HTTP service as a separate process on a separate home, without the rest of the system.

Belongs here: starting it and providing its address. Must not go here: expected responses.
"""

import os
import re
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from meeting_pipeline.settings import VARIABLES
from meeting_pipeline_tests.scenario.system import _end_with_the_tests

_START_SECONDS = 600.0
_STOP_SECONDS = 300.0


@dataclass(frozen=True)
class Served:
    """A running service."""

    url: str
    process: subprocess.Popen[bytes]
    log: Path

    def end(self) -> float:
        """Send SIGTERM; returns how long the service took to end, in seconds."""
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(_STOP_SECONDS)
        return time.monotonic() - began


def service_environment(home: Path, more: Mapping[str, str] | None = None) -> dict[str, str]:
    """An environment without this machine's settings and without a proxy."""
    ours = set(VARIABLES.values())
    kept = {name: value for name, value in os.environ.items() if name not in ours and "proxy" not in name.lower()}
    return {**kept, "MEETING_PIPELINE_HOME": str(home), "MEETING_PIPELINE_API_PORT": "0", **(more or {})}


@contextmanager
def served(
    home: Path, environment: Mapping[str, str] | None = None, *, open_files: int | None = None
) -> Iterator[Served]:
    """Run the service while the block runs. The home's database must have the newest schema.

    ``open_files``: the hard limit of open files for the service.
    """

    def prepare() -> None:
        _end_with_the_tests()
        if open_files is not None:
            resource.setrlimit(resource.RLIMIT_NOFILE, (open_files, open_files))

    log = home / "service.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "meeting_pipeline.api.server"],
            env=service_environment(home, environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            preexec_fn=prepare,
        )
    try:
        yield Served(_wait(process, log), process, log)
    finally:
        process.kill()
        process.wait()


def _wait(process: subprocess.Popen[bytes], log: Path) -> str:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        found = re.search(r"serving on (http://\S+)", log.read_text())
        if found is not None:
            url = found[1]
            try:
                if httpx.get(f"{url}/healthz", trust_env=False, timeout=_START_SECONDS).is_success:
                    return url
            except httpx.HTTPError:
                pass
        time.sleep(0.1)
    raise AssertionError(f"the service did not start:\n{log.read_text()}")
