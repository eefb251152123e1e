"""Shared runs that nobody waits for (gaps, reprocessing): how many there are at a time, and the tags that limit them.

Must not go here: which recordings they are for (``steps/extraction/request_gaps.py``, ``steps/operations/reprocess.py``).
"""

from meeting_pipeline import policies as shared_policies
from meeting_pipeline.steps.processing import policies


def catch_up_places(max_concurrent_runs: int) -> int:
    """How many of them run at a time: at least one, and where there are several runs one is left to new recordings."""
    return max(1, min(policies.CATCH_UP_RUNS, max_concurrent_runs - 1))


def catch_up_tags(max_concurrent_runs: int, name: str, why: str) -> dict[str, str]:
    """The tags of such a run. ``name``: what the run belongs to; ``why``: the value of ``REQUEST_TAG``.

    It takes one of the recordings' slots, unless there is only one, which is for new recordings: then it runs in addition to
    them, limited by its own tag.
    """
    tags = {shared_policies.CATCH_UP_TAG: name, "dagster/priority": str(policies.CATCH_UP_PRIORITY)}
    if max_concurrent_runs > 1:
        tags[shared_policies.REQUEST_TAG] = why
    return tags
