"""The day of a meeting: the local day where it took place, however the recording was submitted.

The first available source wins: the date given by the submitter; a date in the file name; the recording time stated in
the file; the file's modification time; its arrival time. Times are converted to days in the meeting's time zone.
Must not go here: reading files, settings, the machine's zone (``steps/intake/time_zone.py``).
"""

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

EARLIEST: Final = datetime(1990, 1, 1, tzinfo=UTC)
"""Earlier times come from a clock that was not set: files and devices then say 1970, 1904 or 1980."""
_CLOCKS_DIFFER: Final = timedelta(days=1)
"""Times up to this long after the arrival are accepted: clocks differ, and local days can be ahead of UTC."""
_ZONE: Final = re.compile(r"[A-Za-z][A-Za-z0-9_+-]{0,31}(?:/[A-Za-z0-9_+-]{1,31}){0,2}")
_DAY: Final = re.compile(
    r"(?<![0-9])(?P<utc>GMT|UTC)?(?P<year>(?:19|20)[0-9]{2})(?P<between>[-_. ]?)(?P<month>[0-9]{2})(?P=between)(?P<day>[0-9]{2})"
    r"(?:[-_ T]?(?P<hour>[0-9]{2})[-_.:]?(?P<minute>[0-9]{2})[-_.:]?(?P<second>[0-9]{2})(?P<zulu>Z)?)?(?![0-9])"
)
"""``2026-11-03``, ``20261103``, ``2026_11_03``, with or without a time. Zoom's GMT and ISO 8601's Z mark the time as UTC."""


def known_zone(name: str) -> ZoneInfo:
    """The IANA time zone of this name. Raises: ValueError if there is none."""
    if _ZONE.fullmatch(name):
        try:
            return ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: the name is a folder of zones, such as Europe
            pass
    raise ValueError("is not the name of a time zone, such as Europe/Berlin")


def day_of_meeting(
    *, name: str, moments: Iterable[datetime | None], arrived: datetime, zone: tzinfo | None
) -> date:  # fmt: skip
    """The day of a meeting for which the submitter gave no date.

    ``moments``: when it was recorded and when the file was changed, as far as known, most trusted first; a time without
    an offset is local. ``arrived`` is timezone-aware. ``zone``: the meeting's time zone; ``None``: this machine's.
    """
    named = _day_in_name(name, arrived, zone)
    if named is not None:
        return named
    for moment in moments:
        local = None if moment is None else _believed(moment, arrived, zone)
        if local is not None:
            return local.date()
    return arrived.astimezone(zone).date()


def _day_in_name(name: str, arrived: datetime, zone: tzinfo | None) -> date | None:
    """The day in a file name; ``None`` if there is none, or several, because then it is unclear which one is meant."""
    days = {day for found in _DAY.finditer(name) if (day := _day_of(found, zone)) is not None}
    latest = (arrived.astimezone(zone) + _CLOCKS_DIFFER).date()
    return next(iter(days)) if len(days) == 1 and max(days) <= latest else None


def _day_of(found: re.Match[str], zone: tzinfo | None) -> date | None:
    try:
        day = date(int(found["year"]), int(found["month"]), int(found["day"]))
        if found["hour"] is None or not (found["utc"] or found["zulu"]):
            return day
        at = time(int(found["hour"]), int(found["minute"]), int(found["second"]), tzinfo=UTC)
    except ValueError:  # digits that are not a valid date
        return None
    return datetime.combine(day, at).astimezone(zone).date()


def _believed(moment: datetime, arrived: datetime, zone: tzinfo | None) -> datetime | None:
    """The time in the zone; ``None`` if it is implausible (before ``EARLIEST``, or too far after the arrival)."""
    try:
        aware = moment.replace(tzinfo=zone) if moment.tzinfo is None and zone is not None else moment
        local = aware.astimezone(zone)
    except (OverflowError, ValueError, OSError):  # at the ends of the calendar; the last two come from the C library
        return None
    return local if EARLIEST <= local <= arrived + _CLOCKS_DIFFER else None
