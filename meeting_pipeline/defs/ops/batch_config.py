"""The configuration of a shared run, as Dagster checks it.

Must not go here: writing and reading it elsewhere (``steps/processing/run_config.py``), the work (``process_recordings.py``).
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import dagster as dg

from meeting_pipeline.domain.result_kinds import ResultKind
from meeting_pipeline.steps.processing.one_recording import Item, ordered
from meeting_pipeline.steps.processing.run_config import recordings_in
from meeting_pipeline.store.recordings.leases import PART

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
    """The recordings of a run.

    ``requested_by_user``: a person wants new answers, not those that are paid for already. One who re-executes the run wants
    what it has not bought yet. ``hold``: new versions of insights wait for a person; transcripts and minutes are not made.
    ``campaign``: the one for which the recordings are made; it decides which of them still are. ``model``, ``prompt``: see
    ``InsightsConfig``.
    """

    recordings: list[OneRecording]
    requested_by_user: bool = False
    hold: bool = False
    campaign: str | None = None
    model: str | None = None
    prompt: str | None = None

    def items(self, *, first_try: bool, earlier: Mapping[str, tuple[str, ...]] = MappingProxyType({})) -> list[Item]:
        """What to do. ``first_try``: false if a person runs it again, when the requests are answered already.

        ``earlier``: see ``earlier_leases``. Raises: Failure if there is no such asset: nothing would be made, in a green run.
        """
        unknown = sorted({name for one in self.recordings for name in one.assets or ()} - set(ResultKind.names()))
        if unknown:
            known = ", ".join(ResultKind.names())
            raise dg.Failure(f"There is no asset {', '.join(unknown)}. Choose from {known}.", allow_retries=False)
        return [
            Item(
                key=one.key,
                number=number,
                assets=ordered(one.assets) if one.assets else ResultKind.names(),
                request=one.request if first_try else None,
                requested_by_user=self.requested_by_user,
                earlier=earlier.get(one.key, ()),
                hold=self.hold,
                campaign=self.campaign,
            )
            for number, one in enumerate(self.recordings)
        ]


def earlier_leases(instance: dg.DagsterInstance, run: dg.DagsterRun) -> dict[str, tuple[str, ...]]:
    """Recording -> its leases in the runs that this run re-executes, as far as Dagster still knows them."""
    found: dict[str, tuple[str, ...]] = {}
    parent = run.parent_run_id
    while parent is not None and (before := instance.get_run_by_id(parent)) is not None:
        for number, one in enumerate(recordings_in(before.run_config)):
            key = str(one.get("key"))
            found[key] = (*found.get(key, ()), f"{before.run_id}{PART}{number}")
        parent = before.parent_run_id
    return found
