"""Puts a file and its sidecar into the drop folder, so that intake sees both or neither.

Belongs here: names and order of the files of a submission. Must not go here: following it (``wait.py``).
"""

import os
import secrets
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from meeting_pipeline.domain.errors import OperatorError
from meeting_pipeline.domain.sidecar_options import SidecarOptions
from meeting_pipeline.foundation.atomic_files import copy_durably, sync_folder, write_durably
from meeting_pipeline.steps.intake.settling import state_of

_PREFIX = "cli-"
_DRAFT = ".incoming.part"
"""Hidden, and with the suffix of an unfinished file: intake ignores both."""
_NAME_BYTES = 200
"""File systems allow 255; the rest is for ``.json`` and ``.error.txt``."""
_EMPTY_FOLDER_SECONDS = 3600.0
"""An empty folder of a submission is removed after this; a younger one may be about to receive its files."""


@dataclass(frozen=True)
class DroppedFile:
    """A submission in the drop folder. ``at_s``: when it began, in seconds since 1970."""

    folder: str
    path: Path
    sha256: str
    size_bytes: int
    at_s: float


def drop_file(source: Path, options: SidecarOptions, inbox: Path) -> DroppedFile:
    """Copy ``source`` into its own folder below the drop folder: sidecar first, then the recording by a final rename.

    Raises: IntakeRefused (not a regular file), OperatorError ``drop_failed`` (no space, no permission).
    """
    folder = inbox / f"{_PREFIX}{secrets.token_hex(6)}"
    at_s = time.time()
    try:
        _tidy(inbox, at_s)
        folder.mkdir(mode=0o700, parents=True)  # the sidecar may hold a secret
        try:
            return _fill(folder, source.resolve(), options, at_s)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise OperatorError(
            "drop_failed",
            f"The file could not be copied into the drop folder {inbox}: {reason}.",
            "Check permissions and free space: `meeting-pipeline doctor`.",
        ) from error


def _fill(folder: Path, source: Path, options: SidecarOptions, at_s: float) -> DroppedFile:
    path = folder / _drop_name(source.name)
    draft = folder / _DRAFT
    before = state_of(source)
    sha256, size_bytes = copy_durably(source, draft)
    if state_of(source) != before:
        raise OperatorError(
            "drop_failed",
            "The file changed while it was copied into the drop folder.",
            "Wait until it is complete, and submit it again.",
        )
    modified = source.stat().st_mtime_ns
    os.utime(draft, ns=(modified, modified))  # without a date from the submitter, it determines the meeting's date
    sidecar = options.model_dump_json(exclude_defaults=True)
    if sidecar != "{}":
        write_durably(folder / f"{path.name}.json", sidecar)
    draft.rename(path)
    sync_folder(folder)
    sync_folder(folder.parent)
    return DroppedFile(folder.name, path, sha256, size_bytes, at_s)


def _drop_name(name: str) -> str:
    """The name in the drop folder: not hidden, and short enough for its companion files."""
    visible = name.lstrip(".") or "recording"
    stem, suffix = os.path.splitext(visible)  # noqa: PTH122 - names of undecodable bytes are cut as they are
    while len(os.fsencode(stem + suffix)) > _NAME_BYTES:
        stem = stem[:-1]
    return stem + suffix


def _tidy(inbox: Path, now_s: float) -> None:
    """Remove empty folders of earlier submissions whose files intake has taken."""
    for folder in inbox.glob(f"{_PREFIX}*"):
        if folder.is_dir() and now_s - folder.stat().st_mtime > _EMPTY_FOLDER_SECONDS and not any(folder.iterdir()):
            folder.rmdir()
