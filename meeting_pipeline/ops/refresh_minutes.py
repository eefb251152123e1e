"""The op of the job ``refresh_minutes``: write the minutes again of recordings whose results changed.

Must not go here: what is worth telling (``store/telling.py``).
"""

from collections.abc import Iterator

import dagster as dg

from meeting_pipeline import policies
from meeting_pipeline.assets.minutes import MINUTES, minutes_metadata, minutes_tags
from meeting_pipeline.assets.redaction import redacted_message, redacting
from meeting_pipeline.domain.errors import PipelineError
from meeting_pipeline.resources.worker import Worker
from meeting_pipeline.steps.finishing import finish
from meeting_pipeline.steps.opening import Installation


@dg.op(
    out=dg.Out(dg.Nothing),
    description="Render changed meetings again and tell the next revision. One run for all that changed.",
)
@redacting
def refresh(
    context: dg.OpExecutionContext, installation: dg.ResourceParam[Installation], worker: dg.ResourceParam[Worker]
) -> Iterator[dg.AssetMaterialization | dg.Output[None]]:
    """What cannot be rendered is logged; it stays changed and is met again. A bug fails the run, after all had their turn."""
    worker.begin_batch()
    bug: Exception | None = None
    for number, key in enumerate(installation.store.results.changed(policies.REFRESH_BATCH)):
        try:
            with worker.one_of_batch(key, number) as lease:
                finished = finish(installation, key, lease)
        except PipelineError as error:
            context.log.warning("%s: %s", key, redacted_message(installation.settings, error))
            continue
        except Exception as error:
            if installation.settings.ui_previews == "on":
                context.log.exception("%s was not rendered", key)
            else:
                context.log.error("%s was not rendered: %s", key, type(error).__name__)
            bug = error
            continue
        yield dg.AssetMaterialization(
            MINUTES, partition=key, metadata=minutes_metadata(finished), tags=minutes_tags(finished)
        )
    if bug is not None:
        raise bug
    yield dg.Output(None)
