"""All stages of one recording in a shared run, with the attempts that its own run would make.

Must not go here: the stages (``stages.py``), the other recordings of the run (``batch.py``).
"""

import random
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from meeting_pipeline import policies
from meeting_pipeline.domain.errors import PipelineError
from meeting_pipeline.domain.result_kinds import Insight, ResultKind
from meeting_pipeline.installation import Installation
from meeting_pipeline.steps.delivery.finish import Finished
from meeting_pipeline.steps.processing.attempts import Attempt, RetryInRun, requested_wait_s
from meeting_pipeline.steps.processing.stages import (
    Extractions,
    Postponed,
    Transcribed,
    extract_insights,
    transcribe,
    write_minutes,
)
from meeting_pipeline.steps.transcription.collect import Waiting

StageOutcome = Transcribed | Waiting | Postponed | Extractions | Finished


@dataclass(frozen=True)
class Item:
    """A recording of the batch. ``number``: its place. ``assets``: what to make; ``request``: the request it comes from.

    ``earlier``, ``hold``, ``campaign``: see ``Attempt``. With ``hold``, only insights are made.
    """

    key: str
    number: int
    assets: tuple[str, ...]
    request: int | None = None
    requested_by_user: bool = False
    earlier: tuple[str, ...] = ()
    hold: bool = False
    campaign: str | None = None

    @property
    def collecting(self) -> bool:
        """Whether the transcript is made too."""
        return ResultKind.TRANSCRIPT.value in self.assets and not self.hold

    @property
    def insights(self) -> list[Insight]:
        """The insights to extract. Insights that this installation does not know any more are left out."""
        return [insight for insight in Insight if insight.value in self.assets]


def process(
    installation: Installation, item: Item, lease: str, wait: Callable[[float], None]
) -> Iterator[StageOutcome]:
    """Go through the stages; yields what came of each. ``wait`` waits some seconds between two attempts, or raises."""

    def attempt(number: int) -> Attempt:
        return Attempt(item.key, lease, number, item.requested_by_user, item.earlier, item.hold, item.campaign)

    if item.collecting:
        transcribed = _repeated(lambda n: transcribe(installation, attempt(n)), wait)
        yield transcribed
        if not isinstance(transcribed, Transcribed):
            return
    if insights := item.insights:
        extracted = _repeated(lambda n: extract_insights(installation, attempt(n), insights), wait)
        yield extracted
        if isinstance(extracted, Extractions) and item.campaign is not None and extracted.missing:
            return  # the campaign makes the rest later, and then the minutes
    if ResultKind.MINUTES.value in item.assets and not item.hold:
        yield write_minutes(installation, attempt(0))


def _repeated(stage: Callable[[int], StageOutcome | RetryInRun], wait: Callable[[float], None]) -> StageOutcome:
    number = 0
    while isinstance(outcome := stage(number), RetryInRun):
        wait(_wait_s(outcome.error, number))
        number += 1
    return outcome


def _wait_s(error: PipelineError, number: int) -> float:
    """The wait after this attempt: what the provider asked for, or an exponential one with jitter, as in its own run."""
    asked = requested_wait_s(error)
    if asked is not None:
        return asked
    return policies.RUN_RETRY_DELAY_SECONDS * float(2**number) * random.uniform(0.5, 1.5)  # noqa: S311 - spreads load


def ordered(assets: Collection[str]) -> tuple[str, ...]:
    """These assets, in dependency order."""
    return tuple(name for name in ResultKind.names() if name in assets)
