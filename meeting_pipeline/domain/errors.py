"""The errors that the pipeline raises on purpose, and what each means for a retry.

    PipelineError
    ├── PermanentError          trying again cannot help; a person must change something about this recording
    │   ├── IntakeRefused       the file cannot become a recording
    │   └── ProviderRefused     a provider looked at this very request and said no
    ├── TransientError          trying again later can help
    │   ├── ProviderUnavailable a provider did not answer, or asked us to wait
    │   └── StoreUnavailable    our own database or disk does not do its work; no recording is to blame
    ├── BadAnswer               a provider answered, and the answer is unusable (refusal, cut-off, invented ids)
    ├── OperatorError           nothing is wrong with the recording: a key, an account or a setting is
    └── WorkerFenced            this worker was declared dead; somebody else owns the work now

Belongs here: errors that cross a room's border. Every one carries a stable ``code`` (for machines), a ``message``
(for people) and ``advice`` (what to do). Must not go here: anything that knows a provider's SDK or an HTTP library;
adapters translate into these errors at their own border.
"""

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:  # the command line reads errors before anything else, and pydantic takes its time
    from meeting_pipeline.domain.models import Usage


class PipelineError(Exception):
    """Base of all deliberate errors.

    Attributes:
        code: stable snake_case word; part of the webhook and API contracts.
        message: one or two sentences for people; never a secret or transcript text.
        advice: what the reader can do about it.
        retryable: whether the same request can succeed later without a person changing anything.
        usage: what was paid before the error (an answer that is unusable is billed too); ``None`` if nothing.
        outage: the provider answers nobody at present, so the try costs the recording nothing; said by
        ``steps/transcription/outages.py``.
    """

    retryable: ClassVar[bool] = False

    def __init__(self, code: str, message: str, advice: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.advice = advice
        self.usage: Usage | None = None
        self.outage = False

    def __str__(self) -> str:
        """Message, advice and code on one line, as shown in logs and in the Dagster UI."""
        tail = f" {self.advice}" if self.advice else ""
        return f"{self.message}{tail} [{self.code}]"


class PermanentError(PipelineError):
    """Trying again cannot help."""


class IntakeRefused(PermanentError):
    """The file cannot become a recording."""


class ProviderRefused(PermanentError):
    """A provider looked at this request and refused it for good."""


class TransientError(PipelineError):
    """Trying again later can help.

    Attributes:
        retry_after_s: how long the other side asked us to wait, in seconds; ``None`` if it did not say.
    """

    retryable: ClassVar[bool] = True

    def __init__(self, code: str, message: str, advice: str = "", *, retry_after_s: float | None = None) -> None:
        super().__init__(code, message, advice)
        self.retry_after_s = retry_after_s


class ProviderUnavailable(TransientError):
    """A provider did not answer, answered with a server error, or asked us to wait."""


class StoreUnavailable(TransientError):
    """Our own database or disk does not do its work at present. It costs no recording a try: everything waits.

    Codes: ``database_unreachable``, ``database_connections``, ``database_busy``, ``database_read_only``, ``disk_full``,
    ``disk_error``.
    """


class BadAnswer(PipelineError):
    """A provider answered and was paid, but the answer is unusable: another try may do better."""

    retryable: ClassVar[bool] = True


class OperatorError(PipelineError):
    """A key, an account or a setting is wrong. Recordings wait, and go on by themselves when it is mended."""

    retryable: ClassVar[bool] = True


class WorkerFenced(PipelineError):
    """This worker lost its lease (it was silent for too long); its late writes are refused."""

    def __init__(self, run_id: str) -> None:
        super().__init__(
            "worker_fenced",
            f"Run {run_id} lost its lease because its heartbeat stopped, so its result was not stored.",
            "Nothing to do: another run has taken over the recording.",
        )


PROVIDER_ERRORS = (ProviderRefused, ProviderUnavailable, BadAnswer, OperatorError)
"""What an optional asset may turn into a gap. Anything else is a bug of ours and must fail loudly."""
