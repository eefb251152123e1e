"""Arithmetic on measured times. Must not go here: measuring, printing."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

Value = float | list[float] | str
_PSS = re.compile(r"^Pss:\s+(\d+) kB$", re.M)


@dataclass
class Measured:
    """What one pipeline was measured at. Keys are ``part.figure``; a list has one value per run."""

    figures: dict[str, Value] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)
    """Part -> what a reader must know of it, for example that it was scaled."""

    def add(self, part: str, found: Mapping[str, Value]) -> None:
        """Add the figures of a part."""
        self.figures.update({f"{part}.{name}": value for name, value in found.items()})


def percentile(values: Sequence[float], share: float) -> float:
    """The value that this share of the others does not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, round(share * (len(ordered) - 1))))]


def latencies(seconds: Sequence[float], own: float, scale: float = 1.0) -> dict[str, Value]:
    """What a burst took. ``own``: the providers' own time, which is not counted.

    ``scale``: how many times more recordings the figures are for than were measured, when a queue works at a constant rate.
    """
    times = [each * scale for each in seconds]
    return {
        "first_s": round(min(times) - own, 2),
        "p50_s": round(percentile(times, 0.5) - own, 2),
        "p95_s": round(percentile(times, 0.95) - own, 2),
        "last_s": round(max(times) - own, 2),
        "per_hour": round(len(seconds) * 3600 / max(seconds)),
    }


def most_at_once(ends: Sequence[float], seconds: float) -> int:
    """How many calls were open at the same time, if each took that long and ended then."""
    changes = sorted([(end - seconds, 1) for end in ends] + [(end, -1) for end in ends])
    most = now = 0
    for _, change in changes:
        now += change
        most = max(most, now)
    return most


def pss_bytes(smaps_rollup: str) -> int:
    """A process's proportional share of memory, from the text of its ``smaps_rollup``; 0 if it has ended."""
    found = _PSS.search(smaps_rollup)
    return int(found[1]) * 1024 if found else 0
