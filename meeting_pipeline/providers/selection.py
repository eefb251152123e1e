"""Which provider does the work of this installation: the paid ones where a key is set, else the offline engine.

A transcript export that came with a recording is used instead of any provider. Simulated providers are never chosen
here: tests and rehearsals point the base URLs at one. Must not go here: anything a provider does.
"""

import functools

from meeting_pipeline.domain.errors import OperatorError
from meeting_pipeline.providers.ports import Analyst, SpeechToText
from meeting_pipeline.settings import Settings


class SpeechProviders:
    """The transcription providers of an installation, each made on first use."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def choose(self, *, has_transcript: bool) -> SpeechToText:
        """Who transcribes a recording: its own transcript export, or the installation's provider."""
        if has_transcript:
            return self.named("imported")
        return self.named("assemblyai" if self._settings.assemblyai_api_key is not None else "offline")

    def named(self, name: str) -> SpeechToText:
        """The provider that an order was placed with."""
        return self._made(name)

    @functools.cache  # noqa: B019 - one object per process, made once
    def _made(self, name: str) -> SpeechToText:
        if name == "imported":
            from meeting_pipeline.providers.imported.adapter import ImportedTranscripts

            return ImportedTranscripts()
        if name == "assemblyai" and self._settings.assemblyai_api_key is not None:
            from meeting_pipeline.providers.assemblyai import AssemblyAI

            return AssemblyAI(
                api_key=self._settings.assemblyai_api_key.get_secret_value(),
                base_url=self._settings.assemblyai_base_url,
                speech_models=self._settings.speech_models,
            )
        if name == "offline":
            from meeting_pipeline.providers.offline.speech_to_text import OfflineSpeechToText

            return OfflineSpeechToText()
        raise provider_not_configured(name)


def provider_not_configured(name: str) -> OperatorError:
    """An order exists at a provider whose key is gone from the settings."""
    return OperatorError(
        "provider_not_configured",
        f"A transcription was ordered from {name}, and no key for {name} is set now.",
        "Set the provider's key again (docs/reference/settings.md): the recording goes on by itself.",
    )


def speech_to_text(settings: Settings) -> SpeechToText:
    """The installation's transcription provider."""
    return SpeechProviders(settings).choose(has_transcript=False)


def analyst(settings: Settings) -> Analyst:
    """Who extracts insights: OpenAI (or a compatible server) with a key, else the offline rules."""
    if settings.openai_api_key is not None:
        from meeting_pipeline.providers.openai import OpenAIAnalyst

        return OpenAIAnalyst(settings)
    from meeting_pipeline.providers.offline.analyst import OfflineAnalyst

    return OfflineAnalyst()
