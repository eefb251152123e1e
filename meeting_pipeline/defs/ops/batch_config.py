"""Which recordings a run of many stands for: its run configuration, written by sensors and read by everybody who asks.

Must not go here: the work (``process_recordings.py``), which recordings form a batch (``steps/processing/grouping.py``).
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import dagster as dg

from meeting_pipeline.steps.processing.one_recording import Item, everything, ordered

JOB: Final = "process_recordings"
OP: Final = "process_each"
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


def run_config(recordings: Sequence[Mapping[str, Any]], *, requested_by_user: bool = False) -> dict[str, Any]:
    """The configuration of a run of these recordings, each with the fields of ``OneRecording``."""
    config: dict[str, Any] = {"recordings": [dict(one) for one in recordings]}
    if requested_by_user:
        config["requested_by_user"] = True
    return {"ops": {OP: {"config": config}}}


def recordings_in(config: object) -> list[Mapping[str, Any]]:
    """The recordings named in the configuration of a run or of a request; none if it is of another job."""
    try:
        found = config["ops"][OP]["config"]["recordings"]  # type: ignore[index]  # whatever it is, the shape decides
    except (KeyError, TypeError, IndexError):
        return []
    return [one for one in found if isinstance(one, Mapping)] if isinstance(found, list) else []


def run_keys_in(config: object) -> set[str]:
    """The run keys of the requests that a run of many stands for: see ``RunTicket.run_key``."""
    return {f"{one.get('key')}:{one['request']}" for one in recordings_in(config) if one.get("request") is not None}


def keys_in(config: object) -> set[str]:
    """The recordings that a run of many works on."""
    return {str(one.get("key")) for one in recordings_in(config)}
