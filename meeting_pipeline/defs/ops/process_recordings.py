"""The op of the job ``process_recordings``: many recordings in one run, each reported as if it had its own run.

Must not go here: the work (``steps/processing/batch.py``), what is reported of a result (``defs/assets/results.py``).
"""

import logging
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from urllib.parse import quote

import dagster as dg

from meeting_pipeline.defs.assets.changes_metadata import held_observation
from meeting_pipeline.defs.assets.chosen_version import InsightsConfig
from meeting_pipeline.defs.assets.redaction import redacted, redacted_message, redacted_metadata, redacting
from meeting_pipeline.defs.assets.results import Result, insight_result, minutes_result, transcript_result
from meeting_pipeline.defs.checks import transcript_checks_waiting, transcript_failed_check
from meeting_pipeline.defs.ops.batch_config import BatchConfig, earlier_leases
from meeting_pipeline.defs.ops.dagster_records import evaluation
from meeting_pipeline.defs.ops.provenance import with_inputs
from meeting_pipeline.defs.preview import count
from meeting_pipeline.defs.resources.worker import Worker
from meeting_pipeline.installation import Installation
from meeting_pipeline.steps.delivery.finish import Finished
from meeting_pipeline.steps.extraction.outcomes import Missing
from meeting_pipeline.steps.isolation import isolated_item
from meeting_pipeline.steps.processing import policies
from meeting_pipeline.steps.processing.batch import Ended, ProcessingEvent, process_batch
from meeting_pipeline.steps.processing.one_recording import StageOutcome
from meeting_pipeline.steps.processing.run_config import OP
from meeting_pipeline.steps.processing.stages import Extractions, Postponed, Transcribed
from meeting_pipeline.steps.transcription.collect import Waiting

_log = logging.getLogger(__name__)
Event = dg.AssetMaterialization | dg.AssetObservation | dg.AssetCheckEvaluation


@dg.op(
    name=OP,
    out=dg.Out(dg.Nothing),
    description="Process many recordings in parallel, from transcript to minutes. Each has its own lease and is "
    "reported on its own partition; a failure of one does not affect the others.",
)
@redacting
def process_each(
    context: dg.OpExecutionContext,
    config: BatchConfig,
    installation: dg.ResourceParam[Installation],
    worker: dg.ResourceParam[Worker],
) -> Iterator[Event | dg.Output[None]]:
    """Process the recordings of the configuration. A bug fails the run, after all of them were processed."""
    installation.store.database.use_at_most(policies.BATCH_CONNECTIONS)
    if config.campaign is not None:
        installation = installation.with_service_tier(installation.store.campaigns.service_tier(config.campaign))
    worker.begin_batch()
    earlier = earlier_leases(context.instance, context.run)
    items = config.items(first_try=context.run.parent_run_id is None, earlier=earlier)
    reporter = _Reporter(context, installation)
    with (
        InsightsConfig(model=config.model, prompt=config.prompt).chosen(installation) as chosen,
        # Closed also when this run is ended while it reports: what its threads are sending is then given back at once.
        closing(process_batch(chosen, items, worker, calls=installation.settings.batch_calls)) as happening,
    ):
        for happened in happening:
            yield from reporter.events_of_one(happened)
    if reporter.bug is not None:
        context.add_output_metadata(reporter.metadata())
        raise reporter.bug
    yield dg.Output(None, metadata=reporter.metadata())


@dataclass
class _Reporter:
    """Turns what happens into events and log lines. ``ends``: key -> how the recording ended, for the run's page."""

    context: dg.OpExecutionContext
    installation: Installation
    ends: dict[str, Ended] = field(default_factory=dict)
    bug: Exception | None = None

    def events_of_one(self, happened: ProcessingEvent) -> Iterator[Event]:
        """The events of one recording. A bug met here touches no other recording, and fails the run at its end.

        What is not reported is stored all the same; the reconciler adds what Dagster lacks.
        Raises: StoreUnavailable: Dagster's storage stays away.
        """
        quoting = self.installation.settings.ui_previews == "on"
        with isolated_item(self.context.log, f"reporting {happened.item.key}", quoting=quoting) as item:
            yield from self._events(happened)
        self.bug = self.bug or item.error

    def _events(self, happened: ProcessingEvent) -> Iterator[Event]:
        key = happened.item.key
        if isinstance(happened.what, Ended):
            self._end(key, happened.what)
            return
        for result in self._results(key, happened.what, campaign=happened.item.campaign is not None):
            if isinstance(result, dg.AssetCheckResult):
                yield evaluation(self.context.instance, key, redacted(self.installation.settings, result, key))
                continue
            if isinstance(result, dg.AssetObservation):
                metadata = redacted_metadata(self.installation.settings, result.metadata, key)
                yield result.with_metadata(metadata)
                continue
            tags = with_inputs(self.context.instance, result.asset, key, result.tags)
            made = dg.AssetMaterialization(result.asset, partition=key, metadata=result.metadata, tags=tags)
            yield redacted(self.installation.settings, made, key)
            for check in result.checks:  # after the materialization is stored, to which they refer
                yield evaluation(self.context.instance, key, redacted(self.installation.settings, check, key))

    def _results(
        self, key: str, what: StageOutcome, *, campaign: bool
    ) -> Iterator[Result | dg.AssetCheckResult | dg.AssetObservation]:
        match what:
            case Transcribed():
                yield transcript_result(what)
            case Waiting():
                self.context.log.info("%s: ordered from %s; another run collects it.", key, what.provider)
                yield from transcript_checks_waiting(what.provider)
            case Postponed():
                yield from self._without_transcript(key, what)
            case Extractions():
                for outcome in what.outcomes:
                    if isinstance(outcome, Missing):
                        why = redacted_message(self.installation.settings, outcome.error)
                        what_it_is = "cannot be held" if what.held else "is not made" if campaign else "is a gap"
                        self.context.log.warning("%s: %s %s: %s", key, outcome.insight.value, what_it_is, why)
                        if campaign and not what.held:
                            continue  # what was there stays, and the campaign makes it later
                    diff = what.diffs.get(outcome.insight)
                    if what.held:
                        yield held_observation(what.record, outcome, diff)
                    else:
                        yield insight_result(what.record, outcome, diff)
            case Finished():
                yield minutes_result(what)

    def _without_transcript(self, key: str, what: Postponed) -> Iterator[dg.AssetCheckResult]:
        why = redacted_message(self.installation.settings, what.error)
        self.context.log.error("%s: no transcript: %s %s", key, why, what.next_step)
        if what.due is None:
            yield transcript_failed_check(what.error.code)

    def _end(self, key: str, ended: Ended) -> None:
        self.ends[key] = ended
        self.bug = self.bug or ended.bug
        why = f" ({ended.error.code})" if ended.error is not None else ""
        log = self.context.log.error if ended.bug is not None else self.context.log.info
        log("%s: %s%s, %.1f s", key, ended.outcome, why, ended.seconds)

    def metadata(self) -> dict[str, dg.MetadataValue]:
        """The recordings with links to their partitions."""
        rows = ["| recording | outcome | why | seconds |", "|---|---|---|---|"]
        for key, ended in self.ends.items():
            url = f"{self.installation.settings.ui_url}/assets/minutes?partition={quote(key)}&view=partitions"
            why = ended.error.code if ended.error is not None else ""
            rows.append(f"| [{key}]({url}) | {ended.outcome} | {why} | {ended.seconds:.1f} |")
        return {"recordings": dg.MetadataValue.md("\n".join(rows)), "recording_count": count(len(self.ends))}
