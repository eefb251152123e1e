"""Which provider does the work of this installation: the paid ones where a key is set, else the offline engine.

A transcript export that came with a recording is used instead of any provider. Simulated providers are never chosen
here: tests and rehearsals point the base URLs at one. Must not go here: anything a provider does.
"""

import functools
from typing import Final

from meeting_pipeline.domain.errors import OperatorError
from meeting_pipeline.providers.ports import Analyst, SpeechToText
from meeting_pipeline.providers.registry import analyst_specs, speech_spec, speech_specs
from meeting_pipeline.providers.spec import AnalystSpec, Limits, SpeechSpec
from meeting_pipeline.settings import Settings

IMPORTED: Final = "imported"
"""Transcript exports: no provider of the settings, and never asked for a recording that has none."""
_MS_PER_HOUR: Final = 3_600_000


class SpeechProviders:
    """The transcription providers of an installation, each made on first use."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def choose(self, *, has_transcript: bool) -> SpeechToText:
        """Who transcribes a recording: its own transcript export, or the installation's provider."""
        return self.named(IMPORTED if has_transcript else speech_in_use(self._settings).name)

    def named(self, name: str) -> SpeechToText:
        """The provider that an order was placed with. Raises: OperatorError ``provider_not_configured``."""
        return self._made(name)

    def limits(self, name: str) -> Limits:
        """What this provider takes."""
        spec = speech_spec(name)
        return spec.limits if spec is not None else Limits()

    def cost_usd(self, name: str, duration_ms: int) -> float:
        """What so much audio costs at this provider, by the settings."""
        spec = speech_spec(name)
        return spec.usd_per_hour(self._settings) * duration_ms / _MS_PER_HOUR if spec is not None else 0.0

    @functools.cache  # noqa: B019 - one object per process, made once
    def _made(self, name: str) -> SpeechToText:
        if name == IMPORTED:
            from meeting_pipeline.providers.imported.adapter import ImportedTranscripts

            return ImportedTranscripts()
        spec = speech_spec(name)
        if spec is None or not spec.set_up(self._settings):
            raise provider_not_configured(name)
        return spec.make(self._settings)


def provider_not_configured(name: str) -> OperatorError:
    """An order exists at a provider whose key is gone from the settings."""
    return OperatorError(
        "provider_not_configured",
        f"A transcription was ordered from {name}, and no key for {name} is set now.",
        "Set the provider's key again (docs/reference/settings.md): the recording resumes automatically.",
    )


def speech_in_use(settings: Settings) -> SpeechSpec:
    """Who transcribes in this installation."""
    return next(spec for spec in speech_specs().values() if spec.set_up(settings))


def analyst_in_use(settings: Settings) -> AnalystSpec:
    """Who extracts insights in this installation."""
    return next(spec for spec in analyst_specs().values() if spec.set_up(settings))


def speech_to_text(settings: Settings) -> SpeechToText:
    """The installation's transcription provider."""
    return SpeechProviders(settings).choose(has_transcript=False)


def analyst(settings: Settings) -> Analyst:
    """Who extracts insights: a language model that is set up, else the offline rules."""
    return analyst_in_use(settings).make(settings)
