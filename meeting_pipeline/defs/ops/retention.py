"""One round of retention: removes old data, as the settings say, from Dagster's storage, files and leases.

Never removed: recordings with their results, the ledgers, webhooks and their attempts, the events of recordings, receipts. See
docs/adr/0033-nothing-grows-for-ever.md.
Must not go here: how runs (``old_runs.py``) and files (``steps/operations/old_files.py``) are removed.
"""

import logging
import shutil
import sqlite3
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import dagster as dg

from meeting_pipeline.defs import policies
from meeting_pipeline.defs.ops.dagster_databases import DagsterDatabases, UnknownStorage
from meeting_pipeline.defs.ops.old_runs import Freed, OldRuns
from meeting_pipeline.defs.ops.run_queries import Before, FinishedRun
from meeting_pipeline.defs.ops.sqlite_pages import compact_sqlite, freed_share, give_back
from meeting_pipeline.domain.errors import StorageRefused, StoreUnavailable
from meeting_pipeline.domain.units import SECONDS_PER_DAY
from meeting_pipeline.installation import Installation
from meeting_pipeline.steps.intake.bucket.forgetting import forget_removed_objects
from meeting_pipeline.steps.intake.object_uploads import remove_left_uploads
from meeting_pipeline.steps.isolation import isolated_item
from meeting_pipeline.steps.operations.old_files import Removed, prune_logs, prune_output, prune_rejected
from meeting_pipeline.store.recordings.leases import run_of
from meeting_pipeline.store.recordings.old_leases import in_work, old_leases, remove_leases, runs_in_use

_log = logging.getLogger(__name__)
_REWRITTEN_SHARE: Final = 0.25
"""A database that cannot give pages back is rewritten if this much of it is free: less would soon be used again."""
_ROOM_FACTOR: Final = 2.2
"""Room on the disk for a rewrite, as a multiple of the file: its copy, the journal of that, and a little more."""


@dataclass
class Pruned:
    """What was removed, or with a dry run would be. ``over``: everything old was handled; otherwise the next round continues."""

    dagster: Freed = field(default_factory=Freed)
    leases: int = 0
    objects: int = 0
    """Objects that are gone from the bucket of the inbox, and are forgotten."""
    uploads: int = 0
    """Uploads to object storage that became no recording: cut off by an outage or a crash."""
    files: dict[str, Removed] = field(default_factory=dict)
    database_bytes: int = 0
    """By which Dagster's SQLite files became smaller; negative if they grew meanwhile."""
    seconds: float = 0.0
    over: bool = True
    left: str = ""
    """Why Dagster's storage was left alone."""
    failed: bool = False
    """Whether a part hit a bug. The others were done all the same."""

    @property
    def counts(self) -> dict[str, Any]:
        """The figures by name, for metadata and people."""
        found: dict[str, Any] = {
            "runs_removed": self.dagster.runs,
            "runs_kept_for_lineage": self.dagster.trimmed,
            "events_removed": self.dagster.events,
            "check_evaluations_removed": self.dagster.evaluations,
            "backfills_removed": self.dagster.backfills,
            "event_bytes": self.dagster.bytes,
            "leases_removed": self.leases,
            "inbox_objects_forgotten": self.objects,
            "left_uploads_removed": self.uploads,
        }
        for name, removed in self.files.items():
            found |= {f"{name}_files": removed.files, f"{name}_bytes": removed.bytes}
        return found


def prune(
    installation: Installation,
    instance: dg.DagsterInstance,
    *,
    dry: bool = False,
    seconds: float = policies.PRUNE_SECONDS,
) -> Pruned:
    """Remove data that is too old. ``dry``: only count it. May run while the system runs, and be interrupted at any point.

    Raises: StoreUnavailable.
    """
    began = time.monotonic()
    done = Pruned()
    _prune_files(installation, done, dry=dry)
    with isolated_item(_log, "removing old runs") as item:
        _prune_runs(installation, instance, done, until=began + seconds, dry=dry)
    done.failed |= item.failed
    done.over &= not item.failed
    with isolated_item(_log, "forgetting objects of the inbox") as item:
        done.objects = _forget_objects(installation, dry=dry)
    done.failed |= item.failed
    with isolated_item(_log, "removing uploads without a recording") as item:
        done.uploads = remove_left_uploads(installation, policies.PRUNE_ROWS, dry=dry)
    done.failed |= item.failed
    if not dry:
        with isolated_item(_log, "settling campaigns") as item:
            installation.store.campaign_changes.settle()
        done.failed |= item.failed
        with isolated_item(_log, "giving freed pages back") as item:
            _give_back(instance, done, until=began + seconds)
        done.failed |= item.failed
    done.seconds = time.monotonic() - began
    return done


def _before(installation: Installation, days: int) -> datetime | None:
    return installation.store.context.before(days * SECONDS_PER_DAY) if days else None


def _forget_objects(installation: Installation, *, dry: bool) -> int:
    try:
        return forget_removed_objects(installation, dry=dry)
    except StorageRefused as error:  # the sensor says so too; another night will do
        _log.warning("objects of the inbox are not compared: %s", error.code)
        return 0
    except StoreUnavailable as error:
        if error.code.startswith("database"):
            raise
        _log.warning("objects of the inbox are not compared: %s", error.code)
        return 0


def _prune_files(installation: Installation, done: Pruned, *, dry: bool) -> None:
    settings = installation.settings
    for name, work, folder, days in (
        ("rejected", prune_rejected, settings.rejected, settings.keep_rejected_days),
        ("log", prune_logs, settings.home / "logs", settings.keep_logs_days),
        ("captured_output", prune_output, settings.dagster_home / "storage", settings.keep_runs_days),
    ):
        before = _before(installation, days)
        done.files[name] = Removed()
        if before is not None:
            with isolated_item(_log, f"removing old files: {name}") as item:
                done.files[name] = work(folder, before, dry=dry)
            done.failed |= item.failed


def _prune_runs(
    installation: Installation, instance: dg.DagsterInstance, done: Pruned, *, until: float, dry: bool
) -> None:
    settings, status = installation.settings, dg.DagsterRunStatus
    succeeded = _before(installation, settings.keep_runs_days)
    failed = _before(installation, max(settings.keep_runs_days, settings.keep_failed_runs_days))
    if not settings.keep_runs_days or not settings.keep_failed_runs_days:
        failed = None
    before: Before = {
        one: moment
        for one, moment in ((status.SUCCESS, succeeded), (status.CANCELED, succeeded), (status.FAILURE, failed))
        if moment is not None and settings.keep_runs_days
    }
    if not before:
        return
    try:
        old = OldRuns(instance, dry=dry, until=until)
    except UnknownStorage as error:
        done.left = f"Dagster's runs are kept: their storage is {error}, which this program does not use."
        return
    done.dagster = old.freed

    def in_use(rows: Sequence[FinishedRun]) -> set[str]:
        working = in_work(installation.store.database, [row.partition for row in rows if row.partition])
        return runs_in_use(installation.store.database) | {row.run_id for row in rows if row.partition in working}

    done.over = old.prune(before, in_use, installation.store.context.now())
    done.failed |= old.failed
    oldest = min(before.values())
    old.prune_backfills(oldest)
    done.leases = _prune_leases(installation, instance, oldest, dry=dry)


def _prune_leases(installation: Installation, instance: dg.DagsterInstance, before: datetime, *, dry: bool) -> int:
    database, after, count = installation.store.database, None, 0
    while leases := old_leases(database, before, after, policies.PRUNE_ROWS):
        after = (leases[-1].heartbeat_at, leases[-1].run_id)
        by_run: dict[str, list[str]] = {}
        for lease in leases:
            by_run.setdefault(run_of(lease.run_id), []).append(lease.run_id)
        going_on = {run.run_id for run in instance.get_runs(dg.RunsFilter(run_ids=list(by_run))) if not run.is_finished}
        gone = [lease for run_id, ids in by_run.items() if run_id not in going_on for lease in ids]
        count += len(gone)
        if not dry:
            remove_leases(database, gone)
    return count


def _give_back(instance: dg.DagsterInstance, done: Pruned, *, until: float) -> None:
    for path in sorted(DagsterDatabases(instance).files()):
        size = _size(path)
        try:
            if not give_back(path, until) and freed_share(path) > _REWRITTEN_SHARE and time.monotonic() < until:
                _rewrite(path, size)
        except (sqlite3.Error, OSError) as error:  # its free pages are used again
            _log.warning("%s keeps its free pages: %s", path.name, error)
        done.database_bytes += size - _size(path)


def _rewrite(path: Path, size: int) -> None:
    """Rewrite a database, unless the disk has no room for it, or it took too long before.

    Others wait for a rewrite, so one that had to be given up is not tried again every night. Raises: sqlite3.Error, OSError.
    """
    tried = path.with_name(f"{path.name}.not-rewritten")
    if shutil.disk_usage(path.parent).free < _ROOM_FACTOR * size or tried.exists():
        return
    try:
        compact_sqlite(path)
    except sqlite3.Error:
        tried.write_text("A rewrite of this database took too long. Remove this file to have it tried again.\n")
        raise


def _size(path: Path) -> int:
    """The size of a SQLite database with its journal."""
    return sum(one.stat().st_size for one in (path, Path(f"{path}-wal")) if one.exists())
