"""The state of the parts of ``up``, written below the home for ``doctor``, ``/readyz`` and metrics.

Must not go here: finding it out (``prober.py``), judging it (``watchdog.py``).
"""

import json
import os
import time
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Final

from meeting_pipeline.foundation.atomic_files import remove_if_possible
from meeting_pipeline.supervisor import policies

_NOTE: Final = "up.health.json"


@dataclass(frozen=True)
class Fault:
    """A part of the running system that does not work, and for how long, in seconds."""

    part: str
    words: str
    seconds: float

    def __str__(self) -> str:
        """The fault on one line."""
        return f"{self.part}: {self.words} (for {self.seconds:.0f} s)"


@dataclass(frozen=True)
class Health:
    """The parts of a running system. ``restarts``: restarts of parts that did not work, since the start of ``up``."""

    faults: tuple[Fault, ...] = ()
    restarts: dict[str, int] = field(default_factory=dict)
    working: dict[str, bool] = field(default_factory=dict)
    """By part."""


def note_health(home: Path, health: Health) -> None:
    """Write the note for other processes. Not flushed to disk: only the current state matters. Raises: OSError (full disk)."""
    draft = home / f".{_NOTE}.{os.getpid()}"
    # All processes of a machine share the monotonic clock, and nobody can set it.
    draft.write_text(json.dumps({**asdict(health), "at": time.monotonic()}), encoding="utf-8")
    draft.replace(home / _NOTE)


def forget_health(home: Path) -> None:
    """Remove the note: the system is not running."""
    remove_if_possible(home / _NOTE)


def noted_health(home: Path) -> Health | None:
    """What the ``up`` running on this home noted last; ``None`` if it has noted nothing yet.

    A note that is too old is itself a fault: ``up`` no longer watches.
    """
    try:
        found = json.loads((home / _NOTE).read_text(encoding="utf-8"))
        faults = [Fault(**fault) for fault in found["faults"]]
        silent = time.monotonic() - float(found["at"])
        health = Health(tuple(faults), dict(found["restarts"]), dict(found["working"]))
    except (OSError, ValueError, TypeError, KeyError):
        return None
    if silent < 0:  # from before the machine was started again
        return None
    if silent > policies.HEALTH_STALE_SECONDS:
        words = "it no longer watches its parts: it may be stopped, or its disk full"
        return replace(health, faults=(*health.faults, Fault("up", words, silent)))
    return health
