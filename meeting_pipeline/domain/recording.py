"""A recording: where it was submitted, what decoding revealed, how it is transcribed, and its progress.

Belongs here: plain immutable values that several rooms share. Must not go here: SQL rows and changes of the state (``store/``),
what a submitter gives (``sidecar_options.py``), what was made of it (``record.py``).
"""

from enum import StrEnum
from typing import Any, Final, Literal

from pydantic import SerializerFunctionWrapHandler, model_serializer

from meeting_pipeline.domain.speech_options import SpeechOptions
from meeting_pipeline.domain.value import Value

Source = Literal["drop_folder", "cli", "api", "bucket"]


class TranscriptionOptions(Value):
    """All options that affect a transcription. For one recording, equal options never buy a second transcription.

    ``multichannel``: each channel of the sound is one speaker, and is transcribed alone.
    """

    provider: str
    speech_models: tuple[str, ...] = ()
    language: str | None = None
    keyterms: tuple[str, ...] = ()
    speakers_expected: int | None = None
    multichannel: bool = False
    speech: SpeechOptions | None = None
    redact_policies: tuple[str, ...] = ()
    server: str | None = None
    """Address of the server, for a provider that is spoken by several."""

    instead_of: str | None = None
    """The provider that this one replaces during an outage. It is not part of the identity."""

    def identity(self) -> dict[str, Any]:
        """What tells these options from others, as JSON."""
        return self.model_dump(mode="json", exclude={"instead_of"})

    @model_serializer(mode="wrap")
    def _without_unused_additions(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Leave out later options that are not used: the hashes of orders placed before them stay valid."""
        dumped: dict[str, Any] = handler(self)
        for name in _ADDED_OPTIONS:
            if name in dumped and getattr(self, name) == type(self).model_fields[name].default:
                del dumped[name]
        if isinstance(speech := dumped.get("speech"), dict):  # the same for options of this kind that come later
            dumped["speech"] = {name: value for name, value in speech.items() if value is not None}
        return dumped


_ADDED_OPTIONS: Final = ("multichannel", "speech", "redact_policies", "server", "instead_of")
"""Options that came after orders had been stored without them."""


class SoundTrack(Value):
    """How one audio track of a file is heard.

    Attributes:
        stream: index of the stream in the file.
        weights: factor of each channel in the mono mix. Negative for a channel of opposite phase, which would cancel out.
        voices: channels with sound of their own: neither silent nor a copy of another.
    """

    stream: int
    weights: tuple[float, ...]
    voices: tuple[int, ...]


class MediaFacts(Value):
    """What decoding a file revealed. ``duration_ms`` is the length that was found, not the one in the header.

    ``recorded_at``: the recording time stated in the file, as ISO 8601 with an offset; ``None`` if there is none.
    ``tracks``: the audio tracks that are heard. ``preparation``: why a prepared copy of the sound is needed; empty if the
    file can be used as it is. ``tracks_left_out``: audio tracks in an unknown format.
    """

    duration_ms: int
    codec: str
    container: str
    sample_rate_hz: int
    channels: int
    recorded_at: str | None = None
    tracks: tuple[SoundTrack, ...] = ()
    preparation: tuple[str, ...] = ()
    tracks_left_out: int = 0

    @property
    def voices(self) -> int:
        """Number of channels with sound of their own, over all tracks."""
        return sum(len(track.voices) for track in self.tracks)


class RecordingStatus(StrEnum):
    """How far a recording is, for submitters."""

    PENDING = "pending"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"

    @property
    def terminal(self) -> bool:
        """Whether the recording has an outcome."""
        return self in (RecordingStatus.COMPLETED, RecordingStatus.FAILED)


class Stage(StrEnum):
    """The stage of a recording. See ``docs/adr/0003-state-machine.md``."""

    ORDERING = "ordering"
    """accepted; its transcription is due to be ordered at ``due_at``."""
    TRANSCRIBING = "transcribing"
    """ordered; the provider is working, nothing runs on our side."""
    READY = "ready"
    """the transcript is available; a run is due to be requested at ``due_at``."""
    QUEUED = "queued"
    """a run was requested."""
    COLLECTING = "collecting"
    """a run fetches or makes the transcript."""
    EXTRACTING = "extracting"
    """a run makes the insights and writes the minutes."""
    DONE = "done"
    """terminal."""
