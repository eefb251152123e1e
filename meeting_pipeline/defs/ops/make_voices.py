"""The op of the job ``make_voices``: make the voices of speakers, for suggestions of people.

Must not go here: making them (``steps/voices/making.py``), when (``schedules.py``).
"""

import dagster as dg

from meeting_pipeline.defs.assets.redaction import redacting
from meeting_pipeline.defs.resources.worker import Worker
from meeting_pipeline.installation import Installation
from meeting_pipeline.steps.voices.making import make_voices, model_of


@dg.op(
    out=dg.Out(dg.Nothing),
    description="Compute missing voices of speakers. Does nothing unless voices are turned on.",
)
@redacting
def make_voices_of_speakers(
    context: dg.OpExecutionContext, installation: dg.ResourceParam[Installation], worker: dg.ResourceParam[Worker]
) -> None:
    """One round."""
    model = model_of(installation)
    worker.begin_batch()
    if model is None:
        context.log.info("Suggestions by voice are off.")
        return
    done = make_voices(installation, model, may_start=worker.may_start)
    context.log.info("%d recordings, %d voices; %d recordings failed.", done.recordings, done.voices, done.failed)
