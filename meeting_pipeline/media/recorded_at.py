"""The time at which a recording was made, as stated in its file.

Only exact times are used: QuickTime's local time with an offset, and the creation time of MP4, MOV, WebM and Matroska, which
is UTC by their specifications. Tags such as ``date`` refer to publishing. Must not go here: whether the time is plausible
(``domain/meeting_day.py``).
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

TAGS: Final = ("com.apple.quicktime.creationdate", "creation_time")
"""FFmpeg's tag names, most trusted first. iPhones and Macs write both; the first keeps the local time."""


def recorded_at(metadata: Mapping[str, str]) -> str | None:
    """The time in ISO 8601 with an offset; ``None`` if the tags contain none."""
    tags = {name.lower(): value for name, value in metadata.items()}
    for name in TAGS:
        try:
            found = datetime.fromisoformat(tags.get(name, "").strip())
        except ValueError:
            continue
        if found.tzinfo is not None:
            return found.isoformat()
    return None
