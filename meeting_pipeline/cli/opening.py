"""Opens the installation for a command, and names what stands in the way.

Must not go here: checks of an installation that does not open (``checkup/``).
"""

from collections.abc import Iterator
from contextlib import contextmanager

from meeting_pipeline.domain.errors import OperatorError
from meeting_pipeline.settings import Settings, load_settings
from meeting_pipeline.steps.opening import Installation, open_installation

_ADVICE = "`meeting-pipeline doctor` says what is wrong."


@contextmanager
def installation() -> Iterator[Installation]:
    """The installation that the environment describes, closed at the end.

    Raises: PermanentError (a bad setting), OperatorError (home or database out of reach).
    """
    from sqlalchemy.exc import DBAPIError

    opened = _open(load_settings())
    try:
        yield opened
    except DBAPIError as error:
        raise _database_trouble() from error
    finally:
        opened.store.close()


def _open(settings: Settings) -> Installation:
    from sqlalchemy.exc import ArgumentError, DBAPIError

    try:
        return open_installation(settings)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise OperatorError("home_unusable", f"The home {settings.home} cannot be used: {reason}.", _ADVICE) from error
    except DBAPIError as error:
        raise _database_trouble() from error
    except (ArgumentError, ValueError):  # the message would show the URL, and the password in it
        raise OperatorError("bad_database_url", "The database URL cannot be read.", _ADVICE) from None


def _database_trouble() -> OperatorError:
    return OperatorError("database_unreachable", "The results database does not answer as it should.", _ADVICE)
