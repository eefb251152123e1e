"""Erases traces of a deleted recording outside its folder: rejected files, and log lines that name it.

Must not go here: the recording's folder (``delete.py``), Dagster's databases (``ops/``).
"""

import logging
import mmap
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from meeting_pipeline.domain.keys import blanked, hash_file, mentions_of
from meeting_pipeline.installation import Installation
from meeting_pipeline.store.deletions.values import Deleted, Trace

_log = logging.getLogger(__name__)


def erase_in_files(installation: Installation, deleted: Deleted, *, again: bool) -> Mapping[str, Trace]:
    """Remove rejected files, and blank the key in logs. ``again``: the key is in use again for the same content."""
    settings = installation.settings
    deleted = replace(deleted, deleted_at=installation.store.context.on_this_machine(deleted.deleted_at))
    found = {"set_aside": _remove_rejected(settings.rejected, deleted, again=again)}
    if not again:
        found["logs"] = _blank(_logs(settings.home, settings.dagster_home, deleted), deleted.key)
    return found


def _remove_rejected(rejected: Path, deleted: Deleted, *, again: bool) -> Trace:
    """Remove folders whose note names the recording or that contain the same content, with everything in them."""
    removed, left = 0, None
    for folder in sorted(rejected.glob("*")):
        try:
            if not folder.is_dir() or folder.is_symlink() or not _is_of(folder, deleted, again=again):
                continue
            count = sum(1 for path in folder.rglob("*") if path.is_file())
            shutil.rmtree(folder)
        except OSError as error:
            _log.warning("a rejected file of a deleted recording will be deleted later: %s", error.strerror)
            left = "set_aside_files_in_the_way"
        else:
            removed += count
    return Trace(removed, left)


def _is_of(folder: Path, deleted: Deleted, *, again: bool) -> bool:
    size, sha256 = deleted.traces.get("size_bytes"), deleted.traces.get("sha256")
    if again and folder.stat().st_mtime > deleted.deleted_at.timestamp():
        return False  # it belongs to the later submission
    for path in folder.iterdir():
        if not path.is_file() or path.is_symlink():
            continue
        if path.name.endswith(".error.txt"):
            if f"Recording: {deleted.key}" in path.read_text(encoding="utf-8", errors="replace").splitlines():
                return True
        elif size and path.stat().st_size == size and hash_file(path) == sha256:
            return True
    return False


def _logs(home: Path, dagster_home: Path, deleted: Deleted) -> Iterator[Path]:
    """Log files that have been written since the recording was submitted."""
    since = deleted.came.timestamp()
    for path in (*(home / "logs").glob("*"), *dagster_home.glob("storage/*/compute_logs/*")):
        if path.is_file() and not path.is_symlink() and path.stat().st_mtime >= since:
            yield path


def _blank(paths: Iterable[Path], key: str) -> Trace:
    """Blank the key in place: the files are being written to and must keep their length."""
    pattern, blank = mentions_of(key), blanked(key).encode()
    changed, left = 0, None
    for path in paths:
        try:
            changed += _blank_in(path, key.encode(), pattern.pattern.encode(), blank)
        except OSError as error:
            _log.warning("%s: a deleted recording will be blanked later: %s", path.name, error.strerror)
            left = "logs_in_the_way"
    return Trace(changed, left)


def _blank_in(path: Path, key: bytes, pattern: bytes, blank: bytes) -> int:
    if path.stat().st_size < len(key):
        return 0
    with path.open("r+b") as file, mmap.mmap(file.fileno(), 0) as content:
        places = [match.start() for match in re.finditer(pattern, content)]
        for place in places:
            content[place : place + len(blank)] = blank
        if places:
            content.flush()
    return len(places)
