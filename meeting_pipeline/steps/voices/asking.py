"""Requests the voices in a recording from the sandbox.

Must not go here: the model (``providers/speaker_voices.py``), which recordings lack voices (``making.py``).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from meeting_pipeline.domain.errors import BadAnswer, TransientError
from meeting_pipeline.domain.people.voices import Span
from meeting_pipeline.providers.ports import Audio
from meeting_pipeline.providers.speaker_voices import model_unusable
from meeting_pipeline.steps.transcription.local import ask_sandbox

_ANSWER_BYTES: Final = 16 * 1024 * 1024
"""A hundred speakers with vectors of 1,024 numbers are 2 MB of JSON."""
_ROUNDING: Final = 1e-3
"""How much a number of a vector of length 1 may be above 1."""
_NO_AUDIO: Final = Audio(None, None, 0, ())


class VoiceModel(Protocol):
    """Turns speech of a recording into voices."""

    @property
    def id(self) -> str:
        """Voices of a model with another id cannot be compared with these."""
        ...

    def check(self) -> int:
        """The length of its vectors. Raises: OperatorError if it cannot be used."""
        ...

    def voices(self, audio: Audio, spans: Mapping[str, Sequence[Span]], length: int) -> dict[str, list[float]]:
        """The voice of each label that has one, of length 1. Raises: as ``ask_sandbox``, and BadAnswer ``voices_unusable``."""
        ...


@dataclass(frozen=True)
class SandboxedModel:
    """The model in a file, used in a sandbox."""

    id: str
    path: Path

    def check(self) -> int:
        """Use it once, so that a bad file is not taken for bad recordings: the length of its vectors. Raises: OperatorError."""
        try:
            return int(ask_sandbox("voice_model", {"model": str(self.path)}, _NO_AUDIO, _ANSWER_BYTES)["length"])
        except TransientError as error:  # the library ends its process when it cannot read a model
            raise model_unusable("the library cannot read it") from error

    def voices(self, audio: Audio, spans: Mapping[str, Sequence[Span]], length: int) -> dict[str, list[float]]:
        """The voice of each label that has one. Raises: as ``ask_sandbox``, and BadAnswer ``voices_unusable``."""
        given = {"media": str(audio.media_path), "model": str(self.path), "spans": spans}
        answer = ask_sandbox("speaker_voices", given, audio, _ANSWER_BYTES)
        return usable(answer.get("voices"), spans, length)


def usable(found: object, spans: Collection[str], length: int) -> dict[str, list[float]]:
    """The voices in an answer of the sandbox, which has decoded an untrusted file. Voices that were not requested are left out.

    ``length``: that of the model's vectors.
    Raises: BadAnswer ``voices_unusable``: a value is not such a vector.
    """
    if not isinstance(found, dict):
        raise _unusable()
    return {label: _vector(found[label], length) for label in found if label in spans}


def _vector(given: object, length: int) -> list[float]:
    if not isinstance(given, list) or len(given) != length:
        raise _unusable()
    if not all(type(number) in (int, float) and abs(number) <= 1 + _ROUNDING for number in given):
        raise _unusable()  # also rejects values that are not finite
    return [float(number) for number in given]


def _unusable() -> BadAnswer:
    return BadAnswer(
        "voices_unusable", "The answer about the voices of a recording is not valid.", "Listen to the recording."
    )
