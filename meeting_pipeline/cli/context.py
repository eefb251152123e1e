"""Opens the installation for a command, and reports why it cannot be opened.

A command that only reads an installation never creates one: in the wrong folder it would report an empty one, with new
keys. Must not go here: checks of an installation that does not open (``checkup/``).
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from meeting_pipeline.domain.errors import OperatorError
from meeting_pipeline.home import home_unusable, missing_part
from meeting_pipeline.installation import Installation, open_installation
from meeting_pipeline.settings import VARIABLES, Settings, load_settings

_ADVICE = "`meeting-pipeline doctor` says what is wrong."


@contextmanager
def installation(*, make: bool = False) -> Iterator[Installation]:
    """The installation that the environment describes, closed at the end. ``make``: create it if there is none.

    Raises: PermanentError (an invalid setting), OperatorError (``no_installation``; home or database not accessible).
    """
    from sqlalchemy.exc import DBAPIError

    settings = load_settings()
    if not make:
        require_installation(settings)
    opened = _open(settings)
    try:
        yield opened
    except DBAPIError as error:
        raise _database_error() from error
    finally:
        opened.store.close()


def require_installation(settings: Settings) -> None:
    """Raises: OperatorError ``no_installation``, which says where it was expected; ``home_unusable``."""
    missing = missing_part(settings)
    if missing is None:
        return
    raise OperatorError(
        "no_installation",
        f"There is no installation in {settings.home} ({where_from()}): {missing} is missing.",
        f"Set {VARIABLES['home']} to the folder of the installation. To make a new one there: meeting-pipeline init",
    )


def where_from() -> str:
    """Why the home has its location."""
    variable = VARIABLES["home"]
    return f"as {variable} says" if os.environ.get(variable) else f"{variable} is not set"


def _open(settings: Settings) -> Installation:
    from sqlalchemy.exc import DBAPIError

    try:
        return open_installation(settings)
    except OSError as error:  # all files opened here are below the home: folders, keys, the SQLite file
        raise home_unusable(settings, error) from error
    except DBAPIError as error:
        raise _database_error() from error


def _database_error() -> OperatorError:
    return OperatorError("database_unreachable", "The results database does not respond correctly.", _ADVICE)
