"""The home of an installation: check that it exists, and create its folders.

Must not go here: the contents of the folders.
"""

import socket
import stat
from contextlib import closing, suppress
from pathlib import Path
from typing import Final

from meeting_pipeline.domain.errors import OperatorError, PipelineError, StoreUnavailable
from meeting_pipeline.foundation.atomic_files import write_durably
from meeting_pipeline.foundation.folder_identity import IDENTITY_FILE, folder_identity, identified
from meeting_pipeline.settings import VARIABLES, Settings

_FOLDER_NOTE: Final = "recordings-folder.txt"
"""File in a home: the identity of the folder of recordings that it has put files into."""


def make_home(settings: Settings) -> None:
    """Create the home and its folders where they are missing. An existing drop folder keeps its owner and mode.

    Raises: OperatorError ``home_unusable``, ``drop_folder_unusable``.
    """
    for folder in (settings.rejected, settings.recordings, settings.exports, settings.inbox):
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            if settings.drop_folder is not None and folder == settings.inbox:
                raise _drop_folder_unusable(settings, error) from error
            raise home_unusable(settings, error) from error


def require_stored_copies(settings: Settings) -> None:
    """``require_folder_there`` before any recording is processed; also gives a folder with recordings its identity.

    The folder is recognised by that from then on. Nothing else is created. Raises: OperatorError ``home_unusable``.
    """
    require_folder_there(settings)
    if not has_no_copies(settings.recordings):
        with suppress(OSError, StoreUnavailable):  # what is wrong with the folder is reported when it is used
            note_folder(settings, identified(settings.recordings))


def require_folder_there(settings: Settings, *, own: bool = False) -> None:
    """Check that the folder of stored recordings belongs to the database. Creates nothing.

    ``own``: only recordings count that this machine has stored: it may be a worker whose folder is still empty.

    If the disk is not mounted, a home with new, empty folders would be created in its place, and each recording would fail as
    if its stored copy were gone, as with another disk in its place. If the database is unavailable, the check is skipped: the
    next process repeats it.
    Raises: OperatorError ``home_unusable``.
    """
    # Not at the top: `up` imports this module, and keeps what it has imported as long as it runs.
    from sqlalchemy.exc import SQLAlchemyError

    from meeting_pipeline.store.engine.database import Database
    from meeting_pipeline.store.recordings.inventory import holds_content

    if not is_folder_absent(settings):
        return
    if settings.database_url is None and not settings.database_file.exists():
        return
    try:
        with closing(Database(settings.store_url)) as database:
            known = holds_content(database, host=storing_host(settings) if own else None)
    except (PipelineError, SQLAlchemyError, OSError):  # reported when the store is opened
        return
    if known and not has_no_copies(settings.recordings):
        raise OperatorError(
            "home_unusable",
            f"{settings.recordings} is not the folder that this home has put its recordings into: another disk may be mounted "
            "there, and its own may not be mounted.",
            f"Mount the right one, or correct {VARIABLES['home']}. If this folder does have the recordings of this home, delete "
            f"{settings.home / _FOLDER_NOTE}, and start again.",
        )
    if known:
        raise OperatorError(
            "home_unusable",
            f"The database knows recordings, and {settings.recordings} is missing or has none of them: the disk of the home "
            "may not be mounted.",
            f"Mount it, or correct {VARIABLES['home']} or {VARIABLES['database_url']}. If the stored recordings are lost, "
            f"restore a backup; to continue without them, create that folder, and an empty file {IDENTITY_FILE} in it.",
        )


def has_no_copies(recordings: Path) -> bool:
    """Whether this is not the folder that recordings were put into: the place, perhaps, where its disk is not mounted.

    Other files there say nothing: desktops and file systems leave some (``.DS_Store``, ``lost+found``). The sign is the file that
    identifies the folder. One that is older, or was copied without hidden files, has the folder of a recording at least.
    """
    try:
        return not ((recordings / IDENTITY_FILE).is_file() or _has_a_recording(recordings))
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False  # reported when the home is created


def is_folder_absent(settings: Settings) -> bool:
    """Whether the folder that this home has put recordings into is not in its place: nothing is there, or another folder.

    With PostgreSQL, several machines may have folders of their own or come to share one, so each row says which folder it means.
    With SQLite, the home's note is enough: it changes only with the folder itself, or if a person deletes it.
    """
    if has_no_copies(settings.recordings):
        return True
    if settings.database_url is not None:
        return False
    try:
        noted = (settings.home / _FOLDER_NOTE).read_text(encoding="ascii", errors="replace").strip()
        found = folder_identity(settings.recordings)
    except OSError:
        return False  # no note, or what is wrong is reported when the folder is used
    return bool(noted) and found is not None and found != noted


def forgotten_recordings(settings: Settings) -> OperatorError | None:
    """The error for a home with recordings whose database knows none at all; ``None`` if it knows any.

    An address of another database, or one that was removed from the settings, looks like a new installation otherwise. What
    cannot be read now counts as known. Raises: OSError.
    """
    from sqlalchemy.exc import SQLAlchemyError

    from meeting_pipeline.domain.keys import KEY_PATTERN
    from meeting_pipeline.store.engine.database import Database
    from meeting_pipeline.store.recordings.inventory import holds_content

    if not has_noted_folder(settings) or has_no_copies(settings.recordings):
        return None
    if settings.database_url is not None or settings.database_file.exists():
        try:
            with closing(Database(settings.store_url)) as database:
                if holds_content(database, anywhere=True):
                    return None
        except (PipelineError, SQLAlchemyError):
            return None
    many = sum(KEY_PATTERN.fullmatch(one.name) is not None and one.is_dir() for one in settings.recordings.iterdir())
    if not many:
        return None
    return OperatorError(
        "home_unusable",
        f"{settings.recordings} has recordings ({many}), and the database knows none: it is another one, or was lost.",
        f"Correct {VARIABLES['database_url']}, or restore a backup.",
    )


def note_folder(settings: Settings, identity: str) -> None:
    """Note in the home that files were put into the folder of recordings with this identity.

    The folder may be on another disk than the home, and a container has a new host name after each start. So a home knows by
    this note that there were recordings, when their folder is not there.
    """
    note = settings.home / _FOLDER_NOTE
    # A home that cannot be written is reported by everything else. The next stored file is noted again.
    with suppress(OSError):
        if not note.is_file() or note.read_bytes() != f"{identity}\n".encode():
            write_durably(note, f"{identity}\n")


def has_noted_folder(settings: Settings) -> bool:
    """Whether files were put into the folder of recordings of this home, whatever the host was called then."""
    return (settings.home / _FOLDER_NOTE).is_file()


def storing_host(settings: Settings) -> str | None:
    """The host name in the rows of recordings that this machine has stored; ``None``: any name may be its own."""
    its_own = settings.database_url is None or has_noted_folder(settings)
    return None if its_own else socket.gethostname()


def _has_a_recording(recordings: Path) -> bool:
    """Whether anything was stored there. Minutes alone may have been written into the empty place by an earlier version."""
    from meeting_pipeline.domain.keys import KEY_PATTERN

    for folder in recordings.iterdir():
        if KEY_PATTERN.fullmatch(folder.name) and folder.is_dir():
            with suppress(FileNotFoundError):  # its recording is being deleted
                if any(file.suffix != ".md" for file in folder.iterdir()):
                    return True
    return False


def missing_part(settings: Settings) -> Path | None:
    """Return the first path of an installation that this home lacks; ``None`` if nothing is missing. Creates nothing.

    Raises: OperatorError ``home_unusable`` if the home is a file, or cannot be inspected.
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
    """Return the typed error for a home that cannot be used."""
    reason = error.strerror or type(error).__name__
    place = f" ({error.filename})" if error.filename and str(error.filename) != str(settings.home) else ""
    return OperatorError(
        "home_unusable",
        f"The home {settings.home} cannot be used: {reason}{place}.",
        f"Make it a folder that this user can read and write, or set {VARIABLES['home']} to another one; `meeting-pipeline "
        "doctor` says more.",
    )


def _drop_folder_unusable(settings: Settings, error: OSError) -> OperatorError:
    return OperatorError(
        "drop_folder_unusable",
        f"The drop folder {settings.inbox} is missing and cannot be created: {error.strerror}.",
        f"Create it, or correct {VARIABLES['drop_folder']}.",
    )
