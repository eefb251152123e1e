"""The configuration of a run of many recordings, as Dagster checks it.

Must not go here: writing and reading it elsewhere (``steps/processing/run_config.py``), the work (``process_recordings.py``).
"""

from typing import Final

import dagster as dg

from meeting_pipeline.steps.processing.one_recording import Item, everything, ordered

UNFINISHED: Final = (
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
)
"""The states of runs, of whatever job, that are not over."""


class OneRecording(dg.Config):
    """A recording of the batch. ``request``: the number of the request; ``assets``: none for all."""

    key: str
    request: int | None = None
    assets: list[str] | None = None


class BatchConfig(dg.Config):
    """The recordings of a run. ``requested_by_user``: a person wants new answers, not those that are paid for already."""

    recordings: list[OneRecording]
    requested_by_user: bool = False

    def items(self, *, first_try: bool) -> list[Item]:
        """What to do. ``first_try``: false if a person runs it again, when the requests are answered already."""
        return [
            Item(
                key=one.key,
                number=number,
                assets=ordered(one.assets) if one.assets else everything(),
                request=one.request if first_try else None,
                requested_by_user=self.requested_by_user,
            )
            for number, one in enumerate(self.recordings)
        ]
