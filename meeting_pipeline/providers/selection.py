"""Choose the providers of an installation: the paid ones if a key is set, otherwise those that work on this machine.

A transcript export submitted with a recording replaces the transcription provider. Simulated providers are never chosen
here: tests and rehearsals point the base URLs at one. Must not go here: anything a provider does.
"""

import functools
from typing import Final

from meeting_pipeline.domain.errors import OperatorError
from meeting_pipeline.domain.recording import TranscriptionOptions
from meeting_pipeline.providers.audio_prices import HourPrice
from meeting_pipeline.providers.embedder import Embedder
from meeting_pipeline.providers.embedding_setup import is_on
from meeting_pipeline.providers.llm_ports import Analyst, QuestionModel
from meeting_pipeline.providers.ports import SpeechToText
from meeting_pipeline.providers.registry import analyst_specs, speech_spec, speech_specs
from meeting_pipeline.providers.spec import AnalystSpec, Limits, SpeechSpec
from meeting_pipeline.settings import VARIABLES, Settings

AUTO: Final = "auto"
OFF: Final = "off"
IMPORTED: Final = "imported"
"""Name for transcript exports. Not a configured provider; used only for recordings that have an export."""


class SpeechProviders:
    """The transcription providers of an installation, each created on first use."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def choose(self, *, has_transcript: bool) -> SpeechToText:
        """Return the provider for a recording: its transcript export, or the installation's provider."""
        return self.named(IMPORTED if has_transcript else speech_in_use(self._settings).name)

    def second(self) -> SpeechToText | None:
        """Return who transcribes during an outage of the installation's provider; ``None``: nobody."""
        spec = second_speech(self._settings)
        return None if spec is None else self.named(spec.name)

    def named(self, name: str) -> SpeechToText:
        """Return the provider with which an order was placed. Raises: OperatorError ``provider_not_configured``."""
        return self._made(name)

    def limits(self, name: str) -> Limits:
        """Return the provider's limits."""
        spec = speech_spec(name)
        return spec.limits if spec is not None else Limits()

    def is_in_parts(self, name: str) -> bool:
        """Whether the provider answers part by part: it has no orders."""
        spec = speech_spec(name)
        return spec is not None and spec.in_parts

    def redacts(self, name: str) -> bool:
        """Whether the provider can remove personal data."""
        spec = speech_spec(name)
        return spec is not None and spec.redacts

    def price(self, name: str, options: TranscriptionOptions, model: str | None = None) -> HourPrice:
        """Return the price of an hour of audio at this provider. ``model``: the one that it used, once it has said so."""
        spec = speech_spec(name)
        return HourPrice(0.0) if spec is None else spec.hour_price(self._settings, options, model)

    @functools.cache  # noqa: B019 - one object per process, made once
    def _made(self, name: str) -> SpeechToText:
        if name == IMPORTED:
            from meeting_pipeline.providers.imported.adapter import ImportedTranscripts

            return ImportedTranscripts()
        spec = speech_spec(name)
        if spec is None or (spec.key is not None and not spec.set_up(self._settings)):
            raise provider_not_configured(name)
        return spec.make(self._settings)


def provider_not_configured(name: str) -> OperatorError:
    """Return the error for an order at a provider whose key is no longer set."""
    return OperatorError(
        "provider_not_configured",
        f"A transcription was ordered from {name}, and no key for {name} is set now.",
        "Set the provider's key again (docs/reference/settings.md): the recording resumes automatically.",
    )


def takes_channels(name: str) -> bool:
    """Return whether this transcription provider can transcribe each channel as one speaker."""
    spec = speech_spec(name)
    return spec is not None and spec.multichannel


def speech_in_use(settings: Settings) -> SpeechSpec:
    """Return the installation's transcription provider, as a spec. Raises: OperatorError ``provider_not_configured``."""
    if settings.transcription == AUTO:
        return next(spec for spec in speech_specs().values() if spec.preferred(settings))
    return _named(settings.transcription, "transcription", settings)


def second_speech(settings: Settings) -> SpeechSpec | None:
    """Return who transcribes during an outage of the first; ``None``: nobody.

    Raises: OperatorError ``provider_not_configured``.
    """
    if settings.transcription_second == OFF:
        return None
    second = _named(settings.transcription_second, "transcription_second", settings)
    return None if second.name == speech_in_use(settings).name else second


def require_speech(settings: Settings) -> None:
    """Check the settings that name providers. Raises: OperatorError ``provider_not_configured``."""
    speech_in_use(settings)
    second_speech(settings)


def _named(name: str, field: str, settings: Settings) -> SpeechSpec:
    spec, known = speech_spec(name), speech_specs()
    if spec is not None and spec.set_up(settings):
        return spec
    if spec is None:
        what, needed = "is not a transcription provider", f"Known are: {', '.join(known)}."
    elif spec.key_variable is not None:
        what, needed = "has no key", f"Set {spec.key_variable}, or another provider."
    else:
        what, needed = (
            "is not on this machine",
            "Install what it needs (`meeting-pipeline doctor`), or set another provider.",
        )
    raise OperatorError(
        "provider_not_configured",
        f"{VARIABLES[field]} names {name}, which {what}.",
        needed,
    )


def analyst_in_use(settings: Settings) -> AnalystSpec:
    """Return the installation's analyst, as a spec."""
    return next(spec for spec in analyst_specs().values() if spec.set_up(settings))


def speech_to_text(settings: Settings) -> SpeechToText:
    """Return the installation's transcription provider."""
    return SpeechProviders(settings).choose(has_transcript=False)


def analyst(settings: Settings) -> Analyst:
    """Return the installation's analyst: a language model if one is set up, otherwise the offline rules."""
    return analyst_in_use(settings).make(settings)


def question_model(settings: Settings) -> QuestionModel | None:
    """Return what answers people's questions; ``None`` if the installation's analyst is not a language model."""
    make = analyst_in_use(settings).answers
    return make(settings) if make is not None else None


def embedder(settings: Settings) -> Embedder | None:
    """Return what turns texts into vectors; ``None`` if search by meaning is off."""
    if not is_on(settings):
        return None
    from meeting_pipeline.providers.openai_embeddings import OpenAIEmbeddings

    return OpenAIEmbeddings(settings)
