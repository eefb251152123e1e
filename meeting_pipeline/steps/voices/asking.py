"""Asks the sandbox for the voices in a recording.

Must not go here: the model (``providers/speaker_voices.py``), which recordings lack voices (``making.py``).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from meeting_pipeline.domain.errors import TransientError
from meeting_pipeline.domain.people.voices import Span
from meeting_pipeline.providers.ports import Audio
from meeting_pipeline.providers.speaker_voices import model_unusable
from meeting_pipeline.steps.transcription.local import ask_here

_ANSWER_BYTES: Final = 16 * 1024 * 1024
"""A hundred speakers with vectors of 1,024 numbers are 2 MB of JSON."""
_NO_AUDIO: Final = Audio(None, None, 0, ())


class VoiceModel(Protocol):
    """Turns speech of a recording into voices."""

    @property
    def id(self) -> str:
        """Voices of a model with another id cannot be compared with these."""
        ...

    def check(self) -> None:
        """Raises: OperatorError if it cannot be used."""
        ...

    def voices(self, audio: Audio, spans: Mapping[str, Sequence[Span]]) -> dict[str, list[float]]:
        """The voice of each label that has one, of length 1. Raises: as ``ask_here``."""
        ...


@dataclass(frozen=True)
class SandboxedModel:
    """The model in a file, used in a sandbox."""

    id: str
    path: Path

    def check(self) -> None:
        """Use it once, so that a bad file is not taken for bad recordings. Raises: OperatorError."""
        try:
            ask_here("voice_model", {"model": str(self.path)}, _NO_AUDIO, _ANSWER_BYTES)
        except TransientError as error:  # the library ends its process when it cannot read a model
            raise model_unusable("the library cannot read it") from error

    def voices(self, audio: Audio, spans: Mapping[str, Sequence[Span]]) -> dict[str, list[float]]:
        """The voice of each label that has one. Raises: as ``ask_here``."""
        given = {"media": str(audio.media_path), "model": str(self.path), "spans": spans}
        found = ask_here("speaker_voices", given, audio, _ANSWER_BYTES)["voices"]
        return {str(label): [float(number) for number in vector] for label, vector in found.items()}
