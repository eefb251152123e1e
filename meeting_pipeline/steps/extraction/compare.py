"""Compares two stored versions of an insight.

Must not go here: how they differ (``domain/version_diff.py``), which versions there are (``store/results/version_history.py``).
"""

from collections import Counter
from dataclasses import dataclass

from meeting_pipeline.domain.diff_text import diff_markdown, diff_plain
from meeting_pipeline.domain.record import MeetingRecord
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.domain.result_versions import VersionState
from meeting_pipeline.domain.version_diff import VersionDiff, version_diff
from meeting_pipeline.domain.version_json import diff_fields
from meeting_pipeline.installation import Installation


@dataclass(frozen=True)
class Compared:
    """A difference, and the record with whose names it is shown."""

    diff: VersionDiff
    record: MeetingRecord

    def markdown(self) -> str:
        """For Dagster."""
        return diff_markdown(self.diff, self.record)

    def text(self) -> str:
        """For terminals."""
        return diff_plain(self.diff, self.record)

    def fields(self) -> dict[str, object]:
        """For programs."""
        return diff_fields(self.diff, self.record)


def compare(
    installation: Installation,
    key: str,
    insight: Insight,
    before: int | None = None,
    after: int | None = None,
    record: MeetingRecord | None = None,
) -> Compared:
    """Compare two versions; by default the current one with the one that is held, otherwise with the one before it.

    ``record``: of this recording, if the caller has it.
    Raises: PermanentError ``unknown_recording``, ``no_such_version``, ``unreadable_version``.
    """
    pair = installation.store.version_history.pair(key, insight, before, after, record)
    diff = version_diff(pair.record, insight, (pair.before, pair.before_result), (pair.after, pair.after_result))
    return Compared(diff, pair.record)


def compare_all(installation: Installation, key: str) -> list[Compared]:
    """Compare the held version with the current one, for each insight; if none is held, the last change of each insight.

    Raises: PermanentError ``unknown_recording``, ``unreadable_version``.
    """
    versions = installation.store.version_history.of(key)
    numbers = Counter(one.kind.value for one in versions if one.state is not VersionState.DISCARDED)
    held = {one.kind.value for one in versions if one.state is VersionState.HELD}
    chosen = held or {name for name, number in numbers.items() if number > 1}
    return [compare(installation, key, insight) for insight in Insight if insight.value in chosen]
