"""Why a file could not be inspected: its own fault, or nobody's.

Must not go here: errors of what was read in it (``media/``, ``providers/imported/``), those of a sandbox that reads nothing
(``steps/sandbox/sandbox.py``).
"""

from typing import Final

from meeting_pipeline.domain.errors import IntakeRefused, StoreUnavailable

_ADVICE: Final = "Open it in a player; if it plays, export it again as M4A or MP3."


def stopping() -> StoreUnavailable:
    """The service or run that asked is being stopped."""
    return StoreUnavailable("shutting_down", "The service is shutting down.", "Send it again.")


def inspection_killed() -> StoreUnavailable:
    """The process that read the file was killed from outside: the file took too much memory, or others did."""
    return StoreUnavailable(
        "inspection_killed",
        "The process that read the file was killed, probably because the machine was short of memory.",
        "Retry a little later. If it is always this file, the machine has too little memory for it.",
    )


def undecodable() -> IntakeRefused:
    """The file crashes its decoder, or outlasts it."""
    return IntakeRefused("undecodable", "The file cannot be decoded with reasonable time and memory.", _ADVICE)


def inspections_busy() -> StoreUnavailable:
    """All places are taken by files that take long."""
    return StoreUnavailable("inspections_busy", "Too many slow files are being inspected.", "Retry a little later.")
