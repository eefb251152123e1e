"""The fixture of this package. Must not go here: helpers (``talks.py``)."""

from pathlib import Path

import pytest

from meeting_pipeline.installation import Installation
from meeting_pipeline.providers import speaker_voices
from meeting_pipeline_tests.fakes.voice_engine import ToneEngine
from meeting_pipeline_tests.installations import OpenWith


@pytest.fixture
def opened(open_with: OpenWith, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Installation:
    """An installation that compares voices, with an engine that is made up."""
    model = tmp_path / "voices.onnx"
    model.write_bytes(b"a model")
    monkeypatch.setattr(speaker_voices, "_engine", lambda _: ToneEngine())
    return open_with(MEETING_PIPELINE_VOICES_MODEL=str(model), MEETING_PIPELINE_VOICES_THRESHOLD="0.8")
