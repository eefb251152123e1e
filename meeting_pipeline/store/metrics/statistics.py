"""The current numbers that metrics show. Reading only: kept sums, and queries on an index that read only what is open.

Add a number when somebody watches it. Must not go here: totals (``counters.py``), names of metrics (``api/routes/metrics.py``).
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, case, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from meeting_pipeline import policies as shared_policies
from meeting_pipeline.domain.recording import RecordingStatus, Stage
from meeting_pipeline.store import policies
from meeting_pipeline.store.engine.context import StoreContext
from meeting_pipeline.store.engine.transaction_retry import retrying
from meeting_pipeline.store.ledger.spending import held_by_limit, spent_today
from meeting_pipeline.store.metrics import counters
from meeting_pipeline.store.metrics.kept_sums import Group, Sums, are_noted, kept_sums
from meeting_pipeline.store.outbox.mails import mails_waiting
from meeting_pipeline.store.recordings import inbox_objects
from meeting_pipeline.store.recordings.outages import OPEN
from meeting_pipeline.store.tables import (
    DeletedRecording,
    GapRow,
    InboxObject,
    MailDelivery,
    ProviderOutage,
    Recording,
    RunLease,
    TranscriptionOrder,
    WebhookDelivery,
    WebhookEndpoint,
)

Numbers = dict[tuple[str, ...], float]
"""Label values -> number."""
OTHER_HOSTS = "other"
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
    """Recordings whose next step could start or is under way elsewhere, by stage."""
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
    totals: counters.Totals


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
        """Count if much is not counted yet: where nobody scrapes, what is to be added up must not pile up."""
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
            hosts = _known_hosts(session)
            due, oldest = _webhooks_due(session, now)
            mails_due, oldest_mail = mails_waiting(session, now) if self._context.mail is not None else (0, None)
            depths, ages = _queue(session, now)
            sums = kept_sums(session)
            return Statistics(
                recordings=_kept(sums, "recordings", lambda status, stage, _: (status, stage)),
                failed=_kept(sums, "recordings", lambda status, _, code: (code,) if status in _FAILED else None),
                waiting=_kept(
                    sums, "recordings", lambda status, _, code: (code,) if code and status in _UNDER_WAY else None
                ),
                gaps=_numbers(session, _counts(GapRow.insight, GapRow.code, _state_of_gap())),
                queue=depths,
                queue_ages=ages,
                orders=_kept(sums, "orders_now", lambda provider, state: (provider, state)),
                inbox_objects=_inbox_objects(session),
                outages=_outages(session, now),
                held={(one.provider, one.service.value, one.code): 1.0 for one in held},
                spent_today={(): spent.usd} if spent is not None else {},
                unpriced_today={(): spent.unpriced} if spent is not None else {},
                daily_limit={(): limit.usd} if limit is not None else {},
                deliveries=_by_known_hosts(
                    hosts,
                    _numbers(
                        session,
                        _counts(WebhookDelivery.host, WebhookDelivery.state).where(
                            WebhookDelivery.state.in_(["pending", "leased", "dead", "held"])
                        ),
                    ),
                ),
                endpoints=_numbers(session, _counts(WebhookEndpoint.state)),
                webhook_lag=oldest,
                webhooks_due=due,
                mails=_numbers(
                    session,
                    _counts(MailDelivery.state).where(MailDelivery.state.in_(["pending", "leased", "dead"])),
                ),
                mail_lag=_age(oldest_mail, now),
                mails_due=mails_due,
                workers=_count(session, select(func.count()).where(RunLease.state == "live")),
                deletions=_count(session, select(func.count()).where(DeletedRecording.due_at.is_not(None))),
                totals=_bounded(hosts, counters.stored(session).add(counters.of_ledgers(sums))),
            )


def _kept(sums: Mapping[Group, Sums], name: str, labels: Callable[..., tuple[str, ...] | None]) -> Numbers:
    """The numbers of a kept sum, by the labels that are made of its own; ``None`` leaves a group out."""
    found: Numbers = {}
    for group, sum_ in sums.items():
        made = labels(*group.labels) if group.name == name and sum_.number else None
        if made is not None:
            words = tuple(word or "unknown" for word in made)
            found[words] = found.get(words, 0.0) + sum_.number
    return found


def _counts(*columns: Any) -> Select[Any]:
    return select(*columns, func.count()).group_by(*columns)


def _numbers(session: Session, query: Select[Any]) -> Numbers:
    return {tuple(str(word or "unknown") for word in row[:-1]): float(row[-1]) for row in session.execute(query)}


def _count(session: Session, query: Select[Any]) -> int:
    return int(session.scalar(query) or 0)


def _state_of_gap() -> Any:
    return case((GapRow.due_at.is_(None), "left"), else_="due").label("state")


def _queue(session: Session, now: datetime) -> tuple[Numbers, Numbers]:
    """What could proceed (due orders and runs, requested runs), and what is with a provider."""
    waiting = {
        Stage.ORDERING: (Recording.due_at, Recording.due_at <= now),
        Stage.READY: (Recording.due_at, Recording.due_at <= now),
        Stage.QUEUED: (Recording.requested_at, Recording.requested_at <= now),
    }
    depths: Numbers = {}
    ages: Numbers = {}
    for stage, (since, condition) in waiting.items():
        number, oldest = session.execute(
            select(func.count(), func.min(since)).where(Recording.stage == stage, condition)
        ).one()
        _note(depths, ages, stage.value, int(number), oldest, now)
    number, oldest = session.execute(
        select(func.count(), func.min(TranscriptionOrder.ordered_at)).where(TranscriptionOrder.state == "ordered")
    ).one()
    _note(depths, ages, Stage.TRANSCRIBING.value, int(number), oldest, now)
    return depths, ages


def _note(depths: Numbers, ages: Numbers, stage: str, number: int, oldest: datetime | None, now: datetime) -> None:
    depths[(stage,)] = float(number)
    ages[(stage,)] = _age(oldest, now)


def _age(since: datetime | None, now: datetime) -> float:
    return 0.0 if since is None else max(0.0, (now - since).total_seconds())


def _inbox_objects(session: Session) -> Numbers:
    states = (*inbox_objects.OPEN, *inbox_objects.UNFINISHED)
    found = _numbers(session, _counts(InboxObject.state).where(InboxObject.state.in_(states)))
    removing = sum(found.get((state,), 0.0) for state in inbox_objects.UNFINISHED)
    return {("waiting",): found.get(("seen",), 0.0), ("left_out",): found.get(("left",), 0.0), ("removing",): removing}


def _outages(session: Session, now: datetime) -> Numbers:
    rows = session.scalars(select(ProviderOutage).where(ProviderOutage.state == OPEN)).all()
    return {(row.provider, row.service, row.code): _age(row.since, now) for row in rows}


def _webhooks_due(session: Session, now: datetime) -> tuple[int, float]:
    query = select(func.count(), func.min(WebhookDelivery.next_at)).where(
        WebhookDelivery.state == "pending", WebhookDelivery.next_at <= now
    )
    number, oldest = session.execute(query).one()
    return int(number), _age(oldest, now)


def _known_hosts(session: Session) -> frozenset[str]:
    """The hosts with their own labels: the earliest ones, so that the set does not change.

    Each step of the recursion finds the next host in the index: it reads as many entries as there are hosts.
    """
    first = select(func.min(WebhookDelivery.host).label("host")).cte("hosts", recursive=True)
    following = select(func.min(WebhookDelivery.host)).where(WebhookDelivery.host > first.c.host).scalar_subquery()
    hosts = first.union_all(select(following).where(first.c.host.is_not(None)))
    began = select(func.min(WebhookDelivery.created_at)).where(WebhookDelivery.host == hosts.c.host).scalar_subquery()
    query = select(hosts.c.host).where(hosts.c.host.is_not(None)).order_by(began).limit(policies.METRIC_HOSTS)
    return frozenset(session.scalars(query))


def _by_known_hosts(hosts: Iterable[str], numbers: Numbers) -> Numbers:
    known = frozenset(hosts)
    found: Numbers = {}
    for (host, *rest), number in numbers.items():
        labels = (host if host in known else OTHER_HOSTS, *rest)
        found[labels] = found.get(labels, 0.0) + number
    return found


def _bounded(hosts: frozenset[str], totals: counters.Totals) -> counters.Totals:
    found = counters.Totals()
    for total, number in totals.items():
        by_host = total.name in ("webhook_attempts", "webhook_seconds") and total.labels[0] not in hosts
        found[total._replace(labels=(OTHER_HOSTS, *total.labels[1:])) if by_host else total] += number
    return found
