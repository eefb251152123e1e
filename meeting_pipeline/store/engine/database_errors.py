"""What errors of a driver mean for the database at one URL, and its name in messages, both without secrets.

Must not go here: codes of SQLite and PostgreSQL (``driver_errors.py``), transactions (``database.py``).
"""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import URL
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from meeting_pipeline.domain.errors import OperatorError, StoreUnavailable
from meeting_pipeline.store.engine.driver_errors import typed_error


class DatabaseErrors:
    """Translates the errors of one database."""

    def __init__(self, url: URL) -> None:
        self._url = url
        self._sqlite = url.get_backend_name() == "sqlite"

    @property
    def described(self) -> str:
        """The URL for messages, without its password and without its query, which may contain one too."""
        return self._url.set(query={}).render_as_string(hide_password=True)

    def reason(self, error: DBAPIError | OSError) -> str:
        """The driver's message, on one line, without secrets."""
        lines = str(error.orig if isinstance(error, DBAPIError) else error.strerror).strip().splitlines()
        reason = lines[0] if lines else type(error).__name__
        for secret in (self._url.password, *self._url.query.values()):
            if secret:
                reason = reason.replace(str(secret), "***")
        return reason

    def typed_error(self, error: Exception) -> StoreUnavailable | None:
        """The meaning of a driver's error for the database, or ``None`` if its statement is at fault."""
        reason = self.reason(error) if isinstance(error, DBAPIError) else "all connections are in use"
        return typed_error(error, self.described, reason)

    @contextmanager
    def typed(self) -> Iterator[None]:
        """Raises: StoreUnavailable for a driver's error that means it."""
        try:
            yield
        except (DBAPIError, PoolTimeout) as error:
            known = self.typed_error(error)
            if known is None:
                raise
            raise known from error

    @contextmanager
    def reaching(self) -> Iterator[None]:
        """For first contact. Raises: OperatorError ``database_unreachable``, ``database_unusable``; StoreUnavailable."""
        try:
            yield
        except (OperationalError, OSError) as error:  # OSError: the folder of an SQLite file
            known = self.typed_error(error)
            if known is not None and known.code != "database_unreachable":
                raise known from error
            if self._sqlite:
                raise OperatorError(
                    "database_unreachable",
                    f"The database file {self._url.database} cannot be opened: {self.reason(error)}.",
                    "Check that this user may write it and its folder, and the disk: after a failure, it may be read-only.",
                ) from error
            raise OperatorError(
                "database_unreachable",
                f"The database at {self.described} does not respond: {self.reason(error)}",
                "Check that it runs, its address, user and password, and that the disk has room and may be written.",
            ) from error
        except DBAPIError as error:
            raise OperatorError(
                "database_unusable",
                f"The database at {self.described} cannot be brought up to date: {self.reason(error)}",
                "Check that it is this program's database and that its user may create tables in it.",
            ) from error
