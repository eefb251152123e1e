"""Checks of folders: home, disk, drop folder.

A check leaves nothing behind. Must not go here: databases (``databases.py``), keys (``keys.py``).
"""

import errno
import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

from meeting_pipeline import policies as shared_policies
from meeting_pipeline.cli import policies
from meeting_pipeline.cli.checkup.findings import Finding, fail, ok, warn
from meeting_pipeline.cli.context import where_from
from meeting_pipeline.domain.errors import OperatorError, PipelineError
from meeting_pipeline.foundation.disk_space import files_that_fit, lacking
from meeting_pipeline.foundation.folder_identity import IDENTITY_FILE, no_identity
from meeting_pipeline.home import forgotten_recordings, require_folder_there
from meeting_pipeline.settings import VARIABLES, Settings
from meeting_pipeline.steps.intake.left_out import left_behind

_PROBE = b"meeting-pipeline doctor"
_STORAGE_ADVICE = "Check the permissions of the key: it has to list, read, write and delete objects."
_INBOX_ADVICE = (
    "Check the bucket and the permissions of the key: it has to list, read and delete objects, and for this check to write "
    "one."
)
_HOME_ADVICE = f"Make the folder writable for this user, or set {VARIABLES['home']} to another."
_OF_THE_DISK = {
    os.strerror(errno.ENOSPC): "Free some space, or delete files: the check of the disk says which is missing.",
    os.strerror(
        errno.EROFS
    ): "The disk is mounted read-only, often after an error: `dmesg` says more. Mount it for writing.",
}
"""Causes that are not about permissions, in the words of ``writing_problem``."""


def home(settings: Settings) -> Iterator[Finding]:
    """Whether the home can be written, tested by writing."""
    place = nearest(settings.home)
    problem = writing_problem(place)
    if problem is not None:
        yield fail("home", f"{place} is not writable: {problem}.", remedy(problem, _HOME_ADVICE))
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
            advice = remedy(problem, "Make the folder writable for this user.")
            yield fail("home", f"{folder} is not writable: {problem}.", advice)
    if not broken:
        yield ok("home", f"{place} is writable.")


def recordings(settings: Settings) -> Iterator[Finding]:
    """Whether the folder of recordings is there, and can be recognised."""
    identity = settings.recordings / IDENTITY_FILE
    if identity.is_dir():
        error: PipelineError = no_identity(identity)
        yield fail("recordings", error.message, error.advice)
        return
    try:
        require_folder_there(settings, own=True)
    except OperatorError as missing:
        yield fail("recordings", missing.message, missing.advice)
        return
    forgotten = forgotten_recordings(settings)
    if forgotten is not None:
        yield warn("recordings", forgotten.message, forgotten.advice)
    elif settings.recordings.is_dir():
        yield ok("recordings", f"They are in {settings.recordings}.")


def disk(settings: Settings) -> Iterator[Finding]:
    """Free space on the disk of the home, and room for more files."""
    place = nearest(settings.home)
    try:
        free = shutil.disk_usage(place).free
        room = files_that_fit(place)
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
    if room is not None and room[0] < policies.DISK_WARN_FILES:
        advice = "Delete files: `df -i` shows the disk, `du --inodes` which folders have many."
        level = warn if lacking(place) is None else fail
        yield level(
            "disk", f"Room for only {room[0]} more files (inodes) at {place}, however much space is free.", advice
        )


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
            remedy(problem, "Intake removes accepted files from it: make it writable."),
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
        advice = "Read the .error.txt next to each file, and delete the folders you no longer need."
        files = "1 rejected file is" if notes == 1 else f"{notes} rejected files are"
        yield warn("drop folder", f"{files} in {settings.rejected}.", advice)


def object_storage(settings: Settings) -> Iterator[Finding]:
    """Whether objects can be written, read in part, read by a link, and deleted, tested by doing so."""
    if settings.storage_url is None:
        return
    from meeting_pipeline.files.objects import ObjectFiles

    objects, step = ObjectFiles(settings.storage_url, settings.storage_endpoint), "write"
    place = f"doctor/{uuid.uuid4().hex}"
    try:
        with tempfile.TemporaryDirectory() as folder:
            probe = Path(folder) / "probe.txt"
            probe.write_bytes(_PROBE)
            objects.put(place, probe.name, probe)
        try:
            step = "range"
            if b"".join(objects.read(place, "probe.txt", 2, 3)) != _PROBE[2:5]:
                yield fail("object storage", "A range of an object has the wrong content.", _STORAGE_ADVICE)
            step = "link"
            if not _reads(objects.link(place, "probe.txt", policies.PROBE_LINK_SECONDS)):
                yield fail("object storage", "A link to an object cannot be read.", _STORAGE_ADVICE)
        finally:
            objects.delete(place)
        step = "delete"
        if objects.list(place):
            yield fail("object storage", "An object cannot be deleted.", _STORAGE_ADVICE)
            return
    except FileNotFoundError:
        yield fail("object storage", f"An object cannot be read back ({step}).", _STORAGE_ADVICE)
    except PipelineError as error:
        yield fail("object storage", f"{error.message.removesuffix('.')} ({step}).", error.advice)
    else:
        yield ok("object storage", f"{settings.storage_url}: write, range, link and delete work.")


def bucket_inbox(settings: Settings) -> Iterator[Finding]:
    """Whether the bucket of the inbox can be listed, and objects be read and deleted there, tested by doing so."""
    if settings.inbox_url is None:
        return
    from meeting_pipeline.files.inbox_bucket import InboxBucket

    bucket, name = InboxBucket(settings.inbox_url, settings.inbox_service), f".doctor-{uuid.uuid4().hex}"
    step = "list"
    try:
        next(bucket.pages(), None)
        if settings.inbox_keep == "off":
            step = "write"
            bucket.put(name, _PROBE)
            step = "read"
            probe = bucket.find(name)
            right = probe is not None and bucket.beginning(probe, len(_PROBE)) == _PROBE
            step = "delete"
            bucket.remove([name])
            if not right or bucket.find(name) is not None:
                yield fail("bucket inbox", "An object cannot be read back or deleted.", _INBOX_ADVICE)
                return
    except PipelineError as error:
        yield fail("bucket inbox", f"{error.message.removesuffix('.')} ({step}).", error.advice)
    except FileNotFoundError:
        yield fail("bucket inbox", "There is no such bucket.", _INBOX_ADVICE)
    else:
        works = "list works; objects stay there" if settings.inbox_keep == "on" else "list, read and delete work"
        yield ok("bucket inbox", f"{settings.inbox_url}: {works}.")


def _reads(link: str) -> bool:
    import httpx

    try:
        return httpx.get(link, timeout=policies.PROBE_LINK_SECONDS).content == _PROBE
    except httpx.HTTPError:
        return False


def nearest(path: Path) -> Path:
    """The path, or its nearest existing parent."""
    while not os.path.lexists(path) and path != path.parent:
        path = path.parent
    return path


def remedy(problem: str, usual: str) -> str:
    """What to do about a result of ``writing_problem``: where the disk is at fault, no permission helps."""
    return _OF_THE_DISK.get(problem, usual)


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
