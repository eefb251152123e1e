"""The drop folder: which files belong together, and which have come to rest.

A candidate is a recording, or a transcript export alone, with its companions: ``NAME.json`` (what the submitter says)
and ``NAME.vtt`` / ``.srt`` / ``.txt`` (a transcript export of the same meeting).
Must not go here: looking into files (``intake.py``), refusing them (``set_aside.py``).
"""

import errno
import fcntl
import os
import signal
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from meeting_pipeline import policies
from meeting_pipeline.media.formats import is_media

_UNFINISHED = (".part", ".partial", ".tmp", ".crdownload", ".filepart", ".upload")
"""Suffixes that browsers and copy tools give to what they have not finished."""
_JUNK = {"thumbs.db", "desktop.ini"}
_TRANSCRIPT_ENDINGS = (".vtt", ".transcript.vtt", ".srt", ".txt")
"""Of a recording's companions the first of these is its transcript; Zoom names its own ``NAME.transcript.vtt``."""
_DEPTH = 8
"""Sub-folders deeper than this are not looked into."""


@dataclass(frozen=True)
class Candidate:
    """Files of the drop folder that make one recording. ``main`` is the recording, or the transcript that came alone."""

    main: Path
    transcript: Path | None = None
    sidecar: Path | None = None

    @property
    def files(self) -> tuple[Path, ...]:
        """Everything that belongs to it."""
        return tuple(path for path in (self.main, self.transcript, self.sidecar) if path is not None)


def find_settled(inbox: Path, now_s: float, limit: int) -> list[Candidate]:
    """Up to ``limit`` candidates whose files have all been at rest for ``SETTLE_SECONDS``, in order of name."""
    found = []
    for candidate in find_candidates(inbox):
        if all(is_settled(path, now_s) for path in candidate.files):
            found.append(candidate)
            if len(found) >= limit:
                break
    return found


def find_candidates(inbox: Path) -> Iterator[Candidate]:
    """Every candidate below the drop folder. A sidecar alone waits for its recording."""
    for folder, names in _folders(inbox, _DEPTH):
        yield from _group(folder, names)


def unneeded_companions(candidate: Candidate) -> list[Path]:
    """Companions that go when ``main`` goes: no other recording of the folder has them too."""
    companions = [path for path in candidate.files if path != candidate.main]
    if not companions:
        return []
    folder = candidate.main.parent
    _, names = next(_folders(folder, 0))
    others = [other for other in _group(folder, names) if other.main not in candidate.files]
    needed = {path for other in others for path in (other.transcript, other.sidecar)}
    return [path for path in companions if path not in needed]


def _folders(folder: Path, depth: int) -> Iterator[tuple[Path, list[str]]]:
    """Names of files by folder. A folder that may not be changed is left out: nothing can be taken out of it.

    So are other people's files in a folder with the sticky bit: taken and not removed, they would be met for ever.
    """
    names, folders = [], []
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        return
    status = folder.stat()
    sticky = bool(status.st_mode & stat.S_ISVTX) and os.geteuid() not in (0, status.st_uid)
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith(".") or entry.name.lower() in _JUNK:
                continue
            if entry.is_dir(follow_symlinks=False):
                folders.append(entry.name)
            elif not entry.name.lower().endswith(_UNFINISHED) and not (sticky and _is_of_another(folder / entry.name)):
                names.append(entry.name)
    yield folder, sorted(names)
    if depth > 0:
        for name in sorted(folders):
            yield from _folders(folder / name, depth - 1)


def _is_of_another(path: Path) -> bool:
    try:
        return path.lstat().st_uid != os.geteuid()
    except OSError:
        return True  # gone again, or out of reach: the next look decides


def _group(folder: Path, names: list[str]) -> Iterator[Candidate]:
    """Recordings with their companions first, then what is left. A sidecar speaks for recordings before anything else."""
    present = {_ending_folded(name): name for name in names}
    taken: set[str] = set()
    for name in filter(_names_media, names):
        stem = Path(name).stem
        transcript = _companion(present, stem, _TRANSCRIPT_ENDINGS)
        sidecar = _sidecar(present, name)
        taken |= {name, *(found for found in (transcript, sidecar) if found)}
        yield Candidate(
            folder / name, folder / transcript if transcript else None, folder / sidecar if sidecar else None
        )
    for name in names:
        if name in taken or _ending_folded(name).endswith(".json"):
            continue
        sidecar = _sidecar(present, name)
        if sidecar in taken:
            sidecar = None
        taken |= {sidecar} if sidecar else set()
        yield Candidate(folder / name, None, folder / sidecar if sidecar else None)


def _names_media(name: str) -> bool:
    return is_media(Path(name))


def _ending_folded(name: str) -> str:
    """The name with its last ending in lower case: ``Weekly.VTT`` is a companion of ``Weekly.mp4``."""
    stem, dot, ending = name.rpartition(".")
    return f"{stem}{dot}{ending.lower()}"


def _sidecar(present: dict[str, str], name: str) -> str | None:
    return _companion(present, name, (".json",)) or _companion(present, Path(name).stem, (".json",))


def _companion(present: dict[str, str], stem: str, endings: tuple[str, ...]) -> str | None:
    return next((present[stem + ending] for ending in endings if stem + ending in present), None)


def is_settled(path: Path, now_s: float) -> bool:
    """Whether nobody changed or renamed the file for ``SETTLE_SECONDS``, and nobody has it open for writing.

    The change time is the kernel's own: a copy that keeps old modification times does not fool it.
    """
    try:
        status = path.lstat()
    except OSError:
        return False  # gone again, or out of reach: the next look decides
    if now_s - status.st_ctime < policies.SETTLE_SECONDS:
        return False
    return not stat.S_ISREG(status.st_mode) or not _open_for_writing(path)


def _open_for_writing(path: Path) -> bool:
    """Ask the kernel: a read lease is refused with EAGAIN while anybody can write to the file (Linux, own files)."""
    if not hasattr(fcntl, "F_SETLEASE"):
        return False
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return False  # unreadable: intake says so
    try:
        # Who opens the file for writing while we hold the lease makes the kernel signal us: SIGIO would end the process.
        fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except OSError as error:
        return error.errno == errno.EAGAIN
    finally:
        os.close(descriptor)
    return False
