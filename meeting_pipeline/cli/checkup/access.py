"""Checks who can reach the UI and the HTTP service, and with which credentials. Read-only.

Must not go here: the rules themselves (``ui/``, ``api/security/access.py``).
"""

from collections.abc import Iterator
from typing import Final

from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from meeting_pipeline.cli.checkup.findings import Finding, failed, ok, warn
from meeting_pipeline.domain.errors import PipelineError
from meeting_pipeline.settings import VARIABLES, Settings
from meeting_pipeline.store.engine.database import Database
from meeting_pipeline.store.engine.schema import SCHEMA_HEAD
from meeting_pipeline.store.tables import ApiKey
from meeting_pipeline.ui.addresses import addresses_of

_NAME: Final = "access"
_CREATE: Final = "meeting-pipeline keys create --name NAME --scope admin"


def access(settings: Settings) -> Iterator[Finding]:
    """Whether the UI and the HTTP service require a key, and whether a key exists with which people can work."""
    try:
        beyond = addresses_of(settings.ui_port, settings.public_url).beyond_loopback
    except PipelineError as error:
        yield failed(_NAME, error)
        return
    scopes = _scopes(settings)
    if scopes is None:
        return  # the database check says why
    if not scopes and beyond:
        message = (
            f"{VARIABLES['public_url']} makes the UI reachable from other machines, but there is no API key to sign in "
            "with."
        )
        yield warn(_NAME, message, f"Create one: {_CREATE}")
    elif not scopes:
        yield ok(
            _NAME,
            "There is no API key: the UI and the HTTP service are open to everybody on this machine, and to nobody "
            "else.",
        )
    elif "admin" not in scopes:
        yield warn(
            _NAME, "No API key has the scope admin, so nobody can change anything in the UI.", f"Create one: {_CREATE}"
        )
    else:
        yield ok(_NAME, f"The UI and the HTTP service require an API key; {len(scopes)} valid.")


def _scopes(settings: Settings) -> list[str] | None:
    """The scopes of the valid keys; ``None`` if they cannot be read."""
    file = None if settings.database_url is not None else settings.home / "meetings.sqlite3"
    if file is not None and not file.exists():
        return []
    try:
        database = Database(settings.store_url)
    except PipelineError:
        return None
    try:
        if database.schema_version() != SCHEMA_HEAD:
            return None
        with database.read() as session:
            rows = session.scalars(select(ApiKey.scopes).where(ApiKey.revoked_at.is_(None))).all()
        return [scope for given in rows for scope in given]
    except (DBAPIError, OSError, PipelineError):
        return None
    finally:
        database.close()
