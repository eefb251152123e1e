"""Dates and times on the command line: ``--since 3d``, ``--until 2025-03-14T09:00Z``.

Must not go here: dates mentioned in meetings (``domain/due_dates.py``).
"""

import re
from datetime import UTC, datetime, timedelta

import click

_AGO = re.compile(r"([0-9]{1,6})([mhd])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


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
