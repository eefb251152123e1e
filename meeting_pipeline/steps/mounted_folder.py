"""What an operation does while the folder of stored recordings is absent because its disk is not mounted.

Meanwhile no file in it counts as gone, and nothing is stored in the empty place, because it would look like the folder from then
on.
Must not go here: how the folder is recognised (``home.py``), files on other machines (``stored_elsewhere.py``).
"""

from meeting_pipeline.domain.errors import StoreUnavailable
from meeting_pipeline.home import has_noted_folder, is_folder_absent, storing_host
from meeting_pipeline.installation import Installation
from meeting_pipeline.steps.stored_elsewhere import belongs_elsewhere
from meeting_pipeline.store.recordings.inventory import holds_content


def not_mounted() -> StoreUnavailable:
    """The error for a file that is not here because its whole folder is not."""
    return StoreUnavailable(
        "disk_error",
        "The folder of stored recordings is missing, has none of them, or is another one: its disk may not be mounted.",
        "Mount it. The recordings wait and resume automatically.",
    )


def require_mounted(installation: Installation) -> None:
    """Check that files may be put into the folder of stored recordings. Raises: StoreUnavailable ``disk_error``.

    Also where new recordings go to object storage: those from before are in the folder. A machine that shares the database may
    have its own folder, still empty: only what it has stored itself counts, by the note in its home, or by its host name.
    """
    if not is_folder_absent(installation.settings):
        return
    if holds_content(installation.store.database, host=storing_host(installation.settings)):
        raise not_mounted()


def is_absent_here(installation: Installation, stored_in: str | None) -> bool:
    """Whether files that were put into the folder with this identity cannot be on this machine's disk now.

    ``None``: unknown, as for recordings of an early version: they are expected in the folder of a home that has put files into
    one. Raises: OSError (this machine's folder cannot be read).
    """
    if stored_in is None and not has_noted_folder(installation.settings):
        return False
    return belongs_elsewhere(installation, stored_in) or is_folder_absent(installation.settings)
