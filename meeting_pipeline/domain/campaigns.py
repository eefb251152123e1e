"""Campaigns: reprocessing many recordings under one name, with a cap, while new recordings take precedence.

Belongs here: the values. Must not go here: names (``campaign_names.py``), the rows (``store/campaigns/``), when a campaign pauses
(``steps/campaigns/advance.py``).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from meeting_pipeline.domain.errors import OperatorError


class CampaignState(StrEnum):
    """What a campaign is doing."""

    RUNNING = "running"
    PAUSED = "paused"
    """Nothing more is begun or bought until a person resumes it."""
    FINISHED = "finished"
    """Each of its recordings is done or failed."""
    CANCELLED = "cancelled"

    @property
    def over(self) -> bool:
        """Whether it makes nothing any more."""
        return self in (CampaignState.FINISHED, CampaignState.CANCELLED)


class PauseCode(StrEnum):
    """Why a campaign is paused."""

    BY_PERSON = "by_person"
    CAP_REACHED = "cap_reached"
    TOO_MANY_FAILURES = "too_many_failures"
    TOO_MANY_REFUSED = "too_many_refused_answers"
    UNKNOWN_PRICE = "unknown_price"
    """Something was bought whose price is unknown, so that the cap could not be kept."""
    RUN_CANCELLED = "run_cancelled"
    """A person terminated one of its runs."""


class ItemState(StrEnum):
    """How far a recording of a campaign is."""

    WAITING = "waiting"
    REQUESTED = "requested"
    """It is in the configuration of a run that was requested."""
    WORKING = "working"
    DONE = "done"
    FAILED = "failed"

    @property
    def over(self) -> bool:
        """Whether nothing more happens to it."""
        return self in (ItemState.DONE, ItemState.FAILED)


class CampaignDecision(StrEnum):
    """What a person decided about what a recording of a campaign holds."""

    PROMOTED = "promoted"
    DISCARDED = "discarded"


class CampaignChange(StrEnum):
    """What was done with a campaign: by a person, or by the system itself."""

    STARTED = "started"
    PAUSED = "paused"
    RESUMED = "resumed"
    CANCELLED = "cancelled"
    FINISHED = "finished"
    PROMOTED = "promoted"
    DISCARDED = "discarded"


PROJECTED_FROM: Final = 5
"""So many recordings must be done before their cost says what all will cost."""
NOT_BOUGHT: Final = "campaign_paused"
"""Code of an insight that was not made because its campaign buys nothing at present. It is made when the campaign is resumed."""


@dataclass(frozen=True)
class CampaignSpent:
    """What a campaign has bought. ``usd``: the part with known prices; ``unpriced``: the number of other calls.

    ``refused``: billed calls whose answer could not be used. ``unanswered``: calls without an answer yet, or
    whose answer was lost: they may be on the bill.
    """

    usd: float = 0.0
    unpriced: int = 0
    calls: int = 0
    refused: int = 0
    unanswered: int = 0


@dataclass(frozen=True)
class CampaignNote:
    """Who did what with a campaign, when, and why. ``recordings``: how many it concerned, for a promotion."""

    change: CampaignChange
    made_by: str
    made_at: datetime
    reason: str | None = None
    recordings: int | None = None


@dataclass(frozen=True)
class Campaign:
    """A campaign as people see it. ``progress``: how many recordings are in which state; all states are named.

    ``cap_usd``: ``None`` for none. ``plan``: the bill with which it was started. ``gone``: recordings deleted since.
    ``service_tier``: with which the provider's calls are made; ``None`` for the usual one.
    """

    name: str
    state: CampaignState
    pause_code: PauseCode | None
    pause_reason: str | None
    insights: tuple[str, ...]
    hold: bool
    cap_usd: float | None
    service_tier: str | None
    plan: Mapping[str, Any]
    started_by: str
    started_at: datetime
    changed_at: datetime
    progress: Mapping[ItemState, int]
    spent: CampaignSpent
    gone: int = 0
    changed: int = 0
    promoted: int = 0
    discarded: int = 0
    notes: tuple[CampaignNote, ...] = ()

    @property
    def recordings(self) -> int:
        """How many recordings it has."""
        return sum(self.progress.values())

    @property
    def chosen(self) -> dict[str, str | None]:
        """The model and the prompt version that its backfill was configured with in the launchpad."""
        return {name: self.plan.get(name) for name in ("model", "prompt")}

    @property
    def projected_usd(self) -> float | None:
        """What it will have spent in all, by what the recordings that are done have cost. ``None``: too few are done."""
        done = self.progress[ItemState.DONE]
        if done < PROJECTED_FROM or self.spent.unpriced:
            return None
        return self.spent.usd * self.recordings / done

    @property
    def ended(self) -> int:
        """How many of them are done or failed."""
        return sum(many for state, many in self.progress.items() if state.over)


@dataclass(frozen=True)
class InsightChange:
    """How the new version of an insight differs from the one before. ``size``: see ``VersionDiff.size``.

    ``verified``, ``claims``: of its claims, before and after; both 0 before if there was no version.
    """

    version: int
    before: int | None = None
    added: int = 0
    removed: int = 0
    changed: int = 0
    size: int = 0
    claims_before: int = 0
    verified_before: int = 0
    claims: int = 0
    verified: int = 0
    held: bool = False


@dataclass(frozen=True)
class CampaignItem:
    """A recording of a campaign. ``error_code``: why it failed. ``changes``: insight -> what its new version changed."""

    key: str
    title: str
    state: ItemState
    assets: tuple[str, ...]
    tries: int
    error_code: str | None = None
    error_message: str | None = None
    decision: CampaignDecision | None = None
    changes: Mapping[str, InsightChange] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """How much differs, over all insights."""
        return sum(change.size for change in self.changes.values())


@dataclass(frozen=True)
class Portion:
    """Recordings that are assigned together. ``items``: keys with the assets to make. ``asked``: distinguishes requests."""

    campaign: str
    number: int
    items: tuple[tuple[str, tuple[str, ...]], ...]
    asked: str


def not_bought(name: str, why: str) -> OperatorError:
    """The error with which a call of a campaign is not made. It is nobody's fault, so it counts as a separate outage."""
    error = OperatorError(NOT_BOUGHT, f"The campaign {name} buys nothing at present: {why}", "Resume the campaign.")
    error.outage = True
    return error
