"""The port of providers that transcribe a part of a recording while the caller waits.

Such a provider has no orders: an answer that is lost on its way cannot be fetched again, only bought again. So a recording is
sent in parts, and each answer is stored as it comes.
Must not go here: where to cut (``cutting.py``), who asks (``steps/transcription``).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

from meeting_pipeline.domain.errors import ProviderRefused, ProviderUnavailable
from meeting_pipeline.domain.recording import TranscriptionOptions
from meeting_pipeline.media.encoding import AudioFormat
from meeting_pipeline.providers.parts import policies
from meeting_pipeline.providers.ports import SpeechToText


@dataclass(frozen=True)
class PartLimits:
    """What a server takes at once: the longest part in ms, its size in bytes, and the format in which it is sent."""

    longest_ms: int
    largest_bytes: int
    audio: AudioFormat


@dataclass(frozen=True)
class PartAnswer:
    """What the server returned for a part. ``variant``: the form of request to use first for the next one."""

    body: dict[str, Any]
    variant: str


@dataclass(frozen=True)
class SaidWord:
    """A word with its times in ms from the start of the part."""

    text: str
    start_ms: int
    end_ms: int


@dataclass(frozen=True)
class Said:
    """A piece of text. Times are in ms from the start of the part; ``speaker`` is a label that holds in this part only."""

    text: str
    start_ms: int
    end_ms: int
    speaker: str | None = None
    confidence: float | None = None
    words: tuple[SaidWord, ...] = ()


@dataclass(frozen=True)
class PartText:
    """What was said in a part. ``timed``: whether the server gave times; otherwise ``said`` is one piece of the part's length."""

    said: tuple[Said, ...]
    timed: bool
    language: str | None = None
    model: str | None = None
    names: Mapping[str, str] = field(default_factory=dict)


class PartTooLarge(ProviderRefused):
    """The server takes no part of this length or size: a shorter one may do."""

    def __init__(self, provider: str) -> None:
        super().__init__(
            "beyond_provider_limit",
            f"{provider} accepts no part of this recording, not even a short one.",
            "Check the limits of the server, and the settings OPENAI_TRANSCRIPTION_PART_MINUTES and ..._PART_MB.",
        )


class AnswerLost(ProviderUnavailable):
    """The request was sent, but no answer came back: the work may have been done and billed. So it is not repeated at once."""

    def __init__(self, code: str, message: str, advice: str) -> None:
        super().__init__(code, message, advice, retry_after_s=policies.LOST_ANSWER_SECONDS)


@runtime_checkable
class InParts(SpeechToText, Protocol):
    """A provider that answers with the text. It is not ``remote``: nothing is ordered and collected later."""

    server: str
    """Hash of the server's address and model: what is learned of it is remembered under this."""

    def part_limits(self) -> PartLimits:
        """Return what the server takes at once."""
        ...

    def ask(self, audio: bytes, options: TranscriptionOptions, known: str | None) -> PartAnswer:
        """Buy the text of one part. ``known``: the form of request that worked last.

        Raises: PartTooLarge; AnswerLost (it may have been billed); ProviderUnavailable, ProviderRefused, OperatorError (it was
            not); BadAnswer (billed, and not an answer).
        """
        ...

    def read(self, body: Mapping[str, Any], duration_ms: int) -> PartText:
        """Read a stored answer. Raises: BadAnswer."""
        ...
