"""The loopback services in a separate process."""

import json
import subprocess
import sys
import time
from pathlib import Path

from meeting_pipeline_tests.fakes.control import Providers, Receiver


def test_the_services_start_answer_and_end_on_a_signal(tmp_path: Path) -> None:
    file = tmp_path / "ports.json"
    words = [sys.executable, "-m", "meeting_pipeline_tests.fakes", "--port-file", str(file), "--with-parent"]
    process = subprocess.Popen(words)
    try:
        deadline = time.monotonic() + 60
        while not file.exists():
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.05)
        ports = json.loads(file.read_text())
        with Providers(ports["assemblyai"]) as providers, Receiver(ports["receiver"]) as receiver:
            assert providers.ledger()["uploads"] == []
            assert receiver.received() == []
            assert providers.environment()["OPENAI_BASE_URL"] == ports["openai"]
        process.terminate()
        assert process.wait(120) == 0
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
