"""Versions of results: their states, what made them, and what people did with them.

Belongs here: the values, and counting verdicts. Must not go here: how two versions differ (``version_diff.py``), storing them
(``store/results/versions.py``).
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from meeting_pipeline.domain.claim_edits import claims_of
from meeting_pipeline.domain.insight_results import InsightResult
from meeting_pipeline.domain.provenance import Provenance, Usage
from meeting_pipeline.domain.result_kinds import Insight, ResultKind
from meeting_pipeline.domain.verdicts import Verdict


class Hold(StrEnum):
    """What became of a version that was made with ``--hold``. See ``docs/adr/0048-versions-that-are-held.md``."""

    HELD = "held"
    """It waits for a person. Nothing shows it as a result."""
    PROMOTED = "promoted"
    """It became the current version."""
    DISCARDED = "discarded"
    """By a person, or because the version or the transcript that it was compared with is not the current one any more."""


class VersionState(StrEnum):
    """What a version is now."""

    CURRENT = "current"
    HELD = "held"
    EARLIER = "earlier"
    """It was current once."""
    DISCARDED = "discarded"
    """It was held, and never became current. It can still be restored."""


class Change(StrEnum):
    """What was done with a version."""

    PROMOTED = "promoted"
    DISCARDED = "discarded"
    RESTORED = "restored"


@dataclass(frozen=True)
class VersionNote:
    """Who changed the state of a version, when, and why. ``from_version``: what a restored version was made from."""

    change: Change
    made_by: str
    made_at: datetime
    reason: str | None = None
    from_version: int | None = None


@dataclass(frozen=True)
class ResultVersion:
    """One version of a transcript or an insight.

    ``verdicts``: how many claims have which verdict; ``None`` for a transcript, and for a result that this program cannot read.
    ``usage``: what its answers cost, whenever they were bought. ``meeting_date``: the day that its due dates are counted from;
    ``None``: the meeting's present one.
    """

    kind: ResultKind
    version: int
    state: VersionState
    made_at: datetime
    run_id: str
    provenance: Provenance
    prompt_version: str | None
    transcript_version: int | None
    usage: Usage
    verdicts: Mapping[Verdict, int] | None = None
    notes: tuple[VersionNote, ...] = ()
    meeting_date: date | None = None

    @property
    def restored_from(self) -> int | None:
        """The earlier version that it is a copy of, if a person restored one."""
        return next((note.from_version for note in self.notes if note.change is Change.RESTORED), None)


@dataclass(frozen=True)
class VersionsChanged:
    """What a promotion, discarding or restoring changed in one recording: each insight with the version concerned.

    Empty if nothing changed.
    """

    key: str
    versions: Mapping[Insight, int]


def verdict_counts(insight: Insight, result: InsightResult) -> dict[Verdict, int]:
    """How many claims of a stored result have which verdict. All verdicts are named."""
    found = Counter(claim.verdict for claim in claims_of(insight, result, {}) if claim.says_something)
    return {verdict: found[verdict] for verdict in Verdict}
