"""Named points where a rehearsal may kill this process, to prove that nothing is lost or bought twice.

Off unless ``MEETING_PIPELINE_CRASH_FOLDER`` names a folder. Then a process that reaches a point with a file of that name in
the folder removes the file and kills itself with SIGKILL, as the kernel would. One file kills one process. If the file
names a recording, only a process that handles this recording is killed; an empty file kills the first process.

Belongs here: the list of the points, and reaching one. Add a point where a guarantee depends on the order of two steps.
Must not go here: deciding when to kill (the rehearsals do), imports from this project: every package may import this module.
"""

import os
import signal
from pathlib import Path
from typing import Final

FOLDER_VARIABLE: Final = "MEETING_PIPELINE_CRASH_FOLDER"

CRASH_POINTS: Final = (
    "refusing.told",
    "intake.copied",
    "intake.moved_into_place",
    "intake.row_committed",
    "intake.partitions_added",
    "intake.companions_deleted",
    "intake.original_deleted",
    "ordering.claimed",
    "ordering.uploaded",
    "ordering.upload_noted",
    "ordering.order_begun",
    "ordering.order_answered",
    "ordering.order_noted",
    "ordering.waiting",
    "looking.looked",
    "requesting.marked",
    "run.begun",
    "batch.begun",
    "transcribing.part_begun",
    "transcribing.part_answered",
    "transcribing.part_noted",
    "transcribing.collected",
    "transcribing.stored",
    "transcribing.order_closed",
    "run.extracting",
    "extracting.answered",
    "extracting.paid",
    "extracting.one_stored",
    "extracting.all_stored",
    "gaps.noted",
    "gaps.asked",
    "finishing.minutes_written",
    "finishing.minutes_stored",
    "finishing.before_commit",
    "finishing.committed",
    "batch.processed",
    "batch.given_back",
    "delivering.taken",
    "delivering.sent",
    "delivering.settled",
)
"""From intake to delivery, in the order in which a recording passes them. Each point comes right after the step in its name,
before the next step. ``finishing.before_commit`` is inside the transaction that ends a recording."""


def crash_point(name: str, subject: str | None = None) -> None:
    """Kill this process if a rehearsal asks for it; otherwise this only reads one environment variable.

    ``subject``: the key of the recording; before it has one, the SHA-256 of its content; for a rejected file, its name.
    """
    folder = os.environ.get(FOLDER_VARIABLE)
    if folder is not None:
        _die_if_ordered(Path(folder) / name, subject)


def _die_if_ordered(order: Path, subject: str | None) -> None:
    try:
        wanted = order.read_text(encoding="utf-8")
        if wanted and subject is not None and wanted != subject:
            return
        order.unlink()
    except FileNotFoundError:
        return  # not requested, or another process was first
    os.kill(os.getpid(), signal.SIGKILL)
