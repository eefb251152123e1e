"""The op of the job ``refresh_minutes``: rewrite the minutes of recordings whose results changed.

Must not go here: which changes are announced (``store/outbox/webhook_events.py``).
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

import dagster as dg

from meeting_pipeline.defs import policies
from meeting_pipeline.defs.assets.redaction import redacting
from meeting_pipeline.defs.assets.reported import events_of
from meeting_pipeline.defs.assets.results import minutes_result
from meeting_pipeline.defs.ops.provenance import with_inputs
from meeting_pipeline.defs.resources.worker import Worker
from meeting_pipeline.domain.errors import PipelineError, WorkerFenced
from meeting_pipeline.domain.result_kinds import ResultKind
from meeting_pipeline.installation import Installation
from meeting_pipeline.steps.delivery.finish import finish
from meeting_pipeline.steps.intake.back_off import BackOff
from meeting_pipeline.steps.isolation import isolated_item

_BACK_OFF: Final = "minutes"


def to_refresh(installation: Installation, limit: int) -> list[tuple[str, datetime]]:
    """Recordings whose minutes need rewriting, and when each changed, without those in back-off after a failure."""
    back_off = BackOff(installation.settings.home, _BACK_OFF, installation.store.context)
    changes = installation.store.results.changes(limit + back_off.count())
    return [(key, at) for key, at in changes if not back_off.waits(key, at)][:limit]


@dg.op(
    out=dg.Out(dg.Nothing),
    description="Rewrite the minutes of changed meetings and announce the next revision. One run for all that changed.",
)
@redacting
def refresh(
    context: dg.OpExecutionContext, installation: dg.ResourceParam[Installation], worker: dg.ResourceParam[Worker]
) -> Iterator[dg.AssetMaterialization | dg.Output[None]]:
    """Rewrite the minutes. A failed one is logged and retried later or when it changes again; it does not block the others.

    A bug fails the run, after all recordings were processed.
    """
    worker.begin_batch()
    back_off = BackOff(installation.settings.home, _BACK_OFF, installation.store.context)
    back_off.tidy()
    quoting = installation.settings.ui_previews == "on"
    bug: Exception | None = None
    for number, (key, changed_at) in enumerate(to_refresh(installation, policies.REFRESH_BATCH)):
        try:
            with (
                isolated_item(context.log, f"rendering {key}", quoting=quoting) as item,
                worker.one_of_batch(key, number) as lease,
            ):
                before = installation.store.results.current(key, ResultKind.MINUTES).get(ResultKind.MINUTES)
                finished = finish(installation, key, lease)
        except WorkerFenced as error:
            context.log.warning("%s: %s", key, error)
            continue
        if item.error is not None:
            back_off.failed(key, changed_at)
            bug = bug if isinstance(item.error, PipelineError) else item.error
            continue
        back_off.succeeded(key)
        result = minutes_result(finished)
        yield from _chosen(context, installation, key, before.created_at if before is not None else None)
        tags = with_inputs(context.instance, result.asset, key, result.tags)
        yield dg.AssetMaterialization(result.asset, partition=key, metadata=result.metadata, tags=tags)
    if bug is not None:
        raise bug
    yield dg.Output(None)


def _chosen(
    context: dg.OpExecutionContext, installation: Installation, key: str, since: datetime | None
) -> Iterator[dg.AssetMaterialization]:
    """The insights of which a person promoted or restored a version: no run reports those.

    The reconciler adds what is lost here.
    """
    quoting = installation.settings.ui_previews == "on"
    with isolated_item(context.log, f"reporting versions of {key}", quoting=quoting):
        chosen = installation.store.versions.made_current_since(key, since)
        if chosen:
            found = events_of(installation, key, [insight.value for insight in chosen])
            yield from (event for event in found if isinstance(event, dg.AssetMaterialization))
