"""Which providers there are: a new one is a module beside this one, and one line here.

The first that is set up does the work; the offline engine needs no key, and comes last. Must not go here: anything about one
provider.
"""

import importlib
from collections.abc import Mapping
from typing import Any, Final, TypeVar

from meeting_pipeline.providers.spec import AnalystSpec, ProviderSpec, SpeechSpec

S = TypeVar("S", bound=ProviderSpec[Any])
SPEECH_MODULES: Final[dict[str, str]] = {
    "assemblyai": "meeting_pipeline.providers.assemblyai",
    "offline": "meeting_pipeline.providers.offline.speech_to_text",
}
"""Transcription providers by name, in order of preference: the module of each, with its ``SPEECH: SpeechSpec``."""
ANALYST_MODULES: Final[dict[str, str]] = {
    "openai": "meeting_pipeline.providers.openai",
    "offline": "meeting_pipeline.providers.offline.analyst",
}
"""Those who extract insights likewise, each with its ``ANALYST: AnalystSpec``."""


def speech_spec(name: str) -> SpeechSpec | None:
    """The transcription provider of this name; only its module is loaded."""
    return _spec(SPEECH_MODULES[name], SpeechSpec, "SPEECH") if name in SPEECH_MODULES else None


def speech_specs() -> Mapping[str, SpeechSpec]:
    """Transcription providers by name, in order of preference."""
    return {name: _spec(module, SpeechSpec, "SPEECH") for name, module in SPEECH_MODULES.items()}


def analyst_specs() -> Mapping[str, AnalystSpec]:
    """Those who extract insights by name, in order of preference."""
    return {name: _spec(module, AnalystSpec, "ANALYST") for name, module in ANALYST_MODULES.items()}


def all_specs() -> list[ProviderSpec[Any]]:
    """All of them. The offline engine is both, and stands here twice."""
    return [*speech_specs().values(), *analyst_specs().values()]


def _spec(module: str, kind: type[S], name: str) -> S:
    found = getattr(importlib.import_module(module), name)
    if not isinstance(found, kind):
        raise TypeError(f"{module}.{name} is no {kind.__name__}")
    return found
