"""The op of the job ``embed_transcripts``: make vectors of transcripts, for search by meaning.

Must not go here: making them (``steps/embedding/transcripts.py``), when they are due (``store/search/vector_sets.py``).
"""

import dagster as dg

from meeting_pipeline.defs.assets.redaction import redacting
from meeting_pipeline.defs.resources.worker import Worker
from meeting_pipeline.installation import Installation
from meeting_pipeline.steps.embedding.transcripts import embed_due


@dg.op(
    out=dg.Out(dg.Nothing),
    description="Compute missing vectors. Failures are retried with back-off, and fail no recording.",
)
@redacting
def make_vectors(
    context: dg.OpExecutionContext, installation: dg.ResourceParam[Installation], worker: dg.ResourceParam[Worker]
) -> None:
    """Make what is due, within the limit of the day."""
    done = embed_due(installation, worker.begin_batch(), may_start=worker.may_start)
    context.log.info("Computed the vectors of %d recordings, %d windows.", done.recordings, done.windows)
    if done.stopped is not None:
        context.log.warning(
            "Stopped early [%s]; the rest is waiting. `meeting-pipeline doctor` says more.", done.stopped
        )
