"""A long recording is bought in parts with memory that does not grow with its length."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from meeting_pipeline.installation import Installation
from meeting_pipeline.media.encoding import encoded
from meeting_pipeline_tests.fakes.control import Providers
from meeting_pipeline_tests.installations import OpenWith, accepted
from meeting_pipeline_tests.sounds import conversation

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

pytestmark = [pytest.mark.slow, pytest.mark.processes, pytest.mark.timeout(1800)]

SHORT_MINUTES, LONG_MINUTES = 13, 90
"""The short one is as long as a part of the long one: a part is in memory."""
GROWTH_BYTES = 48 * 1024**2
"""More than the noise of an allocator, and less than half of what the long recording has more of encoded sound (99 MB)."""
WORKER = """
import json, os, sys
from pathlib import Path
from meeting_pipeline.installation import open_installation
from meeting_pipeline.settings import load_settings
from meeting_pipeline.steps.transcription.collect import obtain

installation = open_installation(load_settings(dict(os.environ)))
key, run_id = sys.argv[1:]
installation.store.lifecycle.begin(key, run_id, collecting=True)
found = obtain(installation, key, run_id, requested_by_user=False)
# Not ru_maxrss: that begins with the memory of the process that started this one.
[line] = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")]
used = int(line.split()[1]) * 1024
print(json.dumps([used, len(found.transcript.segments), found.transcript.segments[-1].end_ms]))
"""


def talk(minutes: int) -> Iterator[NDArray[np.int16]]:
    minute = list(conversation([(0, 14.0), (None, 1.0), (1, 14.0), (None, 1.0)] * 2))
    for _ in range(minutes):
        yield from minute


def worker(installation: Installation, environment: dict[str, str], minutes: int) -> tuple[int, int, int]:
    """Transcribe so many minutes in a worker. Returns its memory in bytes, the segments, and the end of the last in ms."""
    row = accepted(installation, f"{minutes}.flac", encoded(talk(minutes), "flac"))
    installation.store.lifecycle.request_runs(50)
    given = {**os.environ, **environment, "MEETING_PIPELINE_HOME": str(installation.settings.home)}
    done = subprocess.run(
        [sys.executable, "-c", WORKER, row.key, f"run-{minutes}"], env=given, check=True, capture_output=True, text=True
    )
    used: list[Any] = json.loads(done.stdout.splitlines()[-1])
    return used[0], used[1], used[2]


def test_memory_does_not_grow_with_the_recording(open_with: OpenWith, providers: Providers) -> None:
    providers.settings(extra_models=["whisper-1"], speech={"formats": ["verbose_json"]})
    # An hour of FLAC takes nearly as much memory as three hours of MP3, and the work on three hours takes minutes of a processor.
    environment = providers.speech_environment(
        OPENAI_TRANSCRIPTION_MODEL="whisper-1", OPENAI_TRANSCRIPTION_AUDIO="flac"
    )
    installation = open_with(**environment)
    short, *_ = worker(installation, environment, SHORT_MINUTES)
    long, segments, end_ms = worker(installation, environment, LONG_MINUTES)
    print(f"{SHORT_MINUTES} minutes: {short / 1024**2:.0f} MB, {LONG_MINUTES}: {long / 1024**2:.0f} MB")  # noqa: T201 - the measured figures
    assert long - short < GROWTH_BYTES
    assert segments > LONG_MINUTES * 60 / 5 * 0.95
    assert (LONG_MINUTES - 1) * 60_000 < end_ms <= LONG_MINUTES * 60_000
    calls = [call for call in providers.ledger()["speech_calls"] if call["billed"]]
    assert max(call["seconds"] for call in calls) <= 1200
    assert sum(call["bytes"] for call in calls) > 2 * GROWTH_BYTES
    assert len(calls) <= 1 + 9
    assert sum(call["bytes"] for call in calls) > 2 * GROWTH_BYTES, "enough that could have been kept"
