"""Makes Dagster's records agree with the store: partitions, materializations and asset checks of all recordings.

The store is the truth. Whatever Dagster has lost (its storage was removed or restored from a backup, or the process died
between the two writes) is reported again; partitions of recordings that do not exist are removed. A second run changes
nothing. Recordings in progress are left to their run, and those that intake has not registered yet are left to intake.
Must not go here: what an event says (``defs/assets/reported.py``), what the store holds
(``store/recordings/inventory.py``).
"""

import itertools
import logging
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import dagster as dg

from meeting_pipeline import policies
from meeting_pipeline.defs.assets.recording import RECORDING
from meeting_pipeline.defs.assets.redaction import redacted
from meeting_pipeline.defs.assets.reported import Event, events_of
from meeting_pipeline.defs.checks import CONFIDENT, COVERS, KEPT, TRANSCRIBED, available_checks
from meeting_pipeline.defs.ops.dagster_records import checked, report_check, shown_versions
from meeting_pipeline.defs.ops.provenance import with_inputs
from meeting_pipeline.defs.ops.registering import ensure_partitions, without_partition
from meeting_pipeline.defs.partitions import RECORDINGS
from meeting_pipeline.domain.errors import PermanentError
from meeting_pipeline.domain.result_kinds import ResultKind
from meeting_pipeline.foundation.run_tags import value_of
from meeting_pipeline.installation import Installation
from meeting_pipeline.steps.intake.staging import placing
from meeting_pipeline.steps.isolation import isolated_item
from meeting_pipeline.store.recordings.inventory import (
    Holding,
    current_versions,
    existing,
    holdings,
    raise_requests,
    unfinished_requests,
)

_log = logging.getLogger(__name__)
_PARTITION_TAG: Final = "dagster/partition"
_PARTITIONS: Final = 200
"""Partitions changed under one lock: tens of milliseconds, during which intake and deletions wait."""


def _checks() -> Mapping[str, str]:
    """Check name -> its asset."""
    return {**dict.fromkeys((TRANSCRIBED, COVERS, CONFIDENT, KEPT), "transcript"), **available_checks()}


@dataclass
class Reconciled:
    """The changes. ``in_work``: recordings whose results are left to a run that works on them."""

    partitions_added: int = 0
    partitions_removed: int = 0
    materializations: Counter[str] = field(default_factory=Counter)
    checks: int = 0
    requests_renumbered: int = 0
    recordings: int = 0
    in_work: int = 0

    @property
    def changes(self) -> int:
        """The number of changes."""
        made = self.partitions_added + self.partitions_removed + self.checks + self.requests_renumbered
        return made + self.materializations.total()

    def lines(self) -> Iterator[str]:
        """The counts by kind, for people."""
        yield f"Recordings compared:        {self.recordings}" + (f" ({self.in_work} in work)" if self.in_work else "")
        yield f"Partitions added:           {self.partitions_added}"
        yield f"Stale partitions removed:   {self.partitions_removed}"
        kinds = ", ".join(f"{asset} {count}" for asset, count in self.materializations.items())
        yield f"Materializations reported:  {self.materializations.total()}" + (f" ({kinds})" if kinds else "")
        yield f"Asset checks reported:      {self.checks}"
        if self.requests_renumbered:
            yield f"Run requests renumbered:    {self.requests_renumbered}"


def reconcile(installation: Installation, instance: dg.DagsterInstance, *, versions: bool = True) -> Reconciled:
    """Update Dagster's records to match the store.

    With ``versions``, also compares the version that Dagster shows of each result; without it, a fixed number of queries finds
    only what is missing. May run while the system runs. Raises: StoreUnavailable.
    """
    # Read the store first: a run reports to Dagster before it releases its recording, so everything idle here has been
    # reported.
    held = holdings(installation.store.database)
    done = Reconciled(recordings=len(held), in_work=sum(holding.registered and not holding.idle for holding in held))
    known = set(instance.get_dynamic_partitions(RECORDINGS))
    # A partition is registered after the row of its recording is stored, so one without a row is not just being accepted.
    _remove_partitions(installation, instance, sorted(known - {holding.key for holding in held}), done)
    _add_partitions(installation, instance, without_partition(instance, (h.key for h in held if h.registered)), done)
    _renumber_requests(installation, instance, done)
    missing = _missing(instance, held)
    if versions:
        _add_outdated(installation, instance, held, missing)
    for holding in held:  # newest first: people look at those
        if holding.key in missing:
            with isolated_item(_log, f"reporting {holding.key} to Dagster"):
                _report(installation, instance, holding.key, missing[holding.key], done)
    return done


def _remove_partitions(
    installation: Installation, instance: dg.DagsterInstance, candidates: Sequence[str], done: Reconciled
) -> None:
    for keys in _batched(candidates, _PARTITIONS):
        with placing(installation):  # nobody stores or deletes a recording between this check and the change
            alive = existing(installation.store.database, keys)
            for key in keys:
                if key not in alive:
                    instance.delete_dynamic_partition(RECORDINGS, key)
                    done.partitions_removed += 1


def _add_partitions(
    installation: Installation, instance: dg.DagsterInstance, missing: Sequence[str], done: Reconciled
) -> None:
    for keys in _batched(missing, _PARTITIONS):
        done.partitions_added += len(ensure_partitions(instance, installation, keys))


def _renumber_requests(installation: Installation, instance: dg.DagsterInstance, done: Reconciled) -> None:
    """Number run requests beyond the highest number that Dagster knows.

    A store restored to an earlier state would reuse a number, and Dagster starts no second run for the same number.
    """
    unfinished = unfinished_requests(installation.store.database)
    for keys in _batched(sorted(unfinished), _PARTITIONS):
        highest = dict.fromkeys(keys, 0)
        for run in instance.get_runs(dg.RunsFilter(tags={_PARTITION_TAG: keys})):
            key, number = run.tags[_PARTITION_TAG], (value_of(run.tags, policies.REQUEST_TAG) or "")
            if number.isdecimal():
                highest[key] = max(highest[key], int(number))
        for key, latest in highest.items():
            if latest > unfinished[key]:
                done.requests_renumbered += raise_requests(installation.store.database, key, latest)


@dataclass
class _Missing:
    """What Dagster lacks of one recording: names of assets and of checks."""

    assets: set[str] = field(default_factory=set)
    checks: set[str] = field(default_factory=set)


def _missing(instance: dg.DagsterInstance, held: Sequence[Holding]) -> dict[str, _Missing]:
    materialized = {
        name: instance.get_materialized_partitions(dg.AssetKey(name))
        for name in (RECORDING.to_user_string(), *(kind.value for kind in ResultKind))
    }
    checks = _checks()
    evaluated = checked(instance, checks)
    found: dict[str, _Missing] = {}
    for holding in held:
        if not holding.registered:
            continue
        results = [kind.value for kind in holding.results] if holding.idle else []
        lacking = _Missing(
            {name for name in (RECORDING.to_user_string(), *results) if holding.key not in materialized[name]},
            {name for name, asset in checks.items() if asset in results and holding.key not in evaluated[name]},
        )
        if lacking.assets or lacking.checks:
            found[holding.key] = lacking
    return found


def _add_outdated(
    installation: Installation, instance: dg.DagsterInstance, held: Sequence[Holding], missing: dict[str, _Missing]
) -> None:
    """Add results of which Dagster shows another version than the current one in the store."""
    current, checks = current_versions(installation.store.database), _checks()
    for kind in ResultKind:
        idle = {h.key for h in held if h.registered and h.idle and kind in h.results}
        for key, version in shown_versions(instance, dg.AssetKey(kind.value)):
            if key in idle and version != current.get((key, kind)):
                lacking = missing.setdefault(key, _Missing())
                lacking.assets.add(kind.value)
                lacking.checks.update(name for name, asset in checks.items() if asset == kind.value)


def _report(
    installation: Installation, instance: dg.DagsterInstance, key: str, missing: _Missing, done: Reconciled
) -> None:
    try:
        found = events_of(installation, key, missing.assets, missing.checks)
        events = [redacted(installation.settings, event, key) for event in found]
    except PermanentError as error:
        if error.code != "unknown_recording":
            raise
        return  # deleted meanwhile
    with placing(installation):  # a deletion in between would leave words of a deleted meeting in Dagster
        if not existing(installation.store.database, [key]):
            return
        for event in events:
            _report_one(instance, key, event, done)


def _report_one(instance: dg.DagsterInstance, key: str, event: Event, done: Reconciled) -> None:
    if isinstance(event, dg.AssetMaterialization):
        asset = event.asset_key.to_user_string()
        instance.report_runless_asset_event(event._replace(tags=with_inputs(instance, asset, key, event.tags or {})))
        done.materializations[asset] += 1
        return
    done.checks += report_check(instance, key, event)


def _batched(items: Sequence[str], size: int) -> Iterator[list[str]]:
    iterator = iter(items)
    while batch := list(itertools.islice(iterator, size)):
        yield batch
