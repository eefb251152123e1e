"""Checks of folders: home, disk, drop folder.

A check leaves nothing behind. Must not go here: databases (``databases.py``), keys (``keys.py``).
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from meeting_pipeline import policies as shared_policies
from meeting_pipeline.cli import policies
from meeting_pipeline.cli.checkup.findings import Finding, fail, ok, warn
from meeting_pipeline.cli.context import where_from
from meeting_pipeline.settings import VARIABLES, Settings
from meeting_pipeline.steps.intake.left_out import left_behind

_HOME_ADVICE = f"Make the folder writable for this user, or set {VARIABLES['home']} to another."


def home(settings: Settings) -> Iterator[Finding]:
    """Whether the home can be written, tested by writing."""
    place = nearest(settings.home)
    problem = writing_problem(place)
    if problem is not None:
        yield fail("home", f"{place} is not writable: {problem}.", _HOME_ADVICE)
        return
    if place != settings.home:
        advice = f"Set {VARIABLES['home']} to the home of an installation, or make this one: meeting-pipeline init"
        yield warn("home", f"There is no installation in {settings.home} ({where_from()}).", advice)
        return
    if not settings.home.is_dir():
        yield fail("home", f"{settings.home} is a file.", _HOME_ADVICE)
        return
    broken = False
    for folder in (settings.recordings, settings.rejected, settings.exports, settings.home / "logs"):
        problem = writing_problem(folder) if os.path.lexists(folder) else None
        if problem is not None:
            broken = True
            yield fail("home", f"{folder} is not writable: {problem}.", "Make the folder writable for this user.")
    if not broken:
        yield ok("home", f"{place} is writable.")


def disk(settings: Settings) -> Iterator[Finding]:
    """Free space on the disk of the home."""
    place = nearest(settings.home)
    try:
        free = shutil.disk_usage(place).free
    except OSError as error:
        yield fail("disk", f"The free space of {place} cannot be read: {error.strerror}.", _HOME_ADVICE)
        return
    message = f"{free / 1024**3:.1f} GB free at {place}."
    advice = "Free some space, or move the home to a larger disk. Old recordings are below recordings/."
    if free < policies.DISK_FAIL_BYTES:
        yield fail("disk", message, advice)
    elif free < policies.DISK_WARN_BYTES:
        yield warn("disk", message, advice)
    else:
        yield ok("disk", message)


def drop_folder(settings: Settings) -> Iterator[Finding]:
    """Whether files can be dropped and accepted, which are left out, and which were rejected."""
    inbox = settings.inbox
    if not inbox.exists():
        yield ok("drop folder", f"{inbox} will be created at the first start.")
    elif not inbox.is_dir():
        yield fail("drop folder", f"{inbox} is not a folder.", "Move the file elsewhere.")
    elif (problem := writing_problem(inbox)) is not None:
        yield fail(
            "drop folder",
            f"{inbox} is not writable: {problem}.",
            "Intake removes accepted files from it: make it writable.",
        )
    else:
        yield ok("drop folder", f"{inbox} is writable.")
    left = left_behind(settings)
    for one in left[: shared_policies.LEFT_OUT_SHOWN]:
        yield warn("drop folder", f"Left out: {one}.", one.advice)
    if len(left) > shared_policies.LEFT_OUT_SHOWN:
        more = len(left) - shared_policies.LEFT_OUT_SHOWN
        yield warn("drop folder", f"{more} more are left out.", "`GET /v1/inbox` names them.")
    notes = len(list(settings.rejected.glob("*/*.error.txt"))) if settings.rejected.is_dir() else 0
    if notes:
        advice = "Read the .error.txt beside each file, and delete the folders you no longer need."
        yield warn("drop folder", f"{notes} rejected files are in {settings.rejected}.", advice)


def nearest(path: Path) -> Path:
    """The path, or its nearest existing parent."""
    while not os.path.lexists(path) and path != path.parent:
        path = path.parent
    return path


def writing_problem(folder: Path) -> str | None:
    """Why a file cannot be written there, tested by writing one; ``None`` if it can."""
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"x")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        return error.strerror or type(error).__name__
    return None
