"""Disk space and system resources: what is left, what must stay free, and what an OSError says about them.

Intake never fills a disk completely: recordings that were already accepted need space for their results. Must not go here:
databases (``store/engine/driver_errors.py``), the warnings of `doctor` (``cli/checkup/``).
"""

import errno
import os
import shutil
from pathlib import Path
from typing import Final

from meeting_pipeline.domain.errors import StoreUnavailable
from meeting_pipeline.domain.units import BYTES_PER_MB
from meeting_pipeline.foundation import policies

_FULL: Final = (errno.ENOSPC, errno.EDQUOT)
_BROKEN: Final = (errno.EIO, errno.EROFS, errno.ENODEV, errno.ESTALE)
_EXHAUSTED: Final = (errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EAGAIN)
"""No descriptors, memory or processes are left, by the limit of the process or of the machine."""


def lacking(folder: Path, needed_bytes: int = 0) -> StoreUnavailable | None:
    """The error ``disk_full`` if ``needed_bytes`` more do not fit without using the reserve; ``None`` if they do."""
    usage = shutil.disk_usage(folder)
    reserve = min(policies.DISK_RESERVE_BYTES, int(usage.total * policies.DISK_RESERVE_SHARE))
    if usage.free - needed_bytes >= reserve:
        return _lacking_files(folder)
    wanted = needed_bytes + reserve
    return StoreUnavailable(
        "disk_full",
        f"The disk of {folder} has {usage.free / BYTES_PER_MB:.0f} MB free; {wanted / BYTES_PER_MB:.0f} MB are needed.",
        "Free some space. Recordings wait in the drop folder and are processed automatically; nothing is lost.",
    )


def files_that_fit(folder: Path) -> tuple[int, int] | None:
    """How many more files the file system of a folder can hold, and how many in all; ``None`` if it has no such limit.

    A disk can have many gigabytes free and no room for one more file: it is formatted for a number of files (inodes). Some file
    systems have no such number, and report zero. Raises: OSError.
    """
    found = os.statvfs(folder)
    return (found.f_favail, found.f_files) if found.f_files > 0 else None


def _lacking_files(folder: Path) -> StoreUnavailable | None:
    room = files_that_fit(folder)
    if room is None or room[0] >= min(policies.DISK_RESERVE_FILES, int(room[1] * policies.DISK_RESERVE_SHARE)):
        return None
    return StoreUnavailable(
        "disk_full",
        f"The disk of {folder} has room for only {room[0]} more files (inodes), however much space is free.",
        "Delete files: `df -i` shows the disk, `du --inodes` which folders have many. Recordings wait in the drop folder and "
        "are processed automatically; nothing is lost.",
    )


def infrastructure_error_of(error: OSError) -> StoreUnavailable | None:
    """The error to report for a problem with the disk or the machine; ``None`` if only one file is affected."""
    return disk_error_of(error) or exhaustion(error)


def exhaustion(error: OSError) -> StoreUnavailable | None:
    """The error ``resources_exhausted`` if the operating system ran out of resources; otherwise ``None``."""
    if error.errno not in _EXHAUSTED:
        return None
    return StoreUnavailable(
        "resources_exhausted",
        f"The machine ran out of memory, processes or open files ({error.strerror or type(error).__name__}).",
        "Check the limits (`ulimit -a`, those of the container) and what uses them up. Recordings wait and resume "
        "automatically.",
    )


def disk_error_of(error: OSError) -> StoreUnavailable | None:
    """The error to report for a disk problem; ``None`` if it is not one."""
    reason = error.strerror or type(error).__name__
    if error.errno in _FULL:
        advice = (
            "Free some space; if `df` shows enough, delete files (`df -i`). Recordings wait in the drop folder and are processed "
            "automatically; nothing is lost."
        )
        return StoreUnavailable("disk_full", f"The disk is full ({reason}).", advice)
    if error.errno in _BROKEN:
        advice = "Check the disk and its mount (`dmesg` says more). Files that cannot be read stay in the drop folder."
        return StoreUnavailable("disk_error", f"The disk failed ({reason}).", advice)
    return None
