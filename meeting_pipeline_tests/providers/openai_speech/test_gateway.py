"""The adapter speaks to a server that others wrote: LiteLLM's proxy, which passes recordings on to the loopback OpenAI.

`make gateway` installs it into an environment of its own and runs this; it has two hundred packages, so nothing else does.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from meeting_pipeline.media.encoding import encoded
from meeting_pipeline.providers.openai_speech.adapter import OpenAITranscription
from meeting_pipeline.providers.openai_speech.server import Server
from meeting_pipeline.providers.parts.port import PartLimits
from meeting_pipeline.supervisor.bind_address import free_port
from meeting_pipeline_tests.fakes.control import Providers
from meeting_pipeline_tests.providers.openai_speech.servers import wait_until_it_answers
from meeting_pipeline_tests.sounds import conversation

PROGRAM = Path(os.environ.get("MEETING_PIPELINE_TEST_GATEWAY", ".venv-gateway/bin/litellm"))
MODELS = ("whisper-1", "gpt-4o-transcribe-diarize")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.processes,
    pytest.mark.skipif(not PROGRAM.is_file(), reason="LiteLLM is not installed; `make gateway` brings it"),
]


@pytest.fixture
def gateway(providers: Providers, tmp_path: Path) -> Iterator[str]:
    """The address of a running proxy in front of the loopback providers."""
    served = [
        {"model_name": model, "litellm_params": {"model": f"openai/{model}", "api_base": providers.openai_url}}
        for model in MODELS
    ]
    (tmp_path / "config.yaml").write_text(json.dumps({"model_list": served}), encoding="utf-8")
    port = free_port("127.0.0.1")
    environment = {
        **os.environ,
        "OPENAI_API_KEY": providers.openai_key,
        "LITELLM_TELEMETRY": "False",
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",  # it would fetch the prices
        "LITELLM_DANGEROUSLY_PERMIT_WEAK_OR_UNSET_MASTER_KEY": "true",
    }
    command = [str(PROGRAM.absolute()), "--config", "config.yaml", "--host", "127.0.0.1", "--port", str(port)]
    log = tmp_path / "gateway.log"
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=output, stderr=subprocess.STDOUT)
    try:
        wait_until_it_answers(process, f"http://127.0.0.1:{port}/health/liveliness", log)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        process.terminate()
        process.wait(300)


@pytest.mark.timeout(400)
def test_a_recording_is_transcribed_through_a_gateway(gateway: str, providers: Providers) -> None:
    sound = encoded(conversation([(0, 12.0)]), "mp3")
    for model in MODELS:
        limits = PartLimits(1_200_000, 24 * 1024**2, "mp3")
        speech = OpenAITranscription(Server(gateway, model, SecretStr("sk-any"), 120.0), limits, is_free=False)
        answer = speech.ask(sound, speech.options(language=None, keyterms=(), speakers_expected=None), None)
        assert [one.speaker for one in speech.read(answer.body, 12_000).said] == ["A", "B"]
    assert len(providers.ledger()["speech_calls"]) == len(MODELS)
