"""The current numbers that metrics show. Reading only.

Add a number when somebody watches it. Must not go here: how each is read (``current_queries.py``), totals
(``counters.py``), names of metrics (``api/metrics/``).
"""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from meeting_pipeline import policies as shared_policies
from meeting_pipeline.domain.recording import RecordingStatus
from meeting_pipeline.store import policies
from meeting_pipeline.store.engine.context import StoreContext
from meeting_pipeline.store.engine.transaction_retry import retrying
from meeting_pipeline.store.ledger.spending import held_by_limit, spent_today
from meeting_pipeline.store.metrics import counters
from meeting_pipeline.store.metrics.current_queries import (
    Numbers,
    age,
    count,
    counts,
    inbox_objects_by_state,
    kept_numbers,
    numbers,
    open_outages,
    queue,
    state_of_gap,
    webhooks_due,
)
from meeting_pipeline.store.metrics.host_labels import bounded_hosts, by_known_hosts, known_hosts
from meeting_pipeline.store.metrics.kept_sums import are_noted, kept_sums
from meeting_pipeline.store.metrics.totals import Totals, of_ledgers
from meeting_pipeline.store.outbox.mails import mails_waiting
from meeting_pipeline.store.tables import (
    DeletedRecording,
    GapRow,
    MailDelivery,
    RunLease,
    WebhookDelivery,
    WebhookEndpoint,
)

_FAILED = (RecordingStatus.FAILED,)
_UNDER_WAY = (RecordingStatus.PENDING, RecordingStatus.PROCESSING)


@dataclass(frozen=True)
class Statistics:
    """A snapshot. Ages are in seconds. ``totals`` only rise."""

    recordings: Numbers
    """By status and stage."""
    failed: Numbers
    """By code."""
    waiting: Numbers
    """Recordings that wait because something went wrong, by code."""
    gaps: Numbers
    """By insight, code and whether it will be retried (``due``) or is left to people (``left``)."""
    queue: Numbers
    """Recordings whose next step could start or is in progress elsewhere, by stage."""
    queue_ages: Numbers
    """How long the oldest of these has waited."""
    orders: Numbers
    """By provider and state."""
    inbox_objects: Numbers
    """Objects in the bucket of the inbox that wait or are left out, by state."""
    outages: Numbers
    """Age, by provider, service and code."""
    held: Numbers
    """1 by provider, service and code for what the daily limit holds."""
    spent_today: Numbers
    """US dollars since midnight UTC, as far as prices are known; empty without a limit: it is added up at each scrape."""
    unpriced_today: Numbers
    """Purchases since then whose price is unknown; empty without a limit."""
    daily_limit: Numbers
    """US dollars; empty without a limit."""
    deliveries: Numbers
    """Deliveries not delivered, by host and state."""
    endpoints: Numbers
    """By state."""
    webhook_lag: float
    """Age of the oldest delivery that is due; 0 if none is due."""
    webhooks_due: int
    mails: Numbers
    """Mails that were not sent, by state."""
    mail_lag: float
    """Age of the oldest mail that could be sent; 0 if there is none, or mails are turned off."""
    mails_due: int
    workers: int
    deletions: int
    """Deleted recordings that still have something to clear elsewhere."""
    totals: Totals


@retrying
class StatisticsOfStore:
    """Repository of statistics."""

    def __init__(self, context: StoreContext) -> None:
        self._context = context

    def count_new(self) -> bool:
        """Count events since the last time, a bounded number. Returns whether there may be more."""
        try:
            return self._count_new()
        except IntegrityError:  # the first time: another process was faster
            return self._count_new()

    def count_if_many(self) -> None:
        """Count if much is not counted yet: if nothing scrapes the metrics, uncounted changes must not pile up."""
        with self._context.database.read() as session:
            many = are_noted(session, more_than=policies.TALLY_CHANGES_KEPT)
        if many:
            self.count_new()

    def _count_new(self) -> bool:
        with self._context.database.read() as session:  # checking takes no lock
            if not counters.has_new(session):
                return False
        with self._context.database.write() as session:
            return counters.count_new(session) >= shared_policies.STATISTICS_EVENTS

    def now(self) -> Statistics:
        """All numbers, from one snapshot."""
        now, limit = self._context.now(), self._context.daily_limit
        held = held_by_limit(self._context)
        with self._context.database.read() as session:
            spent = spent_today(session, now) if limit is not None else None
            hosts = known_hosts(session)
            due, oldest = webhooks_due(session, now)
            mails_due, oldest_mail = mails_waiting(session, now) if self._context.mail is not None else (0, None)
            depths, ages = queue(session, now)
            sums = kept_sums(session)
            return Statistics(
                recordings=kept_numbers(sums, "recordings", lambda status, stage, _: (status, stage)),
                failed=kept_numbers(sums, "recordings", lambda status, _, code: (code,) if status in _FAILED else None),
                waiting=kept_numbers(
                    sums, "recordings", lambda status, _, code: (code,) if code and status in _UNDER_WAY else None
                ),
                gaps=numbers(session, counts(GapRow.insight, GapRow.code, state_of_gap())),
                queue=depths,
                queue_ages=ages,
                orders=kept_numbers(sums, "orders_now", lambda provider, state: (provider, state)),
                inbox_objects=inbox_objects_by_state(session),
                outages=open_outages(session, now),
                held={(one.provider, one.service.value, one.code): 1.0 for one in held},
                spent_today={(): spent.usd} if spent is not None else {},
                unpriced_today={(): spent.unpriced} if spent is not None else {},
                daily_limit={(): limit.usd} if limit is not None else {},
                deliveries=by_known_hosts(
                    hosts,
                    numbers(
                        session,
                        counts(WebhookDelivery.host, WebhookDelivery.state).where(
                            WebhookDelivery.state.in_(["pending", "leased", "dead", "held"])
                        ),
                    ),
                ),
                endpoints=numbers(session, counts(WebhookEndpoint.state)),
                webhook_lag=oldest,
                webhooks_due=due,
                mails=numbers(
                    session,
                    counts(MailDelivery.state).where(MailDelivery.state.in_(["pending", "leased", "dead"])),
                ),
                mail_lag=age(oldest_mail, now),
                mails_due=mails_due,
                workers=count(session, select(func.count()).where(RunLease.state == "live")),
                deletions=count(session, select(func.count()).where(DeletedRecording.due_at.is_not(None))),
                totals=bounded_hosts(hosts, counters.stored(session).add(of_ledgers(sums))),
            )
