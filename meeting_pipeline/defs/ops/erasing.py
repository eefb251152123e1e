"""Erases a deleted recording from Dagster: its partition, runs and events, and its rows in previews of cross-meeting tables.

Must not go here: Dagster's tables (``dagster_tables.py``), files (``steps/operations/erase_files.py``).
"""

import logging
import sqlite3
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

import dagster as dg
from sqlalchemy.exc import SQLAlchemyError

from meeting_pipeline.catalog.files import folders_of
from meeting_pipeline.defs import policies
from meeting_pipeline.defs.assets.recording import RECORDING
from meeting_pipeline.defs.ops.batch_config import UNFINISHED
from meeting_pipeline.defs.ops.dagster_databases import Touched, UnknownStorage
from meeting_pipeline.defs.ops.dagster_tables import DagsterTables
from meeting_pipeline.defs.partitions import RECORDINGS
from meeting_pipeline.domain.result_kinds import ResultKind
from meeting_pipeline.installation import Installation
from meeting_pipeline.steps.processing.run_config import JOB, keys_in
from meeting_pipeline.store.deletions.values import Deleted, Trace

_log = logging.getLogger(__name__)
_OVER_ALL: Final = [dg.AssetKey("meetings"), dg.AssetKey("action_item_register"), dg.AssetKey("commitments")]
_OVER_ALL_JOB: Final = "refresh_catalog"
_WORDS: Final = frozenset({"first_rows", "chart"})
"""Metadata of the tables over all meetings that contain words of each meeting."""


class DagsterRegister:
    """Dagster as the register of recordings, for one round of erasing."""

    def __init__(self, instance: dg.DagsterInstance, installation: Installation) -> None:
        self._instance = instance
        self._installation = installation
        self._touched = Touched()

    def unregister(self, key: str) -> None:
        """Remove the partition."""
        if self._instance.has_dynamic_partition(RECORDINGS, key):
            self._instance.delete_dynamic_partition(RECORDINGS, key)

    def erase(self, deleted: Deleted, *, again: bool) -> Mapping[str, Trace]:
        """Erase runs, events, mentions and previews, except those of the same content submitted again."""
        try:
            storage = DagsterTables(self._instance)
            runs = self._erase_runs(storage, deleted, again=again)
            return {"dagster_runs": runs[0], "dagster_events": runs[1], **self._erase_tables(storage, deleted)}
        except UnknownStorage:
            return {"dagster_runs": Trace(left="unknown_storage_of_dagster")}
        except (SQLAlchemyError, sqlite3.Error, OSError) as error:
            _log.warning("Dagster's storage could not be searched: %s", type(error).__name__)
            return {"dagster_runs": Trace(left="storage_of_dagster_in_trouble")}

    def _erase_runs(self, storage: DagsterTables, deleted: Deleted, *, again: bool) -> tuple[Trace, Trace]:
        found = Touched(databases=self._touched.databases)
        active = int(not again and storage.is_in_a_backfill(deleted.key))
        context = self._installation.store.context
        settled = context.on_this_machine(context.now()).timestamp() - policies.ERASE_RUN_SECONDS
        if not again:
            active += sum(1 for run in self._batches_under_way(settled) if deleted.key in keys_in(run.run_config))
        for record in storage.runs_of(deleted.key, deleted.deleted_at if again else None):
            if record.dagster_run.is_finished and (record.end_time or 0.0) < settled:
                storage.delete_run(record.dagster_run.run_id, found)
            else:
                active += 1
        storage.delete_events(deleted.key, self._deleted_at(deleted) if again else None, found)
        storage.renew_asset_keys([RECORDING, *(dg.AssetKey(kind.value) for kind in ResultKind)])
        if not again and not active:
            storage.blank_mentions(deleted.key, deleted.came, found)
        left = "run_not_over" if active else None
        return Trace(found.runs, left), Trace(found.events + found.mentions)

    def _batches_under_way(self, settled: float) -> list[dg.DagsterRun]:
        """Shared runs that may still write the key of one of them: unfinished, or over since ``settled``."""
        since = datetime.fromtimestamp(settled, UTC)
        unfinished = self._instance.get_runs(dg.RunsFilter(job_name=JOB, statuses=list(UNFINISHED)))
        return [*unfinished, *self._instance.get_runs(dg.RunsFilter(job_name=JOB, updated_after=since))]

    def _erase_tables(self, storage: DagsterTables, deleted: Deleted) -> Mapping[str, Trace]:
        """Erase the previews of the tables. The exports, rewritten automatically after a deletion, hold its words until then."""
        found = Touched(databases=self._touched.databases)
        going_on = storage.drop_previews(
            _OVER_ALL, _OVER_ALL_JOB, _WORDS, deleted.came, self._deleted_at(deleted), found
        )  # fmt: skip
        stale = going_on or not all(self._is_newer(asset, deleted) for asset in _OVER_ALL)
        return {
            "previews_of_tables": Trace(found.mentions, "tables_not_written_yet" if going_on else None),
            "tables": Trace(0 if stale else len(_OVER_ALL), "tables_not_written_yet" if stale else None),
        }

    def _is_newer(self, asset: dg.AssetKey, deleted: Deleted) -> bool:
        """Whether the table was written by a run that began after the deletion, or was never written."""
        records = self._instance.fetch_materializations(asset, limit=1).records
        if not records:
            name = asset.to_python_identifier()
            return not any(folder.exists() for folder in folders_of(self._installation.settings.exports, name))
        run = self._instance.get_run_record_by_id(records[0].run_id)
        return run is not None and run.start_time is not None and run.start_time > self._deleted_at(deleted).timestamp()

    def _deleted_at(self, deleted: Deleted) -> datetime:
        """When it was deleted, by the clock of this machine: events, and starts and ends of runs, carry such times."""
        return self._installation.store.context.on_this_machine(deleted.deleted_at)

    def compact(self) -> Trace:
        """Rewrite Dagster's databases without the freed space of what was removed."""
        try:
            DagsterTables(self._instance).compact(self._touched)
        except UnknownStorage:
            return Trace()
        except (SQLAlchemyError, sqlite3.Error, OSError):
            return Trace(left="database_busy")
        return Trace()
