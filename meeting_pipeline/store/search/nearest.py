"""Finds the windows whose vectors are most similar to that of a question, in all meetings.

Sign bits are read for all meetings first; the best few windows are then compared exactly. Windows that are hardly more similar
to the question than an average window are left out, because some window is always nearest. Must not go here: how bytes are
compared (``vectors.py``), the order of results (``fusing.py``).
"""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import select, text, tuple_
from sqlalchemy.orm import Session

from meeting_pipeline.store import policies
from meeting_pipeline.store.search.values import Meaning
from meeting_pipeline.store.search.vectors import differing_bits, unpacked
from meeting_pipeline.store.tables import SearchMeeting, SearchVector, SearchVectorSet

_SHARE: Final = 0.5
"""A window has to be nearer to the best one than to any window."""
_SQLITE: Final = text(
    "SELECT v.recording_key, v.position, v.first_segment, v.last_segment, v.start_character, v.vector "
    "FROM json_each(:wanted) AS w CROSS JOIN search_vectors AS v "
    "WHERE v.recording_key = json_extract(w.value, '$[0]') AND v.position = json_extract(w.value, '$[1]')"
)
"""It reads the whole table for pairs in a list."""


@dataclass(frozen=True)
class NearWindow:
    """Segments ``first`` to ``last`` of a meeting. ``score``: how alike it is, at most 1."""

    first: int
    last: int
    start: int
    score: float


@dataclass(frozen=True)
class NearMeeting:
    """A meeting with its windows that do not overlap, best first."""

    number: int
    key: str
    windows: tuple[NearWindow, ...]


@dataclass(frozen=True)
class Among:
    """Which meetings to look at: from ``low`` to below ``high``, and of these only ``numbers``; ``None``: all."""

    low: int
    high: int
    numbers: Collection[int] | None = None


def nearest(session: Session, asked: Meaning, among: Among, most: int) -> list[NearMeeting]:
    """At most ``most`` meetings, the one with the most similar window first."""
    sets = _sets(session, asked, among)
    if not sets:
        return []
    found = _compared(session, asked, sets)
    windows: dict[int, list[NearWindow]] = {}
    for place, window in found:
        chosen = windows.setdefault(place, [])
        if all(window.last < other.first or window.first > other.last for other in chosen):
            chosen.append(window)
    return [NearMeeting(sets[place][0], sets[place][1], tuple(some)) for place, some in list(windows.items())[:most]]


def alike_windows(session: Session, asked: Meaning, keys: Collection[str]) -> dict[str, list[NearWindow]]:
    """Recording -> all its windows in order, of those that have their vectors. Read exactly: they are some meetings."""
    import numpy as np

    table = SearchVector
    query = (
        select(table.recording_key, table.first_segment, table.last_segment, table.start_character, table.vector)
        .join(SearchVectorSet, SearchVectorSet.recording_key == table.recording_key)
        .where(SearchVectorSet.model == asked.vectors, SearchVectorSet.signs.is_not(None))
        .where(table.recording_key.in_(sorted(keys)))
        .order_by(table.recording_key, table.position)
    )
    rows = [row for row in session.execute(query).tuples() if len(row[-1]) == 4 * len(asked.vector)]
    if not rows:
        return {}
    alike = unpacked([row[-1] for row in rows]) @ np.asarray(asked.vector, dtype=np.float32)
    found: dict[str, list[NearWindow]] = {}
    for (key, first, last, start, _), score in zip(rows, alike.tolist(), strict=True):
        found.setdefault(key, []).append(NearWindow(first, last, start, score))
    return found


def _sets(session: Session, asked: Meaning, among: Among) -> list[tuple[int, str, bytes]]:
    """Number, recording and signs of each meeting that has vectors as long as the question's."""
    query = (
        select(SearchMeeting.number, SearchVectorSet.recording_key, SearchVectorSet.signs)
        .join(SearchVectorSet, SearchVectorSet.recording_key == SearchMeeting.recording_key)
        .where(SearchVectorSet.model == asked.vectors, SearchVectorSet.signs.is_not(None))
        .where(SearchMeeting.number >= among.low, SearchMeeting.number < among.high)
    )
    if among.numbers is not None:
        query = query.where(SearchMeeting.number.in_(sorted(among.numbers)))
    width = (len(asked.vector) + 7) // 8
    rows = session.execute(query).tuples()
    return [(number, key, signs) for number, key, signs in rows if signs and len(signs) % width == 0]


def _compared(session: Session, asked: Meaning, sets: Sequence[tuple[int, str, bytes]]) -> list[tuple[int, NearWindow]]:
    """Place in ``sets`` and window, the most alike first."""
    import numpy as np

    width = (len(asked.vector) + 7) // 8
    counts = [len(signs) // width for _, _, signs in sets]
    first = np.concatenate(([0], np.cumsum(counts)))
    differing = differing_bits([signs for _, _, signs in sets], asked.vector)
    total = len(differing)
    best = np.argpartition(differing, min(policies.EMBEDDING_CANDIDATES, total) - 1)[: policies.EMBEDDING_CANDIDATES]
    sample = np.unique(np.linspace(0, total - 1, min(policies.EMBEDDING_SAMPLE, total)).astype(int))
    wanted = np.union1d(best, sample)
    owners = np.searchsorted(first, wanted, side="right") - 1
    is_sample = np.isin(wanted, sample)
    pairs = {
        (sets[owner][1], at - int(first[owner])): (owner, anywhere)
        for owner, at, anywhere in zip(owners.tolist(), wanted.tolist(), is_sample.tolist(), strict=True)
    }
    rows = [row for row in _rows(session, list(pairs)) if len(row[-1]) == 4 * len(asked.vector)]
    if not rows:
        return []
    alike = unpacked([row[-1] for row in rows]) @ np.asarray(asked.vector, dtype=np.float32)
    anywhere = alike[[at for at, row in enumerate(rows) if pairs[row[0], row[1]][1]]]
    usual = float(anywhere.mean()) if len(anywhere) else 0.0
    least = usual + _SHARE * (float(alike.max()) - usual)
    return [
        (pairs[rows[at][0], rows[at][1]][0], NearWindow(rows[at][2], rows[at][3], rows[at][4], float(alike[at])))
        for at in np.argsort(-alike, kind="stable").tolist()
        if alike[at] >= least
    ]


def _rows(session: Session, wanted: Sequence[tuple[str, int]]) -> Sequence[Any]:
    """Recording, position, the window's place and its vector."""
    if session.connection().dialect.name == "sqlite":
        return session.execute(_SQLITE, {"wanted": json.dumps(wanted)}).tuples().all()
    table = SearchVector
    query = select(
        table.recording_key,
        table.position,
        table.first_segment,
        table.last_segment,
        table.start_character,
        table.vector,
    )
    return session.execute(query.where(tuple_(table.recording_key, table.position).in_(wanted))).tuples().all()
