"""The home of an installation: whether there is one, and making its folders.

Must not go here: what is in the folders.
"""

import stat
from pathlib import Path

from meeting_pipeline.domain.errors import OperatorError
from meeting_pipeline.settings import VARIABLES, Settings


def make_home(settings: Settings) -> None:
    """Make the home and its folders, as far as they are missing. A drop folder that is there keeps its owner and mode.

    Raises: OperatorError ``home_unusable``, ``drop_folder_unusable``.
    """
    for folder in (settings.rejected, settings.recordings, settings.exports, settings.inbox):
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            if settings.drop_folder is not None and folder == settings.inbox:
                raise _drop_folder_unusable(settings, error) from error
            raise home_unusable(settings, error) from error


def missing_part(settings: Settings) -> Path | None:
    """What an installation has and this home does not; ``None`` if nothing is missing. Looks, and makes nothing.

    Raises: OperatorError ``home_unusable`` if the home is a file, or cannot be looked at.
    """
    wanted = [settings.home, settings.recordings]
    if settings.database_url is None:
        wanted.append(settings.database_file)
    for path in wanted:
        try:
            mode = path.stat().st_mode
        except FileNotFoundError:
            return path
        except OSError as error:
            raise home_unusable(settings, error) from error
        if path == settings.home and not stat.S_ISDIR(mode):
            raise home_unusable(settings, NotADirectoryError(20, "Not a directory", str(path)))
    return None


def home_unusable(settings: Settings, error: OSError) -> OperatorError:
    """The typed error for a home that cannot be used."""
    reason = error.strerror or type(error).__name__
    place = f" ({error.filename})" if error.filename and str(error.filename) != str(settings.home) else ""
    return OperatorError(
        "home_unusable",
        f"The home {settings.home} cannot be used: {reason}{place}.",
        f"Make it a folder that this user may read and write, or set {VARIABLES['home']} to another; "
        "`meeting-pipeline doctor` says more.",
    )


def _drop_folder_unusable(settings: Settings, error: OSError) -> OperatorError:
    return OperatorError(
        "drop_folder_unusable",
        f"The drop folder {settings.inbox} is missing and cannot be made: {error.strerror}.",
        f"Make it, or correct {VARIABLES['drop_folder']}.",
    )
