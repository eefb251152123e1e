"""Dates, times and durations on the command line: ``--since 3d``, ``--until 2025-03-14T09:00Z``, ``--overlap 24h``.

Must not go here: dates mentioned in meetings (``domain/due_dates.py``).
"""

import re
from datetime import UTC, datetime, timedelta

import click

_AGO = re.compile(r"([0-9]{1,6})([mhd])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


def duration(text: str) -> timedelta:
    """Minutes, hours or days: ``90m``, ``6h``, ``3d``; ``0`` for none.

    Used as the ``type`` of an option. Raises: click.BadParameter.
    """
    found = _AGO.fullmatch(text.strip())
    if found:
        return timedelta(**{_UNITS[found[2]]: int(found[1])})
    if text.strip() == "0":
        return timedelta()
    raise click.BadParameter(f"{text!r} is not a duration. Use 90m, 6h, 3d or 0.")


def timestamp(text: str) -> datetime:
    """An aware datetime: a date or a time in ISO 8601 (UTC unless it says otherwise), or minutes, hours or days ago.

    Used as the ``type`` of an option. Raises: click.BadParameter.
    """
    ago = _AGO.fullmatch(text.strip())
    try:
        if ago:
            return datetime.now(UTC) - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
        found = datetime.fromisoformat(text.strip())
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        advice = "Use a date (2025-03-14), a time (2025-03-14T09:00, UTC), or 90m, 6h or 3d for that long ago."
        raise click.BadParameter(f"{text!r} is not a date or time. {advice}") from error
