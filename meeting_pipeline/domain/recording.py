"""A recording: where it was submitted, what decoding it revealed, how it is transcribed, and how far it is.

Belongs here: plain immutable values that several rooms share. Must not go here: SQL rows and changes of the state (``store/``),
what a submitter gives (``sidecar_options.py``), what was made of it (``record.py``).
"""

from enum import StrEnum
from typing import Any, Literal

from meeting_pipeline.domain.speech_options import SpeechOptions
from meeting_pipeline.domain.value import Value

Source = Literal["drop_folder", "cli", "api"]


class TranscriptionOptions(Value):
    """All options that affect a transcription. For one recording, equal options never buy a second transcription."""

    provider: str
    speech_models: tuple[str, ...] = ()
    language: str | None = None
    keyterms: tuple[str, ...] = ()
    speakers_expected: int | None = None
    speech: SpeechOptions | None = None
    redact_policies: tuple[str, ...] = ()
    server: str | None = None
    """Address of the server, for a provider that is spoken by several."""

    instead_of: str | None = None
    """The provider for which this one stands in during an outage. It is no part of the identity."""

    def identity(self) -> dict[str, Any]:
        """What tells these options from others. An option that came later counts only if it is set: known orders stay known."""
        later = {name for name in ("speech", "redact_policies", "server") if not getattr(self, name)}
        return self.model_dump(mode="json", exclude={*later, "instead_of"})


class MediaFacts(Value):
    """What decoding a file revealed. ``duration_ms`` is the decoded length, not the one in the header.

    ``recorded_at``: the recording time stated in the file, as ISO 8601 with an offset; ``None`` if there is none.
    """

    duration_ms: int
    codec: str
    container: str
    sample_rate_hz: int
    channels: int
    recorded_at: str | None = None


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
    """accepted; its transcription is to be ordered at ``due_at``."""
    TRANSCRIBING = "transcribing"
    """ordered; the provider is working, nothing runs on our side."""
    READY = "ready"
    """the transcript is available; a run is to be requested at ``due_at``."""
    QUEUED = "queued"
    """a run was requested."""
    COLLECTING = "collecting"
    """a run fetches or makes the transcript."""
    EXTRACTING = "extracting"
    """a run makes the insights and writes the minutes."""
    DONE = "done"
    """terminal."""
