"""Maintained sums over whole tables, so they need not be computed: how many recordings, orders, calls and attempts there are.

Triggers record each change of a row in ``tally_changes``, in the transaction that makes it (migration 0012). A sum is the value
in ``tallies`` plus the changes that are not added up yet; adding them up removes them in the same transaction. So a sum is exact
at every moment, no writer waits for another, and reading a sum costs the same however long the history is.
Must not go here: what the sums mean (``counters.py``, ``statistics.py``), events (``counters.py``).
"""

import json
from collections import defaultdict
from collections.abc import Iterable
from typing import Any, Final, NamedTuple

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from meeting_pipeline.store.tables import Tally, TallyChange

_MEASURES: Final = ("number", "amount", "input", "cached", "output")
_PREFIX: Final = "kept."
"""Names of these sums among the tallies are ``kept.<sum>.<measure>``."""


class Group(NamedTuple):
    """Which sum, and the values of its labels."""

    name: str
    labels: tuple[str, ...]


class Sums(NamedTuple):
    """``number``: of rows. ``amount``: dollars or milliseconds. The others are tokens."""

    number: float = 0.0
    amount: float = 0.0
    input: float = 0.0
    cached: float = 0.0
    output: float = 0.0

    def plus(self, other: "Sums") -> "Sums":
        """The sum of both."""
        return Sums(*(mine + theirs for mine, theirs in zip(self, other, strict=True)))


def kept_sums(session: Session) -> dict[Group, Sums]:
    """Every sum at this moment; a group without rows may be missing."""
    columns = [getattr(TallyChange, name) for name in _MEASURES]
    group = (TallyChange.name, TallyChange.labels)
    found = _added(session.execute(select(*group, *map(func.sum, columns)).group_by(*group)))
    stored = select(Tally.name, Tally.labels, Tally.value).where(Tally.name.startswith(_PREFIX))
    for name, labels, value in session.execute(stored):
        kind, measure = name.removeprefix(_PREFIX).rsplit(".", 1)
        place = Group(kind, tuple(json.loads(labels)))
        found[place] = found[place].plus(Sums(**{measure: value}))
    return dict(found)


def is_kept(name: str) -> bool:
    """Whether a tally of this name is one of these sums."""
    return name.startswith(_PREFIX)


def are_noted(session: Session, more_than: int = 0) -> bool:
    """Whether there are notes to add up, more than about ``more_than``."""
    first, last = (
        session.scalar(select(TallyChange.id).order_by(order).limit(1))
        for order in (TallyChange.id.asc(), TallyChange.id.desc())
    )
    return first is not None and last is not None and last - first >= more_than


def add_up(session: Session, limit: int) -> int:
    """Add at most ``limit`` notes to the stored sums and remove them. The caller holds the lock of the counters.

    Returns how many there were.
    """
    oldest = select(TallyChange.id).order_by(TallyChange.id).limit(limit)
    taken = delete(TallyChange).where(TallyChange.id.in_(oldest.scalar_subquery()))
    columns = (TallyChange.name, TallyChange.labels, *(getattr(TallyChange, name) for name in _MEASURES))
    rows = session.execute(taken.returning(*columns), execution_options={"synchronize_session": False}).all()
    for group, sums in _added(rows).items():
        for measure, value in zip(_MEASURES, sums, strict=True):
            if value:
                _add(session, f"{_PREFIX}{group.name}.{measure}", json.dumps(group.labels), value)
    return len(rows)


def _added(rows: Iterable[Any]) -> defaultdict[Group, Sums]:
    found: defaultdict[Group, Sums] = defaultdict(Sums)
    for name, labels, *measures in rows:
        group = Group(name, tuple(json.loads(labels)))  # the two databases write the same list differently
        found[group] = found[group].plus(Sums(*map(float, measures)))
    return found


def _add(session: Session, name: str, labels: str, value: float) -> None:
    row = session.get(Tally, (name, labels), with_for_update=True)
    if row is None:
        session.add(Tally(name=name, labels=labels, value=value))
    else:
        row.value += value
