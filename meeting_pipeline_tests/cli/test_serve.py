"""`serve` runs only the HTTP service; without a key, neither it nor `up` listens beyond this machine."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from meeting_pipeline_tests.api.serving import service_environment
from meeting_pipeline_tests.scenario.system import _end_with_the_tests

PROGRAM = [sys.executable, "-m", "meeting_pipeline"]


@pytest.mark.parametrize("command", ["serve", "up"])
def test_beyond_this_machine_nothing_is_served_without_a_key(tmp_path: Path, command: str) -> None:
    odd = {"MEETING_PIPELINE_API_HOST": "0.0.0.0", "MEETING_PIPELINE_UI_PORT": "0"}
    environment = service_environment(tmp_path / "home", odd)
    subprocess.run([*PROGRAM, "init"], env=environment, check=True, timeout=300)
    ended = subprocess.run([*PROGRAM, command], env=environment, capture_output=True, text=True, timeout=300)
    assert ended.returncode == 2
    assert "api_key_needed" in ended.stderr
    assert "meeting-pipeline keys create" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_the_service_alone_serves_what_init_made_and_ends_in_order(tmp_path: Path) -> None:
    subprocess.run([*PROGRAM, "init"], env=service_environment(tmp_path / "home"), check=True, timeout=300)
    log = tmp_path / "serve.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*PROGRAM, "serve"],
            env=service_environment(tmp_path / "home"),
            stdout=output,
            stderr=subprocess.STDOUT,
            preexec_fn=_end_with_the_tests,
        )
    try:
        deadline = time.monotonic() + 120
        while "serving on " not in log.read_text():
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.1)
        url = log.read_text().partition("serving on ")[2].split()[0]
        assert httpx.get(f"{url}/v1/recordings", timeout=60, trust_env=False).json()["recordings"] == []
        process.send_signal(signal.SIGTERM)
        assert process.wait(300) == 0
    finally:
        process.kill()
        process.wait()
