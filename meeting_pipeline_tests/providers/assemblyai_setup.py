"""Shared by the tests of the AssemblyAI adapter: an adapter for the loopback service, and a recording."""

from datetime import UTC, datetime
from pathlib import Path

from meeting_pipeline.providers.assemblyai import AssemblyAI, Timeouts
from meeting_pipeline.providers.ports import Audio
from meeting_pipeline_tests.fakes.control import Providers

MODELS = ("universal-3-5-pro", "universal-2")
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
LIST, CREATE, ONE, UPLOAD = "GET /v2/transcript", "POST /v2/transcript", "GET /v2/transcript/*", "POST /v2/upload"


def adapter(providers: Providers, *, key: str | None = None, **limits: float) -> AssemblyAI:
    """The adapter, connected to the loopback service."""
    return AssemblyAI(
        api_key=providers.assemblyai_key if key is None else key,
        base_url=providers.assemblyai_url,
        speech_models=MODELS,
        timeouts=Timeouts(**limits),
    )


def recording(folder: Path, content: bytes = b"some audio") -> Audio:
    """A stored recording with these bytes."""
    path = folder / "recording.wav"
    path.write_bytes(content)
    return Audio(media_path=path, transcript_path=None, duration_ms=60_000)


def ordered(speech: AssemblyAI, audio: Audio) -> str:
    """Upload and order with plain options. Returns the provider's order id."""
    options = speech.options(language=None, keyterms=(), speakers_expected=None)
    return speech.order(speech.upload(audio), options)
