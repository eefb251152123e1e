"""Removes old files of the home that nothing refers to any more: rejected files, log lines, and captured output of runs.

Each is removed by its own age. A crash leaves the rest for the next round.
Must not go here: recordings (``delete.py``), databases (``defs/ops/``).
"""

import json
import logging
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

_log = logging.getLogger(__name__)
_REJECTED: Final = re.compile(r"(\d{8}T\d{6})-[0-9a-f]{8}")
"""Name of a folder made by ``steps/intake/quarantine.py``. Others in ``rejected/`` belong to somebody else."""
_RUN: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_LOG: Final = ".log"
_PREVIOUS: Final = ".log.1"
_FIRST_LINE_BYTES: Final = 512 * 1024
"""More than a line may have (``supervisor/log_lines.py``)."""


@dataclass
class Removed:
    """How much was removed; with a dry run, what would be."""

    files: int = 0
    bytes: int = 0


def prune_rejected(rejected: Path, before: datetime, *, dry: bool) -> Removed:
    """Remove files that were rejected before this time, with their notes."""
    old = [folder for folder in _folders(rejected) if (moment := _rejected_at(folder.name)) and moment < before]
    return _remove(old, dry=dry)


def prune_output(storage: Path, before: datetime, *, dry: bool) -> Removed:
    """Remove the folders of runs in Dagster's storage: the output of runs, which Dagster captured in earlier versions."""
    old = []
    for folder in _folders(storage):
        with suppress(OSError):  # removed meanwhile
            if _RUN.fullmatch(folder.name) and folder.stat().st_mtime < before.timestamp():
                old.append(folder)
    return _remove(old, dry=dry)


def prune_logs(logs: Path, before: datetime, *, dry: bool) -> Removed:
    """Remove previous log files whose last line is older; make a current one the previous if its first line is.

    So a line is removed after once to twice this time. Processes that write may do so at any moment: they reopen the file for
    each write.
    """
    old = [path for path in _files(logs, _PREVIOUS) if (last := _last_written(path)) is not None and last < before]
    removed = _remove(old, dry=dry)
    for path in _files(logs, _LOG):
        begins = _begins(path)
        if not dry and begins is not None and begins < before:
            with suppress(OSError):  # there is a previous one, which its writer has made meanwhile, or it is gone
                os.link(path, path.with_name(f"{path.name}.1"))
                path.unlink()
    return removed


def _remove(paths: list[Path], *, dry: bool) -> Removed:
    found = Removed()
    for path in paths:
        try:
            sizes = [one.lstat().st_size for one in _contents(path)]
            if not dry:
                if path.is_dir():
                    shutil.rmtree(path)
                else:
                    path.unlink()
        except OSError as error:
            _log.warning("%s is removed later: %s", path.name, error.strerror)
            continue
        found.files += len(sizes)
        found.bytes += sum(sizes)
    return found


def _contents(path: Path) -> Iterator[Path]:
    if not path.is_dir():
        yield path
        return
    for folder, _, names in os.walk(path):
        for name in names:
            yield Path(folder, name)


def _folders(parent: Path) -> Iterator[Path]:
    if parent.is_dir():
        with os.scandir(parent) as entries:
            yield from sorted(Path(one.path) for one in entries if one.is_dir(follow_symlinks=False))


def _files(parent: Path, ending: str) -> list[Path]:
    return [one for one in sorted(parent.glob(f"*{ending}")) if one.is_file() and not one.is_symlink()]


def _rejected_at(name: str) -> datetime | None:
    found = _REJECTED.fullmatch(name)
    try:
        return datetime.strptime(found[1], "%Y%m%dT%H%M%S").replace(tzinfo=UTC) if found else None
    except ValueError:  # no such day
        return None


def _last_written(path: Path) -> datetime | None:
    try:
        return datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except OSError:  # gone
        return None


def _begins(path: Path) -> datetime | None:
    """The time in the first line of a log file; ``None`` if it has none, or a line that is not ours."""
    try:
        with path.open("rb") as file:
            line = file.readline(_FIRST_LINE_BYTES)
        return datetime.fromisoformat(str(json.loads(line)["time"])).astimezone(UTC)
    except (OSError, ValueError, KeyError, TypeError):
        return None
