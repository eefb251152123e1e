"""Which recordings are being reprocessed already, by unfinished runs, a backfill or a campaign: they are left alone.

Must not go here: starting anything (``reprocess.py``, ``steps/campaigns/start.py``).
"""

import fcntl
import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from meeting_pipeline.domain.result_kinds import ResultKind
from meeting_pipeline.foundation.dagster_runs_api import DagsterRunsApi
from meeting_pipeline.foundation.ownership import running_owner
from meeting_pipeline.installation import Installation
from meeting_pipeline.steps.processing.run_config import JOB, is_requested_by_user, recordings_in


@dataclass(frozen=True)
class Left:
    """A recording that cannot be reprocessed as requested: a stable code, and the reason."""

    key: str
    code: str
    reason: str


def left_to_campaigns(installation: Installation, work: Mapping[str, Collection[str]]) -> tuple[Left, ...]:
    """Those of these recordings of which a campaign that is not over has yet to make some of these assets."""
    found = installation.store.campaigns.unfinished(list(work))
    return tuple(
        Left(key, "in_a_campaign", f"the campaign {makes[0]} makes it")
        for key, assets in work.items()
        if (makes := [name for asset, name in found.get(key, {}).items() if asset in assets])
    )


def being_made(installation: Installation, work: Mapping[str, Sequence[str]]) -> tuple[Left, ...]:
    """Those of these recordings that unfinished runs are reprocessing with these assets; none if no system is running.

    Raises: OperatorError ``ui_unreachable``, ``ui_refused``.
    """
    owner = running_owner(installation.settings.home)
    if owner is None or not work:
        return ()
    assets = list(dict.fromkeys(name for names in work.values() for name in names))
    return unfinished_of(DagsterRunsApi(owner.url, token=owner.ui_token), list(work), assets)


@contextmanager
def locked_home(folder: Path) -> Iterator[None]:
    """Wait until nobody else is between looking for unfinished runs and starting some. The lock is on the home."""
    lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        with suppress(OSError):  # a file system without locks
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def unfinished_of(api: DagsterRunsApi, keys: Sequence[str], assets: Sequence[str]) -> tuple[Left, ...]:
    """Those of these recordings that an unfinished shared run, or a backfill, is reprocessing, with some of these assets."""
    found: dict[str, Left] = {}
    wanted = set(keys)
    for run_id, config in api.unfinished_configs(JOB).items():
        if not is_requested_by_user(config):
            continue
        for one in recordings_in(config):
            key = str(one.get("key"))
            if key in wanted and set(one.get("assets") or ResultKind.names()) & set(assets):
                found[key] = Left(key, "being_reprocessed", f"run {run_id} is reprocessing it")
    for backfill in api.unfinished_backfills():
        if backfill.assets & set(assets):
            again = wanted & backfill.keys
            found |= {
                key: Left(key, "being_reprocessed", f"backfill {backfill.id} is reprocessing it") for key in again
            }
    return tuple(found[key] for key in keys if key in found)
