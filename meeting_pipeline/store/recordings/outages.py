"""Outages of providers, as rows: which service is out, since when, and when it is probed next.

A failure met by one recording makes a service suspected. The next failure, met by another recording or without one, makes it an
outage. Any success ends both.
Must not go here: calling providers (``steps/transcription/outages.py``), what waits meanwhile (``lifecycle.py``,
``store/results/results.py``).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from meeting_pipeline.domain.backoff import backoff_s
from meeting_pipeline.domain.errors import OperatorError, PipelineError, TransientError
from meeting_pipeline.domain.outage import Outage, Service
from meeting_pipeline.store import policies
from meeting_pipeline.store.engine.context import StoreContext
from meeting_pipeline.store.engine.database import Database
from meeting_pipeline.store.engine.transaction_retry import retrying
from meeting_pipeline.store.ledger.spending import held_by_limit
from meeting_pipeline.store.tables import GapRow, ProviderOutage, TranscriptionOrder

OPEN, SUSPECTED = "open", "suspected"


def open_outages(database: Database) -> list[Outage]:
    """All outages, longest first."""
    query = select(ProviderOutage).where(ProviderOutage.state == OPEN).order_by(ProviderOutage.since)
    with database.read() as session:
        return [_outage(row) for row in session.scalars(query)]


def all_outages(context: StoreContext) -> list[Outage]:
    """All outages, and what the daily limit holds, which waits in the same way."""
    return [*open_outages(context.database), *held_by_limit(context)]


@dataclass(frozen=True)
class Noted:
    """The effect of a failure: the outage (``None`` if only suspected), and whether this failure started it."""

    outage: Outage | None
    began: bool


@retrying
class Outages:
    """Repository of outages."""

    def __init__(self, context: StoreContext) -> None:
        self._context = context

    def open(self) -> list[Outage]:
        """All outages, longest first, and what the daily limit holds."""
        return all_outages(self._context)

    def holding(self, provider: str, service: Service, key: str | None = None) -> Outage | None:
        """The outage that affects this service; one of the whole provider comes first, then the daily limit.

        Also ``None`` for the recording that may currently try the service as a trial.
        """
        found = [o for o in self.open() if o.provider == provider and o.service in (service, service.whole)]
        found = [outage for outage in found if outage.whole or key is None or outage.trial != key]
        return min(found, key=lambda outage: (not outage.whole, not outage.limit), default=None)

    def held_by_limit(self, provider: str, service: Service) -> Outage | None:
        """What the daily limit holds of this service."""
        held = held_by_limit(self._context)
        return next((outage for outage in held if (outage.provider, outage.service) == (provider, service)), None)

    def failed(self, provider: str, service: Service, error: PipelineError, witness: str | None) -> Noted:
        """Record a failure. ``witness``: the recording that met it; ``None`` if it concerned no recording."""
        try:
            return self._failed(provider, service, error, witness)
        except IntegrityError:  # a concurrent failure inserted the row between our read and our write
            return self._failed(provider, service, error, witness)

    def _failed(self, provider: str, service: Service, error: PipelineError, witness: str | None) -> Noted:
        now = self._context.now()
        with self._context.database.write() as session:
            row = session.get(ProviderOutage, (provider, service.value), with_for_update=True)
            known, was_open = row is not None, row is not None and row.state == OPEN
            if row is None:
                row = ProviderOutage(
                    provider=provider, service=service.value, state=SUSPECTED, since=now, tries=0, probe_at=now
                )
                session.add(row)
            row.code, row.message, row.advice = error.code, error.message, error.advice
            row.operator = isinstance(error, OperatorError)
            if not was_open and (witness is None or (known and row.witness != witness)):
                row.state, row.since, row.tries, row.trial = OPEN, now, 0, None
                row.probe_at = self._next_probe(row)
            row.witness = witness or row.witness
            asked = error.retry_after_s if isinstance(error, TransientError) else None
            if asked is not None and row.state == OPEN:
                row.probe_at = max(row.probe_at, self._context.after(asked))
            session.flush()
            is_open = row.state == OPEN
            return Noted(_outage(row) if is_open else None, is_open and not was_open)

    def succeeded(self, provider: str, service: Service) -> list[Outage]:
        """Record a success of this service: whatever its outage held up is due. Returns the outages this ended.

        The duration of an outage counts neither towards the age of gaps nor towards the deadlines of orders.
        """
        over = select(ProviderOutage).where(
            ProviderOutage.provider == provider, ProviderOutage.service.in_([service.value, service.whole.value])
        )
        with self._context.database.read() as session:
            if session.scalar(over.limit(1)) is None:
                return []
        with self._context.database.write() as session:
            rows = session.scalars(over.order_by(ProviderOutage.service).with_for_update()).all()
            ended = [_outage(row) for row in rows if row.state == OPEN]
            for row in rows:
                session.delete(row)
            for outage in ended:
                self._give_back_time(session, outage)
            return ended

    def claim_probe(self, provider: str, service: Service, trial: str | None = None) -> bool:
        """Whether a probe is due and the caller is to make it. ``trial``: the recording that may try."""
        now = self._context.now()
        with self._context.database.write() as session:
            row = session.get(ProviderOutage, (provider, service.value), with_for_update=True)
            if row is None or row.state != OPEN or row.probe_at > now:
                return False
            row.tries += 1
            row.probe_at = self._next_probe(row)
            row.trial = trial
            return True

    def probe_soon(self) -> None:
        """Make a probe due at once for every outage: settings may have changed."""
        with self._context.database.write() as session:
            for row in session.scalars(
                select(ProviderOutage).order_by(ProviderOutage.provider, ProviderOutage.service)
            ):
                row.tries, row.probe_at = 0, self._context.now()

    def forget(self, provider: str, whole: Service) -> None:
        """Forget this provider's outages of this kind of service: it is no longer used for it."""
        services = [service.value for service in Service if service.whole is whole]
        mine = (ProviderOutage.provider == provider, ProviderOutage.service.in_(services))
        with self._context.database.write() as session:
            session.execute(delete(ProviderOutage).where(*mine))

    def _next_probe(self, row: ProviderOutage) -> datetime:
        """An operator who has fixed something waits for the result, so these probes are made at a fixed interval."""
        growing = backoff_s(row.tries, policies.OUTAGE_FIRST_SECONDS, policies.OUTAGE_MAX_SECONDS)
        return self._context.after(policies.OPERATOR_RETRY_SECONDS if row.operator else growing)

    def _give_back_time(self, session: Session, outage: Outage) -> None:
        now = self._context.now()
        if outage.service.whole is Service.INSIGHTS:
            gaps = select(GapRow).where(GapRow.due_at.is_not(None)).order_by(GapRow.recording_key, GapRow.insight)
            for gap in session.scalars(gaps.with_for_update()):
                gap.since += _overlap(gap.since, outage.since, now)
        elif outage.service is not Service.ORDERS:
            query = select(TranscriptionOrder).where(
                TranscriptionOrder.state == "ordered", TranscriptionOrder.provider == outage.provider
            )
            for order in session.scalars(query.order_by(TranscriptionOrder.id).with_for_update()):
                if order.deadline_at is not None and order.ordered_at is not None:
                    order.deadline_at += _overlap(order.ordered_at, outage.since, now)


def _overlap(began: datetime, since: datetime, now: datetime) -> timedelta:
    return max(now - max(began, since), timedelta())


def _outage(row: ProviderOutage) -> Outage:
    return Outage(
        provider=row.provider,
        service=Service(row.service),
        code=row.code,
        message=row.message,
        advice=row.advice,
        operator=row.operator,
        since=row.since,
        probe_at=row.probe_at,
        trial=row.trial,
    )
