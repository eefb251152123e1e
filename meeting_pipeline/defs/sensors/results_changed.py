"""``results_changed``: refreshes minutes of reprocessed meetings, the cross-meeting tables and vectors, once changes pause.

Must not go here: what changed (``store/results/results.py``, ``store/results/table_changes.py``), writing it
(``defs/ops/refresh_minutes.py``, ``catalog/``).
"""

import json
import logging
from dataclasses import asdict, dataclass, fields, replace

import dagster as dg

from meeting_pipeline import policies as shared_policies
from meeting_pipeline.catalog.files import damaged, read_note
from meeting_pipeline.catalog.refreshing import current_layout
from meeting_pipeline.defs import policies
from meeting_pipeline.defs.jobs import embed_transcripts, refresh_catalog, refresh_minutes
from meeting_pipeline.defs.ops.refresh_minutes import to_refresh
from meeting_pipeline.defs.sensors.requests import batch_run, is_pending
from meeting_pipeline.defs.sensors.skip_on_db_error import skip_on_database_error
from meeting_pipeline.domain.backoff import backoff_s
from meeting_pipeline.installation import Installation
from meeting_pipeline.steps.embedding.transcripts import has_due
from meeting_pipeline.steps.isolation import isolated_item
from meeting_pipeline.steps.operations.compact_counters import compact_counters
from meeting_pipeline.steps.operations.index_search import index_waiting
from meeting_pipeline.steps.operations.link_commitments import link_waiting
from meeting_pipeline.store.policies import COMMITMENT_LINKING_SECONDS

_log = logging.getLogger(__name__)


@dg.sensor(
    jobs=[refresh_minutes, refresh_catalog, embed_transcripts],
    minimum_interval_seconds=policies.SENSOR_SECONDS,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="When results of finished recordings have changed, one run rewrites all their minutes and announces the next "
    "revisions. After new outcomes, one run refreshes the tables over all meetings, not one per meeting; if it fails, "
    "it is retried with back-off. When recordings lack vectors for search by meaning, one run makes them.",
)
@skip_on_database_error
def results_changed(
    context: dg.SensorEvaluationContext, installation: dg.ResourceParam[Installation]
) -> dg.SensorResult | dg.SkipReason:
    """Request at most one run of each job."""
    requests = []
    if to_refresh(installation, limit=1):
        request = batch_run(context, refresh_minutes.name, "Results changed after they were sent.")
        requests += [request] if isinstance(request, dg.RunRequest) else []
    seen = _Seen.read(context.cursor)
    now = installation.store.context.now().timestamp()
    look = now >= seen.looked_at_s + policies.TABLES_LOOK_SECONDS
    seen = replace(seen, looked_at_s=int(now)) if look else seen
    newest = _lacking(installation, look=look)
    if newest is not None and seen.may_ask(newest, now) and not is_pending(context, refresh_catalog.name):
        seen = seen.ask(newest, now)
        requests.append(dg.RunRequest(run_key=seen.run_key, job_name=refresh_catalog.name))
    with isolated_item(_log, "looking for recordings without vectors", quoting=False):
        if has_due(installation):
            request = batch_run(context, embed_transcripts.name, "Recordings lack vectors.")
            requests += [request] if isinstance(request, dg.RunRequest) else []
    with isolated_item(
        _log, "adding up what metrics show"
    ):  # last, and for itself: minutes and tables do not depend on it
        compact_counters(installation)
    with isolated_item(_log, "indexing for the search", quoting=False):
        index_waiting(installation)
    with isolated_item(_log, "linking commitments", quoting=False):
        link_waiting(installation, seconds=COMMITMENT_LINKING_SECONDS)
    if not requests:
        context.update_cursor(seen.write())
        return dg.SkipReason("Nothing has changed, or changes are still coming in.")
    return dg.SensorResult(run_requests=requests, cursor=seen.write())


@dataclass(frozen=True)
class _Seen:
    """The cursor: the refresh requested last, and what for."""

    asked: str = ""
    tries: int = 0
    again_at_s: float = 0.0
    """When to request the refresh again if it failed, as a Unix time."""
    asked_at_s: int = 0
    """When it was last requested. A restored database can repeat changes, and Dagster runs each run key only once."""
    looked_at_s: int = 0
    """When the files of the tables were last looked at."""

    @classmethod
    def read(cls, cursor: str | None) -> "_Seen":
        found = json.loads(cursor) if cursor else {}
        if not isinstance(found.get("asked"), str):  # of an earlier version
            return cls()
        return cls(**{field.name: found[field.name] for field in fields(cls) if field.name in found})

    def write(self) -> str:
        return json.dumps(asdict(self))

    @property
    def run_key(self) -> str:
        return f"catalog:{self.asked}:{self.tries}:{self.asked_at_s}"

    def may_ask(self, newest: str, now_s: float) -> bool:
        """New changes are requested at once, failed ones after a wait."""
        return newest != self.asked or now_s >= self.again_at_s

    def ask(self, newest: str, now_s: float) -> "_Seen":
        tries = self.tries + 1 if newest == self.asked else 0
        wait = backoff_s(tries, shared_policies.RETRY_BASE_SECONDS, shared_policies.RETRY_MAX_SECONDS)
        return replace(self, asked=newest, tries=tries, again_at_s=now_s + wait, asked_at_s=int(now_s))


def _lacking(installation: Installation, *, look: bool) -> str | None:
    """Identifies what the written tables lack, if it is time to write them. ``look``: at their files, too.

    Tables that are gone, or do not belong to this state of the database, such as after a restore, lack everything.
    """
    version = installation.store.table_changes.version()
    if version is not None:
        folder = installation.settings.exports
        note = read_note(folder, version, current_layout(installation.settings))
        if note is None or (look and damaged(folder, note)):
            return "everything"  # the same each time: what does not help is retried with back-off
    return installation.store.table_changes.due()
