"""Limits that stop the calls of an extraction: the daily limit, and the campaign for which it is made.

Must not go here: what counts for a limit (``store/``), making the calls (``run_ledger.py``).
"""

from collections.abc import Callable

from meeting_pipeline.domain.campaigns import not_bought
from meeting_pipeline.domain.errors import PipelineError
from meeting_pipeline.domain.outage import Service
from meeting_pipeline.installation import Installation
from meeting_pipeline.steps.transcription.outages import log_daily_limit


def limit_of(
    installation: Installation, campaign: str | None, *, requested_by_user: bool
) -> Callable[[], PipelineError | None]:
    """Checked before each call: the error of the limit that stops it. ``None``: the call may be made."""
    if campaign is None:
        return _no_limit if requested_by_user else _daily_limit(installation)
    daily, holds = _daily_limit(installation), installation.store.campaign_limits.holds

    def held() -> PipelineError | None:
        why = holds(campaign)
        return not_bought(campaign, why) if why is not None else daily()

    return held


def _no_limit() -> None:
    """A person's explicit request is not held by the daily limit."""


def _daily_limit(installation: Installation) -> Callable[[], PipelineError | None]:
    """Checks whether the daily limit stops the calls, and logs it."""

    def held() -> PipelineError | None:
        outage = installation.store.outages.held_by_limit(installation.analyst.name, Service.LLM_CALLS)
        if outage is not None:
            log_daily_limit(installation, outage)
        return outage.error() if outage is not None else None

    held()
    return held
