"""The time zone of a meeting: the submitter's, else the setting, else the machine's.

Must not go here: which day results from it (``domain/meeting_day.py``).
"""

import os
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from meeting_pipeline.domain.meeting_day import known_zone
from meeting_pipeline.domain.sidecar_options import SidecarOptions
from meeting_pipeline.settings import Settings


@dataclass(frozen=True)
class MeetingZone:
    """A zone by its IANA ``name``. Both fields are ``None`` if the machine's zone has no name: its local time applies."""

    name: str | None
    rules: ZoneInfo | None


def meeting_zone(settings: Settings, options: SidecarOptions) -> MeetingZone:
    """The zone of a meeting whose recording was submitted with these options."""
    name = options.timezone or settings.timezone or machine_zone_name()
    return MeetingZone(name, None if name is None else known_zone(name))


def machine_zone_name() -> str | None:
    """The machine's zone by its IANA name; ``None`` if it has none, as with ``TZ=CET-1CEST`` or a copied zone file."""
    set_here = os.environ.get("TZ")
    try:
        name = _configured() if set_here is None else set_here.removeprefix(":").rpartition("/zoneinfo/")[2] or "UTC"
        known_zone(name)
    except ValueError:
        return None
    return name


def _configured() -> str:
    """The zone by the system's files; empty if they name none, or contradict each other."""
    import tzlocal

    try:
        return tzlocal.get_localzone_name() or ""
    except (LookupError, OSError, UserWarning):  # no such zone, an unreadable file, a file with an error
        return ""
