"""The list of providers. To add one, add a module to this package and one line here.

The first provider that is set up is used, unless a setting names one; the offline engine needs no key and comes last. Must not go
here: anything specific to one provider.
"""

import importlib
from collections.abc import Mapping
from typing import Any, Final, TypeVar

from meeting_pipeline.providers.spec import AnalystSpec, ProviderSpec, SpeechSpec

S = TypeVar("S", bound=ProviderSpec[Any])
SPEECH_MODULES: Final[dict[str, str]] = {
    "assemblyai": "meeting_pipeline.providers.assemblyai",
    "openai": "meeting_pipeline.providers.openai_speech.adapter",
    "whisper": "meeting_pipeline.providers.whisper.speech_to_text",
    "offline": "meeting_pipeline.providers.offline.speech_to_text",
}
"""Transcription providers in order of preference: name -> module with its ``SPEECH: SpeechSpec``."""
ANALYST_MODULES: Final[dict[str, str]] = {
    "openai": "meeting_pipeline.providers.openai",
    "offline": "meeting_pipeline.providers.offline.analyst",
}
"""Analysts in order of preference: name -> module with its ``ANALYST: AnalystSpec``."""


def speech_spec(name: str) -> SpeechSpec | None:
    """Return the transcription provider with this name; imports only its module."""
    return _spec(SPEECH_MODULES[name], SpeechSpec, "SPEECH") if name in SPEECH_MODULES else None


def speech_specs() -> Mapping[str, SpeechSpec]:
    """Return the transcription providers by name, in order of preference."""
    return {name: _spec(module, SpeechSpec, "SPEECH") for name, module in SPEECH_MODULES.items()}


def analyst_specs() -> Mapping[str, AnalystSpec]:
    """Return the analysts by name, in order of preference."""
    return {name: _spec(module, AnalystSpec, "ANALYST") for name, module in ANALYST_MODULES.items()}


def all_specs() -> list[ProviderSpec[Any]]:
    """Return all specs. The offline engine is both kinds, so it appears twice."""
    return [*speech_specs().values(), *analyst_specs().values()]


def _spec(module: str, kind: type[S], name: str) -> S:
    found = getattr(importlib.import_module(module), name)
    if not isinstance(found, kind):
        raise TypeError(f"{module}.{name} is no {kind.__name__}")
    return found
