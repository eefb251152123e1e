"""The queries behind the current numbers: each reads only open work, on an index, or maintained sums.

Must not go here: which numbers there are (``statistics.py``), totals (``counters.py``).
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Select, case, func, select
from sqlalchemy.orm import Session

from meeting_pipeline.domain.recording import Stage
from meeting_pipeline.store.metrics.kept_sums import Group, Sums
from meeting_pipeline.store.recordings.inbox_object_rows import OPEN_STATES, UNFINISHED_STATES
from meeting_pipeline.store.recordings.outages import OPEN
from meeting_pipeline.store.tables import (
    GapRow,
    InboxObject,
    ProviderOutage,
    Recording,
    TranscriptionOrder,
    WebhookDelivery,
)

Numbers = dict[tuple[str, ...], float]
"""Label values -> number."""


def kept_numbers(sums: Mapping[Group, Sums], name: str, labels: Callable[..., tuple[str, ...] | None]) -> Numbers:
    """The numbers of a kept sum, by the labels that are made of its own; ``None`` leaves a group out."""
    found: Numbers = {}
    for group, sum_ in sums.items():
        made = labels(*group.labels) if group.name == name and sum_.number else None
        if made is not None:
            words = tuple(word or "unknown" for word in made)
            found[words] = found.get(words, 0.0) + sum_.number
    return found


def counts(*columns: Any) -> Select[Any]:
    """A count of the rows for each value of these columns."""
    return select(*columns, func.count()).group_by(*columns)


def numbers(session: Session, query: Select[Any]) -> Numbers:
    """What a query of counts finds, by the values of its columns."""
    return {tuple(str(word or "unknown") for word in row[:-1]): float(row[-1]) for row in session.execute(query)}


def count(session: Session, query: Select[Any]) -> int:
    """The one number that a query finds."""
    return int(session.scalar(query) or 0)


def state_of_gap() -> Any:
    """Whether a gap is retried or left to people, as a column."""
    return case((GapRow.due_at.is_(None), "left"), else_="due").label("state")


def queue(session: Session, now: datetime) -> tuple[Numbers, Numbers]:
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
        _add_stage(depths, ages, stage.value, int(number), oldest, now)
    number, oldest = session.execute(
        select(func.count(), func.min(TranscriptionOrder.ordered_at)).where(TranscriptionOrder.state == "ordered")
    ).one()
    _add_stage(depths, ages, Stage.TRANSCRIBING.value, int(number), oldest, now)
    return depths, ages


def _add_stage(depths: Numbers, ages: Numbers, stage: str, number: int, oldest: datetime | None, now: datetime) -> None:
    depths[(stage,)] = float(number)
    ages[(stage,)] = age(oldest, now)


def age(since: datetime | None, now: datetime) -> float:
    """Seconds since then; 0 if there is no such time, or clocks differ."""
    return 0.0 if since is None else max(0.0, (now - since).total_seconds())


def inbox_objects_by_state(session: Session) -> Numbers:
    """Objects in the bucket of the inbox that wait, are left out, or are still to be removed."""
    states = (*OPEN_STATES, *UNFINISHED_STATES)
    found = numbers(session, counts(InboxObject.state).where(InboxObject.state.in_(states)))
    removing = sum(found.get((state,), 0.0) for state in UNFINISHED_STATES)
    return {("waiting",): found.get(("seen",), 0.0), ("left_out",): found.get(("left",), 0.0), ("removing",): removing}


def open_outages(session: Session, now: datetime) -> Numbers:
    """The age of each outage, by provider, service and code."""
    rows = session.scalars(select(ProviderOutage).where(ProviderOutage.state == OPEN)).all()
    return {(row.provider, row.service, row.code): age(row.since, now) for row in rows}


def webhooks_due(session: Session, now: datetime) -> tuple[int, float]:
    """How many deliveries are due, and the age of the oldest."""
    query = select(func.count(), func.min(WebhookDelivery.next_at)).where(
        WebhookDelivery.state == "pending", WebhookDelivery.next_at <= now
    )
    number, oldest = session.execute(query).one()
    return int(number), age(oldest, now)
