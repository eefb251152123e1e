"""Waits for the database at start: after a power cut it may come up later than we do.

Must not go here: what a running system does without its database (``store/engine/transaction_retry.py``,
``defs/sensors/skip_on_db_error.py``).
"""

import logging
import time

from sqlalchemy.exc import DBAPIError

from meeting_pipeline.domain.errors import OperatorError, StoreUnavailable
from meeting_pipeline.installation import open_installation
from meeting_pipeline.launching.fleet import not_running
from meeting_pipeline.settings import Settings
from meeting_pipeline.store.engine.connection_limits import too_few_connections
from meeting_pipeline.store.engine.database import Database
from meeting_pipeline.store.engine.transaction_retry import pauses
from meeting_pipeline.supervisor import policies

_log = logging.getLogger(__name__)


def wait_for_database(settings: Settings, *, migrate: bool = True) -> None:
    """Return when the database responds and its schema is up to date. Reports what it waits for, repeatedly.

    Without ``migrate`` the schema stays as it is: a worker of a newer version must not change it below a system that is running.

    Nothing is lost meanwhile: files wait in the drop folder. A wrong password looks like a server that is down; the message
    contains what the server says, and Ctrl-C ends the wait.

    Raises: for what a person must fix before waiting makes sense: OperatorError ``database_newer``, ``not_running`` (without
        ``migrate``: the database is empty), ``database_unusable``, a SQLite file out of reach; PermanentError ``bad_setting``.
    """
    began = time.monotonic()
    said, said_at = "", 0.0
    for pause in pauses():
        try:
            opened = open_installation(settings, migrate=migrate)
            if migrate:
                opened.store.outages.probe_soon()  # a key may have been fixed
                _warn_of_few_connections(settings, opened.store.database)
            elif opened.store.database.version_as_it_is() is None:
                raise not_running()
            opened.store.close()
        except (OperatorError, StoreUnavailable) as error:
            server = settings.database_url is not None
            if not isinstance(error, StoreUnavailable) and not (server and error.code == "database_unreachable"):
                raise
            now = time.monotonic()
            if str(error) != said or now - said_at >= policies.DATABASE_WAIT_REPORT_SECONDS:
                said, said_at = str(error), now
                _log.warning("Waiting for the database for %.0f s. %s Ctrl-C gives up.", now - began, said)
            time.sleep(pause)
            continue
        if said:
            _log.info("The database responds after %.0f s.", time.monotonic() - began)
        return


def _warn_of_few_connections(settings: Settings, database: Database) -> None:
    try:
        lack = too_few_connections(database, settings.max_concurrent_runs)
    except DBAPIError:  # it responded just now: the processes wait for it themselves
        return
    if lack is not None:
        _log.warning("%s %s", *lack)
