"""Which recordings wait for which outage.

Belongs here: the one rule that says which service a recording needs next, as a query condition and for display.
Must not go here: outages themselves (``outages.py``).
"""

from collections.abc import Iterable, Sequence
from typing import Final

from sqlalchemy import ColumnElement, and_, false, or_, select

from meeting_pipeline.domain.outage import Outage, Service
from meeting_pipeline.domain.recording import RecordingStatus, Stage
from meeting_pipeline.store.engine.database import Database
from meeting_pipeline.store.tables import Recording, TranscriptionOrder

_NEEDED_BY: Final = {
    Service.TRANSCRIPTION: ("new", "uploaded", "ordering", "ordered"),
    Service.ORDERS: ("new", "uploaded", "ordering"),
    Service.TRANSCRIPTS: ("ordered",),
}
"""States of an order whose next step needs the service."""
_BOUND: Final = ("ordering", "ordered")
"""States of an order that is, or may be, paid for: its recording waits even if another provider is free."""


def _states(outage: Outage) -> tuple[str, ...]:
    states = _NEEDED_BY[outage.service]
    return tuple(state for state in states if state in _BOUND) if outage.is_passed else states


def blocked_by_outage(outages: Iterable[Outage]) -> ColumnElement[bool]:
    """Condition on a recording that is ready for a run: the run would only run into one of these outages."""
    at_one = [
        and_(TranscriptionOrder.provider == outage.provider, TranscriptionOrder.state.in_(_states(outage)))
        for outage in outages
        if outage.service in _NEEDED_BY
    ]
    if not at_one:
        return false()
    order = select(TranscriptionOrder.id).where(TranscriptionOrder.recording_key == Recording.key, or_(*at_one))
    return order.exists()


def waits_for(database: Database, outages: Sequence[Outage], keys: Iterable[str] | None = None) -> dict[str, Outage]:
    """The outage that each recording waits for, by recording id; for all recordings, or for ``keys``."""
    outages = [outage for outage in outages if outage.service in _NEEDED_BY]
    if not outages:
        return {}
    query = (
        select(Recording.key, Recording.stage, TranscriptionOrder.provider, TranscriptionOrder.state)
        .outerjoin(TranscriptionOrder, TranscriptionOrder.recording_key == Recording.key)
        .where(
            Recording.stage.in_([Stage.ORDERING, Stage.TRANSCRIBING, Stage.READY]),
            Recording.status.in_([RecordingStatus.PENDING, RecordingStatus.PROCESSING]),
        )
        .order_by(Recording.key)
    )
    if keys is not None:
        query = query.where(Recording.key.in_(list(keys)))
    with database.read() as session:
        rows = session.execute(query).all()
    found: dict[str, Outage] = {}
    for key, stage, provider, state in rows:
        for outage in outages:
            if _needs(outage, stage, provider, state):
                found.setdefault(key, outage)
    return found


def _needs(outage: Outage, stage: str, provider: str | None, state: str | None) -> bool:
    if stage == Stage.ORDERING:
        return provider in (None, outage.provider) and outage.service in (Service.TRANSCRIPTION, Service.ORDERS)
    if stage == Stage.TRANSCRIBING and not outage.whole:
        return False
    return provider == outage.provider and state in _NEEDED_BY[outage.service]
