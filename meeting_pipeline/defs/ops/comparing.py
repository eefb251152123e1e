"""Compares Dagster's partitions with the store: changes since the last time, or, from time to time, everything.

Everything is compared once a day, by each new process, and whenever a partition has disappeared since the last time. Otherwise
only new partitions and recently registered recordings need to be compared: all others agreed before, and any change shows as one
of the three. Processes end before a backup is restored or Dagster's storage is replaced.
Must not go here: adding and removing partitions (``registering.py``), reading Dagster's list (``partition_list.py``).
"""

import json
import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Final

import dagster as dg

from meeting_pipeline.defs import policies
from meeting_pipeline.defs.ops.partition_list import Place, last_position, read_on, without_partition
from meeting_pipeline.defs.ops.registering import add_partitions, remove_partitions
from meeting_pipeline.defs.partitions import RECORDINGS
from meeting_pipeline.installation import Installation

_PROCESS: Final = uuid.uuid4().hex


@dataclass(frozen=True)
class Compared:
    """What was changed, and the cursor with which the next comparison continues."""

    added: Sequence[str]
    removed: Sequence[str]
    cursor: str
    whole: bool
    """Whether everything was compared."""


@dataclass(frozen=True)
class _Seen:
    """The cursor."""

    process: str
    whole_at_s: float
    """When everything was compared."""
    at_s: float
    """When the last comparison began."""
    place: Place


def compare(instance: dg.DagsterInstance, installation: Installation, cursor: str | None) -> Compared:
    """Add partitions that are missing, and remove those of deleted recordings. Raises: StoreUnavailable."""
    seen, now_s = _read(cursor), installation.store.context.now().timestamp()
    new = None
    if seen is not None and seen.process == _PROCESS and now_s < seen.whole_at_s + policies.COMPARE_ALL_SECONDS:
        new = read_on(instance, seen.place)
    if seen is None or new is None:
        place = last_position(instance)  # before the comparison: what changes meanwhile is found the next time
        known = instance.get_dynamic_partitions(RECORDINGS)
        present = set(known)
        lacking = [key for key in installation.store.registrations.registered_keys() if key not in present]
        whole_at_s = now_s
    else:
        known, place = new
        since = installation.store.context.now() - timedelta(
            seconds=now_s - seen.at_s + policies.COMPARE_OVERLAP_SECONDS
        )
        lacking = without_partition(instance, installation.store.registrations.registered_keys(since))
        whole_at_s = seen.whole_at_s
    cleared = sorted(installation.store.deleted_recordings.cleared_among(known))
    added, removed = add_partitions(instance, installation, lacking), remove_partitions(instance, cleared)
    complete = place is not None and len(added) == len(lacking) and len(removed) == len(cleared)
    told = json.dumps(asdict(_Seen(_PROCESS, whole_at_s, now_s, place))) if place is not None and complete else ""
    return Compared(added, removed, told, whole=new is None)


def _read(cursor: str | None) -> _Seen | None:
    """What the cursor says; ``None`` if everything must be compared."""
    try:
        found = json.loads(cursor or "null")
        return _Seen(found["process"], float(found["whole_at_s"]), float(found["at_s"]), Place(*found["place"]))
    except (ValueError, LookupError, TypeError):
        return None
