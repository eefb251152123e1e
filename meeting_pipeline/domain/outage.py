"""Outages of providers: which service is unavailable, since when, and which errors indicate it.

Belongs here: the value that the store keeps and that people see. Must not go here: finding out whether the provider or
a recording is at fault (``steps/transcription/outages.py``).
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

from meeting_pipeline.domain.errors import OperatorError, PipelineError, ProviderUnavailable, StorageRefused

LIMIT_REACHED: Final = "daily_limit_reached"
UNKNOWN_PRICE: Final = "unknown_price"
LIMIT_CODES: Final = frozenset({LIMIT_REACHED, UNKNOWN_PRICE})
"""Codes of what waits because of the daily limit."""


class Service(StrEnum):
    """A service of a provider. ``TRANSCRIPTION`` and ``INSIGHTS`` cover everything of that kind: nothing works."""

    TRANSCRIPTION = "transcription"
    ORDERS = "orders"
    TRANSCRIPTS = "transcripts"
    INSIGHTS = "insights"
    LLM_CALLS = "llm_calls"

    @property
    def whole(self) -> "Service":
        """The service that contains this one; the service itself if it is not a part of another."""
        insights = self in (Service.INSIGHTS, Service.LLM_CALLS)
        return Service.INSIGHTS if insights else Service.TRANSCRIPTION


@dataclass(frozen=True)
class Outage:
    """An unavailable service. ``probe_at``: when it is probed next. ``operator``: the operator has to fix it."""

    provider: str
    service: Service
    code: str
    message: str
    advice: str
    operator: bool
    since: datetime
    probe_at: datetime
    trial: str | None = None
    limit: bool = False
    """Whether the service works, and may only buy nothing automatically at present: see ``store/ledger/spending.py``."""
    is_passed: bool = False
    """Whether recordings that are bound to no provider go to another one meanwhile."""

    def passed(self) -> "Outage":
        """The same outage, while there is another provider."""
        return replace(self, is_passed=True)

    @property
    def whole(self) -> bool:
        """Whether the provider does not work at all: not even a probe succeeds."""
        return self.service is self.service.whole

    def error(self) -> PipelineError:
        """The error for code that needs this service, raised without calling the provider."""
        if self.limit:
            error: PipelineError = OperatorError(self.code, self.message, self.advice)
            error.outage = True
            return error
        kind = OperatorError if self.operator else ProviderUnavailable
        error = kind(self.code, f"{self.message} This has been the case since {_moment(self.since)}.", self.advice)
        error.outage = True
        return error

    def line(self) -> str:
        """One line for people: provider, service, since when, why, and when the next attempt is."""
        if self.limit:
            return f"{self.message} [{self.code}] Paid requests to {self.provider} wait."
        return (
            f"{self.provider} ({self.service.value}) has not worked since {_moment(self.since)}: {self.message} [{self.code}] "
            f"Recordings wait; the next attempt is at {_moment(self.probe_at)}."
        )


OF_ONE_REQUEST = frozenset({"upload_expired", "provider_failed", "not_ready", "openai_input_too_small"})
"""Codes of errors of the types below that concern one request only."""


def may_be_an_outage(error: PipelineError) -> bool:
    """Whether other requests may fail too: no response, a server error, a request to wait, a key or an account."""
    if isinstance(error, StorageRefused):  # our own storage
        return False
    return isinstance(error, OperatorError | ProviderUnavailable) and error.code not in OF_ONE_REQUEST


def _moment(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
