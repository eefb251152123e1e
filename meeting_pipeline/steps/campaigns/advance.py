"""Advances campaigns: releases recordings whose worker is gone, pauses and finishes campaigns, and assigns portions.

New recordings come first: nothing is assigned while one of them waits for a run, while the provider is out, or beyond the daily
limit. All state is in the store, so a process that dies leaves nothing behind.
Must not go here: requesting runs (``defs/sensors/campaigns_due.py``), starting a campaign (``start.py``), processing a
recording (``steps/processing/``).
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field

from meeting_pipeline.domain.campaigns import PauseCode, Portion
from meeting_pipeline.domain.outage import Service
from meeting_pipeline.installation import Installation
from meeting_pipeline.steps.campaigns import policies
from meeting_pipeline.steps.isolation import isolated_item
from meeting_pipeline.store.campaigns.limits import Recent
from meeting_pipeline.store.campaigns.notes import THE_SYSTEM

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class PortionRuns:
    """What Dagster knows of the portions of a campaign whose recordings are requested.

    ``at_hand``: their runs have not ended; ``over``: they have. ``stopped``: a person terminated this run, or cancelled this
    backfill. ``left``: the backfill that made the campaign is over.
    """

    at_hand: frozenset[int] = frozenset()
    over: frozenset[int] = frozenset()
    stopped: str | None = None
    left: bool = False


@dataclass
class Advanced:
    """The result of a round. ``waits``: why a running campaign assigns nothing."""

    portions: list[Portion] = field(default_factory=list)
    waits: dict[str, str] = field(default_factory=dict)
    paused: dict[str, str] = field(default_factory=dict)
    finished: list[str] = field(default_factory=list)


def advance(
    installation: Installation, runs: Mapping[str, PortionRuns], *, free: int, new_recordings_wait: bool
) -> Advanced:
    """Advance each running campaign. ``free``: how many portions can be assigned now.

    Marked recordings of a portion whose run is never created are assigned again, so a tick may die at any point.
    """
    done = Advanced()
    held = _held(installation)
    for name, known in runs.items():
        with isolated_item(_log, f"advancing the campaign {name}"):
            _advance(installation, name, known, done, held=held, new_recordings_wait=new_recordings_wait, free=free)
    return done


def _advance(
    installation: Installation,
    name: str,
    known: PortionRuns,
    done: Advanced,
    *,
    held: str | None,
    new_recordings_wait: bool,
    free: int,
) -> None:
    work, limits = installation.store.campaign_work, installation.store.campaign_limits
    work.take_back(name, over=known.over, at_hand=known.at_hand)
    if known.left:
        work.left_by_backfill(name)
    reason = _why_to_pause(limits.recent(name, policies.CAMPAIGN_LATEST), known)
    if reason is not None:
        code, why = reason
        if installation.store.campaign_changes.pause(name, THE_SYSTEM, why, code):
            done.paused[name] = why
        return
    if installation.store.campaign_changes.finish(name):
        done.finished.append(name)
    elif (why_not := limits.holds(name)) is not None:
        done.paused[name] = why_not
    elif held is not None:
        done.waits[name] = held
    elif new_recordings_wait:
        done.waits[name] = "New recordings go first."
    elif len(done.portions) < free:
        portion = work.assign_next(name, installation.settings.batch_recordings)
        if portion is not None:
            done.portions.append(portion)


def _why_to_pause(recent: Recent, known: PortionRuns) -> tuple[PauseCode, str] | None:
    if known.stopped is not None:
        return PauseCode.RUN_CANCELLED, f"Its run {known.stopped} was terminated."
    if recent.ended >= policies.CAMPAIGN_FAILURES_FROM and recent.failed >= recent.ended * policies.CAMPAIGN_FAILED:
        return (
            PauseCode.TOO_MANY_FAILURES,
            f"{recent.failed} of its latest {recent.ended} recordings failed. `meeting-pipeline campaigns show` says why.",
        )
    if recent.calls >= policies.CAMPAIGN_REFUSED_FROM and recent.refused >= recent.calls * policies.CAMPAIGN_REFUSED:
        return (
            PauseCode.TOO_MANY_REFUSED,
            f"{recent.refused} of {recent.calls} answers were paid for and cannot be used.",
        )
    return None


def _held(installation: Installation) -> str | None:
    """Why no campaign may buy anything at present: an outage whose next attempt is not due, or the daily limit."""
    outage = installation.store.outages.holding(installation.analyst.name, Service.LLM_CALLS)
    if outage is None or (
        not outage.limit and not outage.whole and outage.probe_at <= installation.store.context.now()
    ):
        return None
    return outage.line()
