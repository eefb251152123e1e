"""A recording as part of its campaign: whether it is still to be processed, its outcome, and how the new versions differ.

Must not go here: the rows (``store/campaigns/work.py``), the recording's stages (``one_recording.py``).
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from meeting_pipeline.domain.campaigns import InsightChange
from meeting_pipeline.domain.errors import PipelineError, StoreUnavailable, WorkerFenced
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.domain.result_versions import ResultVersion
from meeting_pipeline.domain.verdicts import Verdict
from meeting_pipeline.domain.version_diff import VersionDiff
from meeting_pipeline.installation import Installation
from meeting_pipeline.steps.extraction.compare import compare
from meeting_pipeline.steps.extraction.outcomes import Extracted
from meeting_pipeline.steps.isolation import isolated_item
from meeting_pipeline.steps.processing.one_recording import Item, StageOutcome
from meeting_pipeline.steps.processing.stages import Extractions, Postponed

_log = logging.getLogger(__name__)


@dataclass
class Part:
    """The work on a recording, with all leases of its campaign; collects the outcome."""

    installation: Installation
    item: Item
    errors: list[PipelineError] = field(default_factory=list)
    changes: dict[str, InsightChange] = field(default_factory=dict)

    def note(self, happened: StageOutcome) -> None:
        """A stage is over."""
        if self.item.campaign is None:
            return
        if isinstance(happened, Postponed):
            self.errors.append(happened.error)
        if isinstance(happened, Extractions):
            self.errors += [missing.error for missing in happened.missing]
            made = [outcome for outcome in happened.outcomes if isinstance(outcome, Extracted)]
            self.changes = {one.insight.value: self._change(happened, one) for one in made}

    def error(self) -> PipelineError | None:
        """The error that decides what follows, the one that leaves most hope; ``None`` if everything was made.

        Where there is no hope, asking again costs nothing.
        """
        return min(self.errors, key=lambda error: (not error.outage, not error.retryable), default=None)

    def _change(self, happened: Extractions, made: Extracted) -> InsightChange:
        """How a version differs from the one before it; without the difference, if the two cannot be compared."""
        found = happened.diffs.get(made.insight)
        quoting = self.installation.settings.ui_previews == "on"
        if found is None and made.version > 1:  # stored by an earlier attempt of the campaign
            with isolated_item(_log, f"comparing versions of {self.item.key}", quoting=quoting):
                found = compare(
                    self.installation, self.item.key, made.insight, after=made.version, record=happened.record
                ).diff
        return insight_change(made.insight, made.version, found, held=happened.held)


@contextmanager
def part_of_campaign(installation: Installation, item: Item, lease: str) -> Iterator[Part | None]:
    """Begin and end a recording of a campaign. ``None``: it is not to be made. For other recordings this does nothing.

    If the block raises a bug, or because the worker or the database is lost, nothing is noted: the campaign sees that the lease
    has ended, and hands the recording out again.
    """
    if item.campaign is None:
        yield Part(installation, item)
        return
    work = installation.store.campaign_work
    begun = work.begin(item.campaign, item.key, lease)
    if begun is None:
        yield None
        return
    part = Part(installation, replace(item, earlier=(*item.earlier, *begun.earlier)))
    try:
        yield part
    except (WorkerFenced, StoreUnavailable):
        raise
    except PipelineError as problem:
        work.not_done(item.campaign, item.key, lease, problem)
        raise
    end_part(part, lease)


def end_part(part: Part, lease: str) -> None:
    """Note in its campaign what came of a recording."""
    item, work = part.item, part.installation.store.campaign_work
    if item.campaign is None:
        return
    error = part.error()
    if error is None:
        work.done(item.campaign, item.key, lease, part.changes)
    else:
        work.not_done(item.campaign, item.key, lease, error)


def insight_change(insight: Insight, version: int, diff: VersionDiff | None, *, held: bool) -> InsightChange:
    """A difference in numbers."""
    if diff is None:
        return InsightChange(version, held=held)
    claims_before, verified_before = _verified(diff.before)
    claims, verified = _verified(diff.after)
    return InsightChange(
        version,
        before=diff.before.version if diff.before is not None else None,
        added=len(diff.added),
        removed=len(diff.removed),
        changed=len(diff.changed),
        size=diff.size,
        claims_before=claims_before,
        verified_before=verified_before,
        claims=claims,
        verified=verified,
        held=held,
    )


def _verified(version: ResultVersion | None) -> tuple[int, int]:
    """How many claims a version has, and how many of them are verified."""
    verdicts = version.verdicts if version is not None else None
    if verdicts is None:
        return 0, 0
    return sum(verdicts.values()), verdicts[Verdict.VERIFIED]
