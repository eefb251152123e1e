"""Messages between `up` and its prober: what to probe, and the result of a round.

`up` imports this module and keeps it as long as it runs, so it must not go here: probes, and the libraries that they need
(``prober.py``).
"""

import json
import os
from dataclasses import dataclass, field

from meeting_pipeline.supervisor import policies


@dataclass(frozen=True)
class Targets:
    """The addresses of the parts, and the home that they serve."""

    home: str
    code_socket: str
    ui_url: str
    api_url: str


@dataclass(frozen=True)
class Report:
    """The result of one round of probes. An empty text means the part works; a missing part was not probed or did not respond.

    ``ticks`` and ``beats``: marks that change when a sensor ticks and when each daemon thread shows a sign of life;
    ``None`` while unknown. ``ahead``: seconds by which the latest tick is in the future.
    ``problems``: what the HTTP service says about the database, the disk and the webhooks. ``busy``: at least 1.
    """

    answers: dict[str, str] = field(default_factory=dict)
    ticks: str | None = None
    beats: dict[str, float] | None = None
    ahead: float = 0.0
    problems: dict[str, str] = field(default_factory=dict)
    busy: float = 1.0


def parse_report(line: bytes) -> Report:
    """Raises: ValueError, TypeError if it is not a report."""
    return Report(**json.loads(line))


def busy_factor(late: float) -> float:
    """How overloaded the machine is, 1 to ``PROBE_BUSY_MAX``. ``late``: how late a round began, in seconds."""
    try:
        load = os.getloadavg()[0] / (os.cpu_count() or 1)
    except OSError:
        load = 1.0
    return min(max(1.0, load, 1.0 + late / policies.PROBE_SECONDS), policies.PROBE_BUSY_MAX)
