"""The op of the job ``prune``: one round of retention.

Must not go here: what is removed (``retention.py``).
"""

from typing import Any

import dagster as dg

from meeting_pipeline.defs.assets.redaction import redacting
from meeting_pipeline.defs.ops.retention import prune
from meeting_pipeline.defs.resources.worker import Worker
from meeting_pipeline.installation import Installation


@dg.op(
    out=dg.Out(dg.Nothing),
    description="Remove runs, events, logs and rejected files that are older than the settings `..._KEEP_..._DAYS` say. What "
    "lineage needs is kept.",
)
@redacting
def remove_what_is_old(
    context: dg.OpExecutionContext, installation: dg.ResourceParam[Installation], worker: dg.ResourceParam[Worker]
) -> dg.Output[None]:
    """Remove what is old, and report how much. Raises: dg.Failure if a part hit a bug; the others were done."""
    worker.begin_batch()
    done = prune(installation, context.instance)
    if done.left:
        context.log.warning(done.left)
    if not done.over:
        context.log.info("Not everything old was handled in time; the next run continues.")
    metadata: dict[str, Any] = {
        **done.counts,
        "database_bytes": done.database_bytes,
        "seconds": round(done.seconds, 1),
        "longest_write_seconds": round(done.dagster.longest_write_s, 3),
        "complete": done.over,
    }
    if done.failed:
        raise dg.Failure("A part of the retention failed: see the log.", metadata=metadata)
    return dg.Output(None, metadata=metadata)
