"""Left out: files in the drop folder that intake will not take as they are, with the reason and what to do.

The sensor, `doctor`, the HTTP service and a metric report these files, so that none is left out silently. Rejected files
are not among them: they are moved to `rejected/` with a note. Must not go here: finding files (``inbox.py``).
"""

import os
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from meeting_pipeline import policies as shared_policies
from meeting_pipeline.domain.text import one_line
from meeting_pipeline.settings import Settings
from meeting_pipeline.steps.intake import policies
from meeting_pipeline.steps.intake.attempts import Attempts
from meeting_pipeline.steps.intake.inbox import Candidate, LeftOut, find_candidates
from meeting_pipeline.steps.intake.settling import Looks, is_being_written, looks_of

_TEXTS: Final[dict[str, tuple[str, str]]] = {
    "folder_not_writable": (
        "the pipeline is not allowed to read and change this folder, so it accepts nothing from it",
        "Give the pipeline's user the right to read, write and enter it.",
    ),
    "folder_unreadable": ("this folder cannot be listed", "Check its disk or mount."),
    "too_deep": ("folders nested this deeply are not searched", "Move it up."),
    "owned_by_another": (
        "it belongs to another user, and only that user may remove it from this folder",
        "Remove the sticky bit of the folder (`chmod -t`), or make the pipeline's user its owner.",
    ),
    "sidecar_alone": (
        "it is not a transcript, so it waits as a sidecar: there is no recording of that name next to it",
        "Put the recording next to it, or rename the sidecar to match. If it is a transcript, export it in another format: "
        "docs/submitting.md lists them.",
    ),
    "unfinished_name": ("its name marks an unfinished copy", "Rename it when the copy is complete, or delete it."),
    "hidden_name": ("its name begins with a dot", "Rename it."),
    "held_open": ("a program still has it open for writing", "Close it there, or stop the program."),
    "still_changing": ("it keeps changing", "Stop what writes to it."),
    "cannot_be_moved": (
        "it can be neither accepted nor rejected",
        "Check owner and permissions of the file and its folder.",
    ),
}
REASONS: Final = tuple(_TEXTS)
"""Reason codes; they are also labels of the metric."""
AFTER_A_WHILE: Final = ("unfinished_name", "hidden_name")


@dataclass(frozen=True)
class LeftBehind:
    """A file or folder that is left out. ``path`` is relative to the drop folder's parent, for display."""

    path: str
    reason: str
    message: str
    advice: str

    def __str__(self) -> str:
        """One line for people."""
        return f"{self.path}: {self.message}"


def left_behind(settings: Settings) -> list[LeftBehind]:
    """Everything that is left out, by folder and name. Read-only; errors of single files are not raised."""
    if not settings.inbox.is_dir():
        return []
    left: list[LeftOut] = []
    candidates = list(find_candidates(settings.inbox, left))
    looks = looks_of(settings.home)
    looks.compare(time.monotonic())
    now_s = time.time()
    attempts = Attempts(settings.home)
    found = [one for one in left if one.reason not in AFTER_A_WHILE or _is_old(one, looks, now_s)]
    for candidate in candidates:
        found += _held_up(candidate, looks, attempts, now_s)
    return [_described(settings, one) for one in found]


def as_line(left: Sequence[LeftBehind]) -> str:
    """The first few files, for a message; empty if there are none."""
    if not left:
        return ""
    more = len(left) - shared_policies.LEFT_OUT_SHOWN
    shown = "; ".join(str(one) for one in left[: shared_policies.LEFT_OUT_SHOWN])
    return f"Left out in the drop folder: {shown}{f'; and {more} more' if more > 0 else ''}."


def as_counts(left: Sequence[LeftBehind]) -> str:
    """The number of files for each reason, for a message without names; empty if there are none."""
    counts = Counter(one.reason for one in left)
    shown = ", ".join(f"{reason} {number}" for reason, number in sorted(counts.items()))
    return f"Left out in the drop folder: {shown}." if counts else ""


def _held_up(candidate: Candidate, looks: Looks, attempts: Attempts, now_s: float) -> Iterator[LeftOut]:
    if attempts.stuck_because(candidate) is not None:
        yield LeftOut(candidate.main, "cannot_be_moved")
        return
    for path in candidate.files:
        one = LeftOut(path, "held_open")
        try:
            if not _is_old(one, looks, now_s):
                continue
            if is_being_written(path):
                yield one
            elif looks.seconds_seen(path) > policies.LEFT_OUT_SECONDS and not looks.is_settled(path):
                yield LeftOut(path, "still_changing")
        except OSError:
            continue  # gone again


def _is_old(one: LeftOut, looks: Looks, now_s: float) -> bool:
    """Whether it has been there for a long time, by our looks or by its time stamp."""
    if looks.seconds_seen(one.path) > policies.LEFT_OUT_SECONDS:
        return True
    try:
        return now_s - one.path.lstat().st_mtime > policies.LEFT_OUT_SECONDS
    except OSError:
        return False


def _described(settings: Settings, one: LeftOut) -> LeftBehind:
    relative = one.path.relative_to(settings.inbox)
    name = one_line(os.fsencode(relative).decode("utf-8", "replace"))
    return described(f"{settings.inbox.name}/{name}" if name != "." else settings.inbox.name, one.reason)


def described(path: str, reason: str) -> LeftBehind:
    """What is shown of a file that is left out for this reason."""
    return LeftBehind(path, reason, *_TEXTS[reason])
