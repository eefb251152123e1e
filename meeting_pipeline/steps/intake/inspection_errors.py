"""Errors of an inspection that produced no result, caused by the file or by circumstances.

Must not go here: errors about the content of a file (``media/``, ``providers/imported/``), errors of a sandbox that does not
work (``steps/sandbox/question.py``).
"""

from typing import Final

from meeting_pipeline.domain.errors import IntakeRefused, StoreUnavailable

_ADVICE: Final = (
    "If it is a recording that plays, export it again as M4A or MP3; if it is a transcript, as text or WebVTT."
)


def stopping() -> StoreUnavailable:
    """The service or run that requested the inspection is being stopped."""
    return StoreUnavailable("shutting_down", "The service is shutting down.", "Send it again.")


def inspection_killed() -> StoreUnavailable:
    """The process that read the file was killed from outside: the file, or other programs, used too much memory."""
    return StoreUnavailable(
        "inspection_killed",
        "The process that read the file was killed, probably because the machine was short of memory.",
        "Retry a little later. If this keeps happening with this file, the machine has too little memory for it.",
    )


def undecodable() -> IntakeRefused:
    """The file crashes its decoder or exceeds its limits."""
    return IntakeRefused("undecodable", "The file cannot be decoded with reasonable time and memory.", _ADVICE)


def inspections_busy() -> StoreUnavailable:
    """All slots are occupied by slow files."""
    return StoreUnavailable("inspections_busy", "Too many slow files are being inspected.", "Retry a little later.")
