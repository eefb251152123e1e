"""Checks of what is kept on this machine: home, disk, drop folder, keys.

Nothing is left behind by a check. Must not go here: databases (``databases.py``).
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from meeting_pipeline import policies
from meeting_pipeline.cli.checkup.findings import Finding, fail, ok, warn
from meeting_pipeline.domain.errors import PipelineError
from meeting_pipeline.settings import VARIABLES, Settings
from meeting_pipeline.store.secrets import KEY_FOLDER, Cipher

_HOME_ADVICE = f"Make the folder writable for this user, or set {VARIABLES['home']} to another."


def home(settings: Settings) -> Iterator[Finding]:
    """Whether the home can be written: by writing."""
    place = _existing(settings.home)
    problem = _writing_problem(place)
    if problem is not None:
        yield fail("home", f"{place} cannot be written: {problem}.", _HOME_ADVICE)
    elif place == settings.home:
        yield ok("home", f"{place} can be written.")
    else:
        yield ok("home", f"{settings.home} does not exist yet; it will be made.")


def disk(settings: Settings) -> Iterator[Finding]:
    """Free space where the home is."""
    place = _existing(settings.home)
    try:
        free = shutil.disk_usage(place).free
    except OSError as error:
        yield fail("disk", f"The free space of {place} cannot be read: {error.strerror}.", _HOME_ADVICE)
        return
    message = f"{free / 1024**3:.1f} GB free at {place}."
    advice = "Make room: old recordings are below recordings/, or move the home to a larger disk."
    if free < policies.DISK_FAIL_BYTES:
        yield fail("disk", message, advice)
    elif free < policies.DISK_WARN_BYTES:
        yield warn("disk", message, advice)
    else:
        yield ok("disk", message)


def drop_folder(settings: Settings) -> Iterator[Finding]:
    """Whether files can be dropped and taken, and what was refused."""
    inbox = settings.inbox
    if not inbox.exists():
        yield ok("drop folder", f"{inbox} will be made at the first start.")
    elif not inbox.is_dir():
        yield fail("drop folder", f"{inbox} is no folder.", "Move the file away.")
    elif (problem := _writing_problem(inbox)) is not None:
        yield fail(
            "drop folder", f"{inbox} cannot be written: {problem}.", "Taken files are removed from it: allow that."
        )
    else:
        yield ok("drop folder", f"{inbox} can be written.")
    notes = len(list(settings.rejected.glob("*/*.error.txt"))) if settings.rejected.is_dir() else 0
    if notes:
        advice = "Read the .error.txt beside each; delete the folders that are done with."
        yield warn("drop folder", f"{notes} refused files are set aside in {settings.rejected}.", advice)


def encryption_key(settings: Settings) -> Iterator[Finding]:
    """Whether the key for stored webhook secrets is one."""
    path = key_file(settings)
    if settings.encryption_key is None and not path.exists():
        yield ok("encryption key", "It will be made at the first start.")
        return
    try:
        given = settings.encryption_key
        Cipher(given.get_secret_value() if given is not None else path.read_text(encoding="ascii").strip())
    except PipelineError as error:
        where = VARIABLES["encryption_key"] if settings.encryption_key is not None else path
        yield fail("encryption key", f"{where} holds no Fernet key.", error.advice)
        return
    except (OSError, ValueError):
        yield fail("encryption key", f"{path} cannot be read.", "Restore it from a backup, or mend its permissions.")
        return
    if settings.encryption_key is None and path.stat().st_mode & 0o077:
        yield warn("encryption key", f"{path} can be read by others.", f"Run: chmod 600 {path}")
    else:
        yield ok("encryption key", "It is well formed.")


def key_file(settings: Settings) -> Path:
    """Where the installation keeps its own encryption key."""
    return settings.home / KEY_FOLDER / "encryption.key"


def _existing(path: Path) -> Path:
    """The path, or the nearest folder above it that exists."""
    while not os.path.lexists(path) and path != path.parent:
        path = path.parent
    return path


def _writing_problem(folder: Path) -> str | None:
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"x")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        return error.strerror or type(error).__name__
    return None
