"""What `up` itself does with the database: before it starts the processes, and after they have ended.

Each function is called in a fork (``foundation/forked_call.py``), so that the database libraries do not stay loaded in `up`;
they are imported only inside the functions. Must not go here: anything that `up` needs while the system runs.
"""

import logging
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from meeting_pipeline.domain.errors import PipelineError

if TYPE_CHECKING:
    from meeting_pipeline.settings import Settings

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Prepared:
    """``notice``: for a service that requires no key. ``left_out``: what is wrong with custom insights."""

    notice: str
    left_out: tuple[str, ...]


def prepare(settings: "Settings") -> Prepared:
    """Wait for the database, migrate it, and check that it and the home may be used.

    Raises: PipelineError, for what a person must fix first.
    """
    from meeting_pipeline.home import forgotten_recordings, require_stored_copies
    from meeting_pipeline.insights.user_insights import load_user_insights
    from meeting_pipeline.installation import open_installation
    from meeting_pipeline.providers.whisper.folders import note_fetched
    from meeting_pipeline.supervisor.bind_address import require_key_beyond_loopback
    from meeting_pipeline.supervisor.waiting import wait_for_database

    wait_for_database(settings)
    require_stored_copies(settings)
    with suppress(OSError):  # what is wrong with the folder is reported when it is used
        forgotten = forgotten_recordings(settings)
        if forgotten is not None:
            _log.warning("%s", forgotten)
    note_fetched(settings)
    opened = open_installation(settings)
    try:
        require_key_beyond_loopback(opened)
        notice = "" if opened.store.api_keys.any_in_force() else " (no key required; open to this machine only)"
    finally:
        opened.store.close()
    return Prepared(notice, tuple(map(str, load_user_insights(settings.home))))


def database_answers(settings: "Settings") -> bool:
    """Whether the database can be used now."""
    from meeting_pipeline.installation import open_installation

    try:
        open_installation(settings).store.close()
    except PipelineError:
        return False
    return True


def release_leases(settings: "Settings", *hosts: str) -> None:
    """Record that this machine's workers were stopped: otherwise each stop would count as a lost worker.

    ``hosts``: the machine's name when the system started, and its present one.
    """
    from sqlalchemy.exc import DBAPIError

    from meeting_pipeline.installation import open_installation

    try:
        opened = open_installation(settings)
        opened.store.leases.stopped(*hosts)
        opened.store.close()
    except (PipelineError, DBAPIError) as error:  # their leases expire: that is noticed at the next start
        _log.warning("the work in progress could not be recorded: %s", type(error).__name__)
