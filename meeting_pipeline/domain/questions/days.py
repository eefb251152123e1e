"""The days that a question names: "yesterday", "last week", "in October", "on 2026-11-20".

They are a hint and exclude nothing: something due in October may have been said in May. Must not go here: due dates
(``domain/due_dates.py``).
"""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

_MONTHS: Final = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
_DAY: Final = re.compile(r"\b(\d{4})-(\d{2})-(\d{2})\b")
_MONTH: Final = re.compile(rf"\b(?:in|since|during|of|from) ({'|'.join(_MONTHS)})\b(?: (\d{{4}})\b)?")
_SPAN: Final = re.compile(r"\b(this|last|previous|past) (week|month|year)\b")
_NEAR: Final = re.compile(r"\b(today|yesterday)\b")


@dataclass(frozen=True)
class Days:
    """From the first to the last day, both included."""

    first: date
    last: date

    def has(self, day: date) -> bool:
        """Whether a day is one of them."""
        return self.first <= day <= self.last


def days_in(text: str, today: date) -> Days | None:
    """The days that a text names first; ``None`` if it names none."""
    said = " ".join(text.casefold().split())
    found = _DAY.search(said)
    if found is not None:
        try:
            day = date(int(found[1]), int(found[2]), int(found[3]))
        except ValueError:
            return None
        return Days(day, day)
    near = _NEAR.search(said)
    if near is not None:
        day = today if near[1] == "today" else today - timedelta(days=1)
        return Days(day, day)
    span = _SPAN.search(said)
    if span is not None:
        return _span(span[2], today, past=span[1] != "this")
    month = _MONTH.search(said)
    return _month(_MONTHS.index(month[1]) + 1, month[2], today) if month is not None else None


def _span(unit: str, today: date, *, past: bool) -> Days:
    match unit:
        case "week":
            first = today - timedelta(days=today.weekday() + (7 if past else 0))
            return Days(first, first + timedelta(days=6))
        case "month":
            first = today.replace(day=1)
            first = (first - timedelta(days=1)).replace(day=1) if past else first
            return Days(first, _end(first))
        case _:
            year = max(today.year - past, 1)
            return Days(date(year, 1, 1), date(year, 12, 31))


def _month(number: int, year: str | None, today: date) -> Days | None:
    """The month of this year, or of the last one if it has not begun."""
    wanted = int(year) if year else today.year - (number > today.month)
    if not 1 <= wanted < date.max.year:
        return None
    first = date(wanted, number, 1)
    return Days(first, _end(first))


def _end(first: date) -> date:
    return (first.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
