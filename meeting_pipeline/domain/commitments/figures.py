"""Figures of open commitments: by age, by owner, overdue.

Must not go here: how they are shown (``defs/assets/commitments.py``).
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

NOBODY: Final = "nobody named"
AGES: Final = (("up_to_7_days", 7), ("up_to_30_days", 30), ("up_to_90_days", 90))
"""Days since the first meeting that names it."""
OLDER: Final = "over_90_days"


@dataclass(frozen=True)
class Figures:
    """Numbers of open action items. ``by_owner``: name -> (in time, overdue), most first."""

    by_age: Mapping[str, int]
    by_owner: Mapping[str, tuple[int, int]]
    overdue: int
    nobody_named: int


def figures_of(found: Iterable[tuple[str | None, date, date | None]], today: date) -> Figures:
    """Count open action items, each given as owner, day of its first meeting, and due date."""
    ages = {name: 0 for name, _ in AGES} | {OLDER: 0}
    owners: Counter[str] = Counter()
    late: Counter[str] = Counter()
    for owner, since, due in found:
        days = (today - since).days
        ages[next((name for name, limit in AGES if days <= limit), OLDER)] += 1
        owners[owner or NOBODY] += 1
        late[owner or NOBODY] += due is not None and due < today
    by_owner = {name: (number - late[name], late[name]) for name, number in owners.most_common()}
    return Figures(ages, by_owner, late.total(), owners[NOBODY])
