"""Adds up metrics in installations where nothing scrapes them, so that recorded changes do not pile up.

Must not go here: the sums themselves (``store/metrics/kept_sums.py``).
"""

from meeting_pipeline.installation import Installation


def compact_counters(installation: Installation) -> None:
    """Add the noted changes to the sums, if there are many. Raises: StoreUnavailable."""
    installation.store.statistics.count_if_many()
