"""Makes the system's files readable by its user only: new files through the umask, existing ones by walking the home.

Belongs here: file modes. Must not go here: which folders exist (``settings/``), imports from this project: every
process calls this before anything else.
"""

import itertools
import logging
import os
import shutil
import stat
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

UMASK: Final = 0o077
"""Nothing for group and others: files become 0600, folders 0700. Children inherit it."""
_OTHERS: Final = 0o077
"""The permission bits of the group and of everybody else."""
_NAMED: Final = 5
"""How many files the log names at a start; the rest are counted."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Exposed:
    """A file or folder that group or others may read, write or enter. ``why_kept``: why it cannot be made private."""

    path: Path
    why_kept: str | None = None


def write_privately() -> int:
    """Make everything that this process creates from now on private to its user. Returns the previous umask."""
    return os.umask(UMASK)


def make_home_private(home: Path, opened: Path | None = None) -> list[Exposed]:
    """Remove the rights of group and others from everything below ``home``; returns what could not be made private.

    ``opened``: a drop folder from the settings. It keeps its mode and owner, and so does everything below it.
    Symbolic links are not followed. Files of other users and files with a second hard link (which may be outside) are left
    alone.
    """
    kept = []
    for found in exposed(home, opened):
        if found.why_kept is not None:
            kept.append(found)
            continue
        try:
            mode = stat.S_IMODE(found.path.lstat().st_mode)
            # The folders above are already private: nobody else can replace the file with a link.
            found.path.chmod(mode & ~_OTHERS)
        except FileNotFoundError:
            continue  # deleted meanwhile: a draft, a journal
        except OSError as error:
            kept.append(Exposed(found.path, error.strerror or type(error).__name__))
    return kept


def exposed(home: Path, opened: Path | None = None) -> Iterator[Exposed]:
    """What group or others may access below ``home``, each folder before its content. Arguments as for ``make_home_private``."""
    top = Path(os.path.realpath(home))
    left_out = None if opened is None else os.path.realpath(opened)
    with suppress(FileNotFoundError):
        found = _judged(top, top.lstat())
        if found is not None:
            yield found
    yield from _below(top, left_out)


def of_others(home: Path, *left_out: Path) -> Iterator[Path]:
    """What belongs to another user below ``home``, and cannot be read and written by this one.

    Usually a command was run as root once. ``left_out``: folders that others may put files into.
    """
    top = Path(os.path.realpath(home))
    for path, status in _walk(top, {os.path.realpath(folder) for folder in left_out}, lambda _folder, _error: None):
        wanted = os.R_OK | os.W_OK | (os.X_OK if stat.S_ISDIR(status.st_mode) else 0)
        # A disk that is mounted read-only refuses to write what is ours, too: its check says so.
        if status.st_uid != os.geteuid() and not stat.S_ISLNK(status.st_mode) and not os.access(path, wanted):
            yield path


def _below(folder: Path, left_out: str | None) -> Iterator[Exposed]:
    unlisted: list[Exposed] = []

    def note(unreadable: Path, error: OSError) -> None:
        unlisted.append(Exposed(unreadable, error.strerror or type(error).__name__))

    for path, status in _walk(folder, {left_out}, note):
        found = _judged(path, status)
        if found is not None:
            yield found
    yield from unlisted


def _walk(
    folder: Path, left_out: Collection[str | None], unreadable: Callable[[Path, OSError], None]
) -> Iterator[tuple[Path, os.stat_result]]:
    """Everything below a folder, each folder before its content, without following links."""
    try:
        with os.scandir(folder) as entries:
            names = sorted(entry.name for entry in entries)
    except FileNotFoundError:
        return
    except OSError as error:
        unreadable(folder, error)
        return
    for name in names:
        path = folder / name
        if str(path) in left_out:
            continue
        try:
            status = path.lstat()
        except OSError:
            continue  # deleted meanwhile
        yield path, status
        if stat.S_ISDIR(status.st_mode):
            yield from _walk(path, left_out, unreadable)


def _judged(path: Path, status: os.stat_result) -> Exposed | None:
    if stat.S_ISLNK(status.st_mode) or not status.st_mode & _OTHERS:
        return None
    if status.st_uid != os.geteuid():
        return Exposed(path, "it belongs to another user")
    if status.st_nlink > 1 and not stat.S_ISDIR(status.st_mode):
        return Exposed(path, "it has a second name, perhaps outside")
    return Exposed(path)


def take_over(path: Path) -> None:
    """Make a file from elsewhere private: it keeps its content, and gets our owner and mode 0600.

    Only the owner can read such a file, so a file that is not readable stays unchanged. Raises: OSError.
    """
    status = path.lstat()
    if stat.S_ISLNK(status.st_mode):
        return
    if status.st_uid == os.geteuid():
        path.chmod(0o700 if stat.S_ISDIR(status.st_mode) else 0o600)
        return
    if not stat.S_ISREG(status.st_mode):
        return
    draft = path.with_name(f".{os.getpid()}.{os.urandom(4).hex()}")
    try:
        _copy(path, draft)
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def _copy(source: Path, target: Path) -> None:
    reading = os.open(source, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(reading, "rb") as reader:
        writing = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(writing, "wb") as writer:
            shutil.copyfileobj(reader, writer)
            writer.flush()
            os.fsync(writer.fileno())


def make_private_at_start(home: Path, opened: Path | None = None, *left_out: Path) -> None:
    """Make an existing home private; log what stays accessible to others, and what others have made inaccessible to this user.

    ``left_out``: see ``of_others``. This never prevents the start.
    """
    kept = make_home_private(home, opened)
    for found in kept[:_NAMED]:
        _log.warning("%s can be read by others, and this could not be changed: %s", found.path, found.why_kept)
    if len(kept) > _NAMED:
        _log.warning("... and %d more; `meeting-pipeline doctor` counts them", len(kept) - _NAMED)
    for path in itertools.islice(of_others(home, *left_out, *([] if opened is None else [opened])), _NAMED):
        _log.warning("%s belongs to another user and cannot be used: `meeting-pipeline doctor` says what to do", path)
