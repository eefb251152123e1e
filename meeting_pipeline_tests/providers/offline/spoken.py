"""The shipped spoken sample as test material: its sound, and who actually says what."""

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

import meeting_pipeline.demo.sample
from meeting_pipeline.media.decoding import decode_pcm16k_mono
from meeting_pipeline.providers.offline.segmentation import Stretch, stretches

FOLDER = Path(meeting_pipeline.demo.sample.__file__).parent
RECORDING = FOLDER / "meeting.webm"


@lru_cache(maxsize=1)
def script() -> dict[str, Any]:
    """The script, including what was actually agreed."""
    content: dict[str, Any] = json.loads((FOLDER / "meeting.json").read_text(encoding="utf-8"))
    return content


@lru_cache(maxsize=1)
def turns() -> tuple[tuple[str, Stretch], ...]:
    """The speaker and the sound of each turn in the script. The long pauses in the sample are only between turns."""
    found = list(stretches(decode_pcm16k_mono(RECORDING)))
    speakers = [turn["speaker"] for turn in script()["turns"]]
    assert len(found) == len(speakers)
    return tuple(zip(speakers, found, strict=True))


def sound_of(*names: str) -> list[tuple[str, np.ndarray]]:
    """The turns of these speakers, in order."""
    return [(name, stretch.samples) for name, stretch in turns() if name in names]
