"""Outages of providers: which service is out, since when, and which errors speak of it.

Belongs here: the value that the store keeps and that people are shown. Must not go here: finding out whether it is the
provider or a recording (``steps/transcription/outages.py``).
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from meeting_pipeline.domain.errors import OperatorError, PipelineError, ProviderUnavailable


class Service(StrEnum):
    """What is asked of a provider. ``TRANSCRIPTION`` and ``INSIGHTS`` stand for all that one does: nothing works."""

    TRANSCRIPTION = "transcription"
    ORDERS = "orders"
    TRANSCRIPTS = "transcripts"
    INSIGHTS = "insights"
    LLM_CALLS = "llm_calls"

    @property
    def whole(self) -> "Service":
        """The service that this one is a part of; itself if it is none."""
        insights = self in (Service.INSIGHTS, Service.LLM_CALLS)
        return Service.INSIGHTS if insights else Service.TRANSCRIPTION


@dataclass(frozen=True)
class Outage:
    """A service that answers nobody. ``probe_at``: when it is asked again. ``operator``: somebody has to mend it."""

    provider: str
    service: Service
    code: str
    message: str
    advice: str
    operator: bool
    since: datetime
    probe_at: datetime
    trial: str | None = None

    @property
    def whole(self) -> bool:
        """Whether the provider does nothing at all, not even answer a free question."""
        return self.service is self.service.whole

    def error(self) -> PipelineError:
        """What whoever needs this service meets, without asking for it."""
        kind = OperatorError if self.operator else ProviderUnavailable
        error = kind(self.code, f"{self.message} So it has been since {_moment(self.since)}.", self.advice)
        error.outage = True
        return error

    def line(self) -> str:
        """One line for people: who, what, since when, and when it is asked again."""
        return (
            f"{self.provider} ({self.service.value}) has not worked since {_moment(self.since)}: {self.message} [{self.code}] "
            f"Recordings wait; the next attempt is at {_moment(self.probe_at)}."
        )


OF_ONE_REQUEST = frozenset({"upload_expired", "not_ready", "openai_input_too_small"})
"""Codes of errors of the kinds below that say nothing about others' requests."""


def may_be_an_outage(error: PipelineError) -> bool:
    """Whether others may meet the same: no answer, a server's error, a request to wait, a key or an account."""
    return isinstance(error, OperatorError | ProviderUnavailable) and error.code not in OF_ONE_REQUEST


def _moment(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
