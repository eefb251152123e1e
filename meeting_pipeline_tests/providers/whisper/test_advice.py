"""People without a key and without a model learn what a model would change: from `doctor`, the demo and the page."""

from pathlib import Path

import pytest

import meeting_pipeline
from meeting_pipeline.cli.checkup import services
from meeting_pipeline.cli.checkup.findings import Level
from meeting_pipeline.demo.report import minutes
from meeting_pipeline.domain.provenance import Provenance
from meeting_pipeline.providers.whisper.advice import SPEECH_MODEL_ADVICE
from meeting_pipeline.settings import load_settings
from meeting_pipeline_tests.domain.meetings import meeting, stamps
from meeting_pipeline_tests.providers.whisper.hub import CONTENT

PAGE = Path(meeting_pipeline.__file__).parent / "api" / "page" / "meeting.js"


def test_doctor_says_it(tmp_path: Path) -> None:
    (found,) = services.transcription(load_settings({"MEETING_PIPELINE_HOME": str(tmp_path)}))
    assert found.level is Level.WARN
    assert SPEECH_MODEL_ADVICE in found.advice
    assert "ASSEMBLYAI_API_KEY" in found.advice


def test_doctor_says_what_is_wrong_with_a_model(tmp_path: Path) -> None:
    for name in CONTENT:
        (tmp_path / name).write_bytes(b"" if name == "config.json" else b"x")
    (found,) = services.transcription(load_settings({"WHISPER_MODEL_DIR": str(tmp_path)}))
    assert found.level is Level.FAIL
    assert "model_damaged" in found.message
    assert "models fetch" in found.advice


@pytest.mark.parametrize(("provider", "said"), [("offline", True), ("whisper", False)])
def test_the_demo_says_it_where_there_is_no_model(provider: str, said: bool) -> None:
    draft = meeting(stamps=stamps(Provenance(provider=provider, model="m", draft=True)))
    assert (SPEECH_MODEL_ADVICE in "\n".join(minutes([draft]))) is said


def test_the_page_says_it_in_the_same_words() -> None:
    script = PAGE.read_text(encoding="utf-8").replace('" +\n  "', "")
    assert SPEECH_MODEL_ADVICE in script
    assert script.count("SPEECH_MODEL_ADVICE") == 2
