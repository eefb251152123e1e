"""What the fork server loads for all workers: complete, and without anything that a fork would lose."""

import subprocess
import sys

import pytest

PROGRAM = """
import os, sys, threading
from meeting_pipeline.providers.preloading import load_before_forks
load_before_forks()
assert threading.active_count() == 1
if os.path.isdir("/proc/self/task"):
    assert len(os.listdir("/proc/self/task")) == 1
before = set(sys.modules)
from meeting_pipeline.settings import load_settings
from meeting_pipeline.providers.openai_api import _client
from meeting_pipeline.providers.selection import analyst
given = {"OPENAI_API_KEY": "k", "OPENAI_BASE_URL": "http://127.0.0.1:9/v1", "MEETING_PIPELINE_HOME": sys.argv[1]}
settings = load_settings(given)
client = _client(settings)
client.responses, client.chat.completions, analyst(settings)
print(*sorted(name for name in set(sys.modules) - before if name.split(".")[0] in ("openai", "httpx2", "httpcore2", "anyio")))
"""


@pytest.mark.processes
def test_a_worker_finds_the_language_models_library_loaded(tmp_path: object) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path)], capture_output=True, text=True, check=False, timeout=300
    )
    assert (done.returncode, done.stdout.strip()) == (0, ""), done.stderr
