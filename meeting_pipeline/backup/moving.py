"""Moves an installation between SQLite and PostgreSQL: the store row by row, Dagster's records derived from it.

Dagster's storage is not copied: the reconciler reports partitions and results to the new one, as after a loss. Its history of
runs stays behind. SQLite files whose rows were moved are renamed in the home, so that no system starts on them by mistake. Must
not go here: how rows are copied (``store/moving/``), renaming files (``archive_sqlite.py``), files of recordings
(``steps/operations/move_storage.py``).
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from meeting_pipeline.backup.archive_sqlite import ASIDE, archive_sqlite_files, linked, require_sole_use
from meeting_pipeline.defs.ops.reconciling import reconcile
from meeting_pipeline.domain.errors import OperatorError
from meeting_pipeline.foundation.atomic_files import sync_folder
from meeting_pipeline.foundation.ownership import owning
from meeting_pipeline.installation import Installation, open_installation
from meeting_pipeline.settings import VARIABLES, Settings
from meeting_pipeline.steps.operations.move_storage import require_idle
from meeting_pipeline.store.engine.database import Database
from meeting_pipeline.store.engine.secrets import KEY_FOLDER, SIGNING_KEY_FILE
from meeting_pipeline.store.moving.copying import Copied, copy_rows
from meeting_pipeline.store.recordings.cli_queries import stored_secret
from meeting_pipeline.supervisor.instance import opened_instance

Kind = Literal["postgresql", "sqlite"]
_DRAFT: Final = ".moving"
"""Suffix of an SQLite file that is being filled."""
_BESIDE: Final = ("", "-wal", "-shm")


@dataclass(frozen=True)
class MovedDatabase:
    """What was moved. ``aside``: where the old SQLite files are. ``reconciled``: lines of counts; ``warnings``: for people."""

    rows: int
    reconciled: tuple[str, ...]
    aside: Path | None
    warnings: tuple[str, ...]


def move_database(settings: Settings, to: Kind, say: Callable[[str], None], tell: Copied) -> MovedDatabase:
    """Move the database of this home to PostgreSQL, or back to SQLite. Nothing may run on it, here or elsewhere.

    ``tell``: see ``copy_rows``. Nothing has changed after an error. Raises: OperatorError ``database_not_set``,
        ``nothing_to_move``, ``database_not_empty``, ``already_running``, ``running_elsewhere``, ``recordings_in_work``,
        ``database_in_use``, ``wrong_encryption_key``, ``not_put_aside`` (all is copied then); as ``copy_rows``.
    """
    if settings.database_url is None:
        raise OperatorError(
            "database_not_set",
            f"{VARIABLES['database_url']} is not set, so there is no PostgreSQL database to move to or from.",
            "Set it; for a move to PostgreSQL to a new, empty database.",
        )
    local = settings.model_copy(update={"database_url": None})
    from_, into = (local, settings) if to == "postgresql" else (settings, local)
    with owning(settings.home):
        _require_places(local, to)
        with _opened(from_) as opened:
            require_idle(opened)
            _require_nobody_elsewhere(opened)
            _require_same_key(opened)
        if to == "postgresql":
            require_sole_use(local, "Stop it")
        with _opened(from_) as opened:
            rows = _copied(opened, local, settings, to, say, tell)
        aside = None
        if to == "postgresql":
            require_sole_use(local, f"Stop it, create another new database, name that in {VARIABLES['database_url']}")
            aside = archive_sqlite_files(local)
        else:
            _take(local)
        with _opened(into) as opened:
            say("Reporting the recordings to Dagster ...")
            with opened_instance(into) as instance:
                lines = tuple(reconcile(opened, instance).lines())
    return MovedDatabase(rows, lines, aside, (*linked(local, aside), *_warnings(settings)))


@contextmanager
def _opened(settings: Settings) -> Iterator[Installation]:
    opened = open_installation(settings)
    try:
        yield opened
    finally:
        opened.store.close()


def _require_places(local: Settings, to: Kind) -> None:
    exists = local.database_file.is_file()
    moved = sorted(local.home.glob(f"{ASIDE}*/{local.database_file.name}"))
    if to == "postgresql" and not exists and moved:
        raise OperatorError(
            "nothing_to_move",
            f"The database of {local.home} was already moved: the old one is in {moved[-1].parent}.",
            f"Start `up` with {VARIABLES['database_url']}: it reports to Dagster what is missing there.",
        )
    if to == "postgresql" and not exists:
        raise OperatorError(
            "nothing_to_move",
            f"There is no {local.database_file}.",
            f"Set {VARIABLES['home']} to the home of the system.",
        )
    if to == "sqlite" and exists:
        raise OperatorError(
            "database_not_empty",
            f"{local.database_file} already exists.",
            f"If a move back was interrupted, everything is in it: unset {VARIABLES['database_url']} and start `up`. Otherwise "
            "move it away if it is not needed: the database becomes a new file there.",
        )


def _require_nobody_elsewhere(opened: Installation) -> None:
    """Workers, and `up` on another machine, would continue with the old database. Raises: OperatorError ``running_elsewhere``."""
    running = sorted({one.machine.name for one in opened.store.machines.all() if not one.silent})
    if running:
        raise OperatorError(
            "running_elsewhere",
            f"These machines use the database: {', '.join(running)}.",
            "Stop `up` and all workers. One that died is forgotten after 30 s.",
        )


def _require_same_key(opened: Installation) -> None:
    """The settings name the key that stored secrets were encrypted with. Raises: OperatorError ``wrong_encryption_key``."""
    token = stored_secret(opened.store.database)
    if token is not None:
        opened.store.context.cipher.decrypt(token)


def _copied(
    opened: Installation, local: Settings, remote: Settings, to: Kind, say: Callable[[str], None], tell: Copied
) -> int:
    draft = local.database_file.with_name(local.database_file.name + _DRAFT)
    _remove(draft)  # of a move that was interrupted
    target = Database(remote.store_url if to == "postgresql" else f"sqlite:///{draft}")
    try:
        if target.version_as_it_is() is None and target.has_tables():
            raise OperatorError(
                "database_not_empty",
                f"The database {target.errors.described} has tables of another program.",
                "Create a new database and name that.",
            )
        target.migrate()
        say(f"Copying to {target.errors.described} ...")
        return copy_rows(opened.store.database, target, tell)
    except BaseException:
        target.close()
        _remove(draft)
        raise
    finally:
        target.close()


def _remove(file: Path) -> None:
    for suffix in _BESIDE:
        file.with_name(file.name + suffix).unlink(missing_ok=True)


def _take(local: Settings) -> None:
    """Give the filled file its name. Its connections are closed, so everything is in the one file."""
    draft = local.database_file.with_name(local.database_file.name + _DRAFT)
    draft.rename(local.database_file)
    sync_folder(local.home)


def _warnings(settings: Settings) -> Iterator[str]:
    own, given = settings.home / KEY_FOLDER / SIGNING_KEY_FILE, settings.webhook_signing_secret
    if given is not None and own.is_file() and own.read_text(encoding="ascii").strip() != given.get_secret_value():
        yield (
            f"{VARIABLES['webhook_signing_secret']} differs from the secret in {own}, which signed webhooks while none was set. "
            "Receivers that know the old secret reject the new signatures."
        )
