"""Moves rejected files out of the drop folder, each with a note that states the reason and what to do.

It deletes nothing. Must not go here: the reasons (the checks raise them).
"""

import os
import shutil
import uuid
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from meeting_pipeline.domain.errors import PipelineError
from meeting_pipeline.domain.text import one_line
from meeting_pipeline.foundation.private_files import take_over
from meeting_pipeline.steps.intake.inbox import Candidate, unneeded_companions

_NOTE_NAME_BYTES = 200
"""File systems allow 255 bytes for a name; the rest is for the note's suffix."""


def move_to_rejected(candidate: Candidate, error: PipelineError, rejected: Path, recording: str | None = None) -> Path:
    """Move the candidate's files to a new folder below ``rejected``; returns the note's path.

    ``recording``: the key of the recording they belong to; deleting that recording deletes the files.
    Companions that another recording in the drop folder needs stay. Raises: OSError.
    """
    place = candidate.origin.place if candidate.origin is not None else ""
    paths = [candidate.main] if place else [candidate.main, *unneeded_companions(candidate)]
    return move_unused(paths, error, rejected, recording, place)


def move_unused(
    paths: Sequence[Path], error: PipelineError, rejected: Path, recording: str | None = None, place: str = ""
) -> Path:
    """Move exactly these files to a new folder below ``rejected``; returns the path of the note, which is named after the first.

    ``place``: where the files stay, if they are not here to be moved.
    Raises: OSError.
    """
    folder = rejected / f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{uuid.uuid4().hex[:8]}"
    folder.mkdir(parents=True)
    name = os.fsdecode(os.fsencode(paths[0].name)[:_NOTE_NAME_BYTES])
    note = folder / f"{name}.error.txt"
    text = describe(one_line(paths[0].name), error, place) + (f"Recording: {recording}\n" if recording else "")
    try:
        note.write_text(text, encoding="utf-8", errors="replace")
        for path in paths:
            _move(path, folder)
    except OSError:
        if all(os.path.lexists(path) for path in paths):  # all is tried again: each attempt would leave a folder
            shutil.rmtree(folder, ignore_errors=True)
        raise
    return note


def leave_note(name: str, error: PipelineError, rejected: Path, recording: str, values: Sequence[str]) -> Path:
    """Write a note about details of a file that was taken, without any file; returns its path. ``values``: lines to keep.

    Raises: OSError.
    """
    folder = rejected / f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{uuid.uuid4().hex[:8]}"
    folder.mkdir(parents=True)
    note = folder / f"{os.fsdecode(os.fsencode(name)[:_NOTE_NAME_BYTES])}.error.txt"
    text = (
        f"This file was accepted: {one_line(name)}\nNote: {error.message}\nWhat to do: {error.advice}\nCode: {error.code}\n"
        + "".join(f"{one_line(value)}\n" for value in values)
        + f"Recording: {recording}\n"
    )
    note.write_text(text, encoding="utf-8", errors="replace")
    return note


def _move(path: Path, folder: Path) -> None:
    if path.is_symlink() or path.exists():
        target = folder / path.name
        shutil.move(path, target)
        with suppress(OSError):  # it keeps its owner and mode, in a folder that only we can open
            take_over(target)


def describe(name: str, error: PipelineError, place: str = "") -> str:
    """The note, for the person who submitted the file. ``place``: where it stays; empty if it is next to the note."""
    where = (
        f"The file stays where it is: {one_line(place)}. Replace it there to try again.\n"
        if place
        else "The file is next to this note, unchanged. Put it back into the drop folder to try again.\n"
    )
    return (
        f"This file was rejected: {name}\n"
        f"Why: {error.message}\n"
        f"What to do: {error.advice or 'Drop it again once the reason is gone.'}\n"
        f"Code: {error.code}\n"
        f"{where}"
    )
