"""Waiting for transcription servers that others wrote. Must not go here: how each is started."""

import subprocess
import time
from pathlib import Path

import httpx
import pytest

START_SECONDS = 240.0


def wait_until_it_answers(process: "subprocess.Popen[bytes]", url: str, log: Path) -> None:
    """Return once a ``GET`` succeeds. Fails with the end of the log if the process ends, or takes too long."""
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            if httpx.get(url, timeout=5, trust_env=False).is_success:
                return
        except httpx.TransportError:
            time.sleep(0.2)
    pytest.fail(f"the server did not start:\n{log.read_text(errors='replace')[-2000:]}")
