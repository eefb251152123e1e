"""The drop folder: which files belong together, which are settled, and which are left out.

A candidate is a recording, or a transcript export alone, with its companions: ``NAME.json`` (the submitter's details), a
transcript export of the same meeting, and spare files of it.
Must not go here: which names belong together (``pairing.py``), when a file is settled (``settling.py``), why files are left out
(``left_out.py``), reading files (``batch.py``), rejecting them (``quarantine.py``).
"""

import os
import stat
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from meeting_pipeline.media.formats import is_media, is_transcript
from meeting_pipeline.steps.intake.json_kind import is_sidecar
from meeting_pipeline.steps.intake.pairing import paired
from meeting_pipeline.steps.intake.settling import Looks
from meeting_pipeline.store.recordings.recordings import Also

UNFINISHED = (".part", ".partial", ".tmp", ".crdownload", ".filepart", ".upload")
"""Suffixes that browsers and copy tools give to unfinished files."""
JUNK = {"thumbs.db", "desktop.ini"}
_DEPTH = 8
"""Sub-folders deeper than this are not searched."""
_LOOKS: Final[dict[Path, Looks]] = {}
"""Earlier looks, by drop folder, for callers that pass none."""


@dataclass(frozen=True)
class LeftOut:
    """A file or folder that intake leaves out, with the reason code (``left_out.py``)."""

    path: Path
    reason: str


LeftOutList = list[LeftOut]


@dataclass(frozen=True)
class Origin:
    """Where files come from that are copies of ours, not files of the drop folder.

    Attributes:
        identity: identifies these files in the versions they have, as path and time stamps do in the drop folder.
        consumed: makes the work for the transaction that stores the recording, of the files that this takes away, and those of
            them that are not used.
        place: where the originals stay, for people, if the files are rejected; empty if they are moved from there.
    """

    identity: str
    consumed: Callable[[Collection[Path], Collection[Path]], Also]
    place: str = ""


@dataclass(frozen=True)
class Candidate:
    """Files that form one recording. ``main`` is the recording, or the transcript submitted alone.

    ``spare``: files of the same meeting that are not needed, such as further exports and the chat. ``origin``: ``None`` for files
    of the drop folder.
    """

    main: Path
    transcript: Path | None = None
    sidecar: Path | None = None
    spare: tuple[Path, ...] = ()
    origin: Origin | None = field(default=None, compare=False)

    @property
    def files(self) -> tuple[Path, ...]:
        """All files of the candidate."""
        return tuple(path for path in (self.main, self.transcript, self.sidecar, *self.spare) if path is not None)


def find_settled(
    inbox: Path,
    now_s: float,
    limit: int,
    looks: Looks | None = None,
    waits: Callable[[Candidate], bool] = lambda _: False,
) -> list[Candidate]:
    """Up to ``limit`` candidates whose files are all settled, by name.

    A file must be unchanged between two looks ``SETTLE_SECONDS`` apart, by the clock of ``now_s``. ``looks`` remembers the
    earlier looks; without it, this process does. ``waits``: candidates to skip because they wait for a retry.
    """
    seen = looks if looks is not None else _LOOKS.setdefault(inbox, Looks())
    left: LeftOutList = []
    candidates = list(find_candidates(inbox, left))
    files = [path for candidate in candidates for path in candidate.files]
    seen.check([*files, *(one.path for one in left)], now_s)
    found = []
    for candidate in candidates:
        if all(seen.is_settled(path) for path in candidate.files) and not waits(candidate):
            found.append(candidate)
            if len(found) >= limit:
                break
    return found


def find_candidates(inbox: Path, left_out: LeftOutList | None = None) -> Iterator[Candidate]:
    """All candidates below the drop folder. A sidecar alone waits for its recording.

    ``left_out`` collects the files and folders that are left out, with reasons.
    """
    left: LeftOutList = left_out if left_out is not None else []
    for folder, names in _folders(inbox, _DEPTH, left):
        yield from _group(folder, names, left)


def unneeded_companions(candidate: Candidate) -> list[Path]:
    """Companions to remove together with ``main``: no other recording in the folder shares them."""
    companions = [path for path in candidate.files if path != candidate.main]
    if not companions:
        return []
    folder = candidate.main.parent
    _, names = next(_folders(folder, 0, []))
    others = [other for other in _group(folder, names, []) if other.main not in candidate.files]
    needed = {path for other in others for path in other.files}
    return [path for path in companions if path not in needed]


def _folders(folder: Path, depth: int, left: LeftOutList) -> Iterator[tuple[Path, list[str]]]:
    """File names by folder. A folder without write permission is left out: nothing can be moved out of it."""
    try:
        if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
            folder.lstat()
            left.append(LeftOut(folder, "folder_not_writable"))
            return
        names, folders = _scanned(folder, left)
    except FileNotFoundError:
        return  # gone again
    except OSError:
        left.append(LeftOut(folder, "folder_unreadable"))
        return
    yield folder, sorted(names)
    for name in sorted(folders):
        if depth > 0:
            yield from _folders(folder / name, depth - 1, left)
        else:
            left.append(LeftOut(folder / name, "too_deep"))


def _scanned(folder: Path, left: LeftOutList) -> tuple[list[str], list[str]]:
    """Names of files and of folders.

    Other users' files in a folder with the sticky bit are left out: they cannot be removed, so they would be found forever.
    """
    names: list[str] = []
    folders: list[str] = []
    status = folder.stat()
    sticky = bool(status.st_mode & stat.S_ISVTX) and os.geteuid() not in (0, status.st_uid)
    with os.scandir(folder) as entries:
        for entry in entries:
            path = folder / entry.name
            if entry.name.lower() in JUNK:
                continue
            if entry.name.startswith("."):
                _see_hidden(path, left)
            elif entry.is_dir(follow_symlinks=False):
                folders.append(entry.name)
            elif entry.name.lower().endswith(UNFINISHED):
                left.append(LeftOut(path, "unfinished_name"))
            elif sticky and _is_of_another(path):
                left.append(LeftOut(path, "owned_by_another"))
            else:
                names.append(entry.name)
    return names, folders


def _see_hidden(path: Path, left: LeftOutList) -> None:
    """Report hidden recordings. Names with a leading dot belong to copy tools and desktops; a recording may be a mistake."""
    if is_media(path) or is_transcript(path):
        left.append(LeftOut(path, "hidden_name"))


def _is_of_another(path: Path) -> bool:
    try:
        return path.lstat().st_uid != os.geteuid()
    except OSError:
        return True  # gone again, or inaccessible: the next look decides


def _group(folder: Path, names: list[str], left: LeftOutList) -> Iterator[Candidate]:
    """Recordings with their companions first, then the other files."""
    pairings, alone = paired(names, lambda name: is_sidecar(folder / name))
    for pairing in pairings:
        yield Candidate(
            folder / pairing.main,
            folder / pairing.transcript if pairing.transcript else None,
            folder / pairing.sidecar if pairing.sidecar else None,
            tuple(folder / name for name in pairing.spare),
        )
    left += [LeftOut(folder / name, "sidecar_alone") for name in alone]
