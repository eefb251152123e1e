"""``doctor`` checks who transcribes, and who stands in."""

import pytest

from meeting_pipeline.cli.checkup.findings import Level
from meeting_pipeline.cli.checkup.services import transcription
from meeting_pipeline.settings import load_settings
from meeting_pipeline_tests.fakes.control import Providers


def said(environment: dict[str, str]) -> list[tuple[Level, str]]:
    return [(found.level, str(found)) for found in transcription(load_settings(environment))]


def test_a_transcription_server_is_asked_for_its_models(providers: Providers) -> None:
    providers.settings(extra_models=["whisper-1"])
    [(level, line)] = said(providers.speech_environment(OPENAI_TRANSCRIPTION_MODEL="whisper-1"))
    assert level is Level.OK
    assert "has the model whisper-1" in line
    [(level, line)] = said(providers.speech_environment(OPENAI_TRANSCRIPTION_MODEL="whisper-9"))
    assert level is Level.FAIL
    assert "OPENAI_TRANSCRIPTION_MODEL" in line


def test_the_second_choice_is_checked_too(providers: Providers) -> None:
    environment = {**providers.environment(), "MEETING_PIPELINE_TRANSCRIPTION_SECOND": "openai"}
    levels = [level for level, _ in said({**environment, "OPENAI_TRANSCRIPTION_MODEL": "nothing"})]
    assert levels == [Level.OK, Level.FAIL]


@pytest.mark.parametrize("variable", ["MEETING_PIPELINE_TRANSCRIPTION", "MEETING_PIPELINE_TRANSCRIPTION_SECOND"])
def test_a_provider_that_is_named_and_not_set_up_is_a_failure_with_what_to_set(variable: str) -> None:
    [(level, line)] = said({variable: "assemblyai"})
    assert level is Level.FAIL
    assert variable in line
    assert "ASSEMBLYAI_API_KEY" in line


def test_a_server_that_is_not_there_is_a_failure() -> None:
    [(level, line)] = said({"OPENAI_TRANSCRIPTION_BASE_URL": "http://127.0.0.1:9/v1"})
    assert level is Level.FAIL
    assert "OPENAI_TRANSCRIPTION_BASE_URL" in line
