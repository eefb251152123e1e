"""A transcript that a run has obtained: whether it can be used, storing it, and closing the order that bought it.

Must not go here: obtaining it (``collect.py``).
"""

from dataclasses import dataclass

from meeting_pipeline.domain.errors import PermanentError, ProviderRefused, ProviderUnavailable
from meeting_pipeline.domain.recording import TranscriptionOptions
from meeting_pipeline.domain.transcript import Transcript
from meeting_pipeline.foundation.crash_points import crash_point
from meeting_pipeline.installation import Installation
from meeting_pipeline.providers.ports import Pending, Rejected
from meeting_pipeline.steps.transcription import policies
from meeting_pipeline.steps.transcription.choice import with_reason
from meeting_pipeline.store.results.versions import Stored
from meeting_pipeline.store.tables import Recording


@dataclass(frozen=True)
class Obtained:
    """The stored transcript.

    ``changed``: it differs from the previous version. ``reused``: it was stored before, and this run obtained nothing new.
    ``cost_usd``: the price of the transcript that this run collected; ``unpriced``: a part of it is unknown.
    """

    transcript: Transcript
    version: int
    changed: bool
    reused: bool
    cost_usd: float = 0.0
    unpriced: bool = False


@dataclass(frozen=True)
class Cost:
    """What a transcript cost. ``unpriced``: a part of it has no known price."""

    usd: float
    unpriced: bool


def store_bought(
    installation: Installation, row: Recording, run_id: str, order_id: str, transcript: Transcript,
    options: TranscriptionOptions, input_hash: str, cost: Cost,
) -> Obtained:  # fmt: skip
    """Store a transcript that was bought, and close its order. One without content is paid for all the same."""
    crash_point("transcribing.collected", row.key)
    answer = with_reason(transcript, options)
    try:
        require_content(answer)
    except PermanentError:
        installation.store.orders.finish(order_id, cost_usd=cost.usd, unpriced=cost.unpriced)
        raise
    stored = installation.store.results.store_transcript(
        row.key, run_id, answer, input_hash=input_hash, cost_usd=cost.usd, unpriced=cost.unpriced
    )
    crash_point("transcribing.stored", row.key)
    installation.store.orders.finish(order_id, cost_usd=cost.usd, unpriced=cost.unpriced)
    crash_point("transcribing.order_closed", row.key)
    return obtained_of(answer, stored, cost.usd, unpriced=cost.unpriced)


def obtained_of(transcript: Transcript, stored: Stored, cost_usd: float, *, unpriced: bool = False) -> Obtained:
    """The transcript as it was stored by this run."""
    return Obtained(transcript, stored.version, stored.changed, reused=False, cost_usd=cost_usd, unpriced=unpriced)


def refusal(answer: Pending | Rejected) -> PermanentError | ProviderUnavailable:
    """The error for an answer that is not a transcript."""
    if isinstance(answer, Rejected):
        return ProviderRefused(
            answer.code,
            f"The recording cannot be transcribed: {answer.reason}",
            "Listen to the recording; drop a better copy, or a transcript export.",
        )
    return ProviderUnavailable("not_ready", f"The provider is not ready ({answer.detail}).")


def require_content(transcript: Transcript) -> None:
    """Raises: PermanentError ``insufficient_content`` for fewer than ``MIN_TRANSCRIPT_CHARACTERS`` of text."""
    length = len(transcript.text.strip())
    if length < policies.MIN_TRANSCRIPT_CHARACTERS:
        raise PermanentError(
            "insufficient_content",
            f"The recording contains too little speech: {length} characters of text, "
            f"at least {policies.MIN_TRANSCRIPT_CHARACTERS} are needed.",
            "Check the microphone and the recording; there is nothing to make a record from.",
        )
