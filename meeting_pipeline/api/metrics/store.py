"""Metrics from the store: all processes report the same values, also after a restart.

A new metric needs a line in one of the tables here, and a field or total in ``store/metrics/statistics.py`` or
``store/metrics/totals.py``. Names follow Prometheus's conventions: base units, ``_total`` for counters.
Must not go here: queries.
"""

import logging
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from meeting_pipeline import policies as shared_policies
from meeting_pipeline.api import policies
from meeting_pipeline.domain.errors import StoreUnavailable
from meeting_pipeline.store.metrics.current_queries import Numbers
from meeting_pipeline.store.metrics.statistics import Statistics, StatisticsOfStore
from meeting_pipeline.store.metrics.totals import Totals

_log = logging.getLogger(__name__)
PREFIX: Final = "meeting_pipeline_"

_GAUGES: Final[tuple[tuple[str, str, tuple[str, ...], Callable[[Statistics], Numbers]], ...]] = (
    ("recordings", "Recordings, by status.", ("status", "stage"), lambda s: s.recordings),
    ("recordings_failed", "Failed recordings, by error code.", ("code",), lambda s: s.failed),
    ("recordings_waiting", "Recordings that wait because something failed.", ("code",), lambda s: s.waiting),
    ("gaps", "Missing insights: to be retried (due) or left for a person (left).", ("insight", "code", "state"),
     lambda s: s.gaps),
    ("queue_recordings", "Recordings whose next step is due, or that a provider is transcribing.", ("stage",),
     lambda s: s.queue),
    ("queue_oldest_age_seconds", "How long the oldest entry of a queue has waited.", ("stage",), lambda s: s.queue_ages),
    ("transcription_orders", "Orders in the ledger; those with the state ordered are in flight.", ("provider", "state"),
     lambda s: s.orders),
    ("inbox_objects", "Objects in the bucket of the inbox: waiting, left out, or taken and still to be removed there.",
     ("state",), lambda s: s.inbox_objects),
    ("provider_outage_age_seconds", "When the outage of a provider's service began; absent while it works.",
     ("provider", "service", "code"), lambda s: s.outages),
    ("held_by_daily_limit", "1 for a service that buys nothing automatically because of the daily limit; absent otherwise.",
     ("provider", "service", "code"), lambda s: s.held),
    ("spent_today_usd", "Spent since midnight UTC as far as prices are known, in US dollars; absent without a limit.", (),
     lambda s: s.spent_today),
    ("unpriced_purchases_today", "Purchases since midnight UTC whose price is unknown; absent without a limit.", (),
     lambda s: s.unpriced_today),
    ("daily_limit_usd", "What may be spent automatically on a day, in US dollars; absent without a limit.", (),
     lambda s: s.daily_limit),
    ("webhook_deliveries", "Webhooks not delivered yet.", ("host", "state"), lambda s: s.deliveries),
    ("webhook_endpoints", "Endpoints that are failing or disabled.", ("state",), lambda s: s.endpoints),
    ("webhooks_due", "Webhooks that could be sent now.", (), lambda s: {(): s.webhooks_due}),
    ("webhook_lag_seconds", "How long the oldest due webhook has waited.", (), lambda s: {(): s.webhook_lag}),
    ("mails", "Mails with minutes that have not been sent, by state.", ("state",), lambda s: s.mails),
    ("mails_due", "Mails that could be sent now.", (), lambda s: {(): s.mails_due}),
    ("mail_lag_seconds", "How long the oldest due mail has waited.", (), lambda s: {(): s.mail_lag}),
    ("run_workers", "Runs whose worker renews its lease.", (), lambda s: {(): s.workers}),
    ("deletions_unfinished", "Deleted recordings with data left elsewhere.", (),
     lambda s: {(): s.deletions}),
)  # fmt: skip
_COUNTERS: Final[tuple[tuple[str, str, tuple[str, ...], str], ...]] = (
    ("recordings_accepted", "Recordings accepted at intake.", (), "accepted"),
    ("submissions_refused", "Rejected files whose submitters get a webhook.", ("code",), "refusals"),
    ("accepted_audio_seconds", "Length of the accepted recordings.", (), "audio_seconds"),
    ("recording_failures", "Recordings that failed, including those that were retried later.", ("code",), "failures"),
    ("recording_deferrals", "How often a recording was deferred.", ("code",), "waits"),
    ("gaps_noted", "How often an insight could not be extracted.", ("insight", "code"), "gaps"),
    ("workers_lost", "Runs whose worker was lost.", (), "workers_lost"),
    ("transcription_orders_placed", "Transcriptions bought.", ("provider",), "orders"),
    ("transcription_cost_usd", "Cost of transcriptions, in US dollars.", ("provider",), "order_usd"),
    ("llm_calls", "Billed calls.", ("insight", "model"), "answers"),
    ("llm_calls_wasted", "Calls whose answer was lost or could not be used.", ("insight", "state", "code"),
     "wasted_answers"),
    ("llm_tokens", "Billed tokens; input includes cached tokens.", ("model", "kind"), "tokens"),
    ("llm_cost_usd", "Cost of answers, in US dollars.", ("model",), "answer_usd"),
    ("webhook_attempts", "Attempts to deliver a webhook.", ("host", "result"), "webhook_attempts"),
    ("mail_attempts", "Attempts to send a mail.", ("result", "code"), "mail_attempts"),
    ("webhook_attempt_seconds", "Duration of delivery attempts.", ("host",), "webhook_seconds"),
)  # fmt: skip
_HISTOGRAMS: Final = (
    ("stage_duration_seconds", "How long recordings spent in a stage.", "stage", "stage"),
    ("recording_duration_seconds", "Time from acceptance, or the last retry, to the outcome.", "outcome",
     "outcome"),
)  # fmt: skip


class StoreCollector(Collector):
    """Queries the store at each scrape. If it is unavailable, the only metric is ``meeting_pipeline_database_up 0``."""

    def __init__(self, statistics: StatisticsOfStore) -> None:
        self._statistics = statistics
        self._lock = threading.Lock()
        self._found: Statistics | None = None
        self._found_at = float("-inf")

    def describe(self) -> Iterable[Metric]:
        """Registering it runs no queries."""
        return []

    def collect(self) -> Iterator[Metric]:
        """The metrics."""
        found = self._now()
        up = GaugeMetricFamily(f"{PREFIX}database_up", "Whether the database responds.")
        up.add_metric([], 1.0 if found is not None else 0.0)
        yield up
        if found is not None:
            yield from _metrics(found)

    def _now(self) -> Statistics | None:
        with self._lock:
            if time.monotonic() - self._found_at > policies.METRICS_FRESH_SECONDS:
                self._found = self._query()
                self._found_at = time.monotonic()
            return self._found

    def _query(self) -> Statistics | None:
        try:
            for _ in range(shared_policies.STATISTICS_ROUNDS):
                if not self._statistics.count_new():
                    break
        except StoreUnavailable as error:  # a full disk: earlier counts are still valid
            _log.warning("events not counted: %s", error)
        try:
            return self._statistics.now()
        except StoreUnavailable as error:
            _log.warning("no metrics of the store: %s", error)
            return None


def _metrics(found: Statistics) -> Iterator[Metric]:
    for name, text, labels, numbers in _GAUGES:
        gauge = GaugeMetricFamily(f"{PREFIX}{name}", text, labels=labels)
        for values, number in sorted(numbers(found).items()):
            gauge.add_metric(values, number)
        yield gauge
    for name, text, labels, total in _COUNTERS:
        counter = CounterMetricFamily(f"{PREFIX}{name}", text, labels=labels)
        known = _of(found.totals, total) if labels else {(): 0.0, **_of(found.totals, total)}
        for values, number in sorted(known.items()):
            counter.add_metric(values, number)
        yield counter
    for name, text, label, total in _HISTOGRAMS:
        yield _histogram(f"{PREFIX}{name}", text, label, found.totals, total)


def _of(totals: Totals, name: str) -> dict[tuple[str, ...], float]:
    return {total.labels: value for total, value in totals.items() if total.name == name}


def _histogram(name: str, text: str, label: str, totals: Totals, total: str) -> HistogramMetricFamily:
    family = HistogramMetricFamily(name, text, labels=[label])
    counts: dict[str, dict[str, float]] = defaultdict(dict)
    for (value, limit), number in _of(totals, f"{total}_bucket").items():
        counts[value][limit] = number
    sums = _of(totals, f"{total}_seconds")
    for value, found in sorted(counts.items()):
        buckets, so_far = [], 0.0
        for limit in [*(f"{one:.1f}" for one in shared_policies.STAGE_BUCKETS_SECONDS), "+Inf"]:
            so_far += found.get(limit, 0.0)
            buckets.append((limit, so_far))
        family.add_metric([value], buckets, sums.get((value,), 0.0))
    return family
