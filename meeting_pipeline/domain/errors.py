"""The errors that the pipeline raises on purpose, and what each means for a retry.

    PipelineError
    ├── PermanentError          a retry cannot help; a person must change something about this recording
    │   ├── IntakeRefused       the file cannot become a recording
    │   └── ProviderRefused     a provider rejected this request
    ├── TransientError          a later retry can help
    │   ├── ProviderUnavailable a provider did not respond, or asked us to wait
    │   └── StoreUnavailable    our own database or disk does not work; no recording is to blame
    ├── BadAnswer               a provider responded, but the response is unusable (cut-off, another shape, invented ids)
    │   ├── AnswerRefused       the model refused, or a filter stopped it: not asked again word for word
    │   └── AnswersUsedUp       so was the response to the correction; nothing more is bought automatically
    ├── OperatorError           a key, an account or a setting is wrong, not the recording
    │   └── StorageRefused      object storage: its address or key is wrong
    └── WorkerFenced            this worker was declared lost; another one owns the work now

Belongs here: errors that cross the boundary of a package. Each carries a stable ``code`` (for machines), a ``message`` (for
people) and ``advice`` (what to do). Must not go here: anything that knows a provider's SDK or an HTTP library; adapters
translate into these errors at their border.
"""

from typing import TYPE_CHECKING, ClassVar, Final

if TYPE_CHECKING:  # the command line imports errors first, and pydantic is slow to import
    from meeting_pipeline.domain.provenance import Usage

INTERNAL_ERROR: Final = "internal_error"
"""The code of a bug."""
STORED_ELSEWHERE: Final = "stored_elsewhere"
"""The code of a recording whose files are on another machine. Another worker may have them, so it is tried again soon."""


class PipelineError(Exception):
    """Base of all errors that the pipeline raises on purpose.

    Attributes:
        code: stable snake_case word; part of the webhook and API contracts.
        message: one or two sentences for people; never a secret or transcript text.
        advice: what the reader can do about it.
        retryable: whether the same request can succeed later without a person changing anything.
        usage: what was paid before the error (an unusable response is billed too); ``None`` if nothing.
        outage: the provider is unavailable, so this does not count as an attempt of the recording; set by
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
    """A retry cannot help."""


class IntakeRefused(PermanentError):
    """The file cannot become a recording."""


class ProviderRefused(PermanentError):
    """A provider rejected this request, and would reject it again."""


class TransientError(PipelineError):
    """A later retry can help.

    Attributes:
        retry_after_s: seconds that the other side asked us to wait; ``None`` if it did not say.
    """

    retryable: ClassVar[bool] = True

    def __init__(self, code: str, message: str, advice: str = "", *, retry_after_s: float | None = None) -> None:
        super().__init__(code, message, advice)
        self.retry_after_s = retry_after_s


class ProviderUnavailable(TransientError):
    """A provider did not respond, responded with a server error, or asked us to wait."""


class StoreUnavailable(TransientError):
    """Our own database or disk does not work at present. Everything waits; this does not count as an attempt.

    Codes: ``database_unreachable``, ``database_connections``, ``database_busy``, ``database_read_only``, ``disk_full``,
    ``disk_error``, ``storage_unreachable``.
    """


class BadAnswer(PipelineError):
    """A provider responded and was paid, but the response is unusable. A retry may do better."""

    retryable: ClassVar[bool] = True


class AnswerRefused(BadAnswer):
    """The model refused, or a filter stopped its answer. The same words would meet the same."""

    retryable: ClassVar[bool] = False


class AnswersUsedUp(BadAnswer):
    """A question and its correction both got an unusable answer. Only a person can ask it again: each answer costs money."""

    retryable: ClassVar[bool] = False


class OperatorError(PipelineError):
    """A key, an account or a setting is wrong. Recordings wait, and resume automatically once it is fixed."""

    retryable: ClassVar[bool] = True


class StorageRefused(OperatorError):
    """The object storage refuses us, or is not the one that it was: its address or key is wrong. No provider is to blame.

    Codes: ``storage_refused``, ``storage_changed``, ``storage_not_set``.
    """


class WorkerFenced(PipelineError):
    """This worker lost its lease because it was silent for too long. Its late writes are refused."""

    def __init__(self, run_id: str) -> None:
        super().__init__(
            "worker_fenced",
            f"Run {run_id} lost its lease because its heartbeat stopped, so its result was not stored.",
            "Nothing to do: another run has taken over the recording.",
        )


PROVIDER_ERRORS = (ProviderRefused, ProviderUnavailable, BadAnswer, OperatorError)
"""Errors that an optional asset may turn into a gap. Anything else is a bug in our code and must fail loudly."""
