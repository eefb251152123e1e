"""Dagster's storage for a Python environment below a folder with ``%`` in its name, as CI systems create for branches.

Dagster passes the location of its migrations to Alembic in a configuration file. Alembic inserts the folder of that file
into a setting in which ``%`` begins a reference to another option. This module escapes the folder before Dagster reads the
file. It is used only where needed: Dagster imports it by the name that ``instance.py`` writes into ``dagster.yaml``. The
private parts of Dagster that it relies on are named here and nowhere else.
Must not go here: where the storage is.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from alembic.config import Config

CLASSES: Final = {"sqlite": "EscapedSqliteStorage", "postgres": "EscapedPostgresStorage"}


def needs_escaping() -> bool:
    """Whether Dagster is installed in such a folder."""
    import dagster

    return "%" in str(Path(dagster.__file__ or "").resolve().parent) or "%" in str(dagster.__file__)


def __getattr__(name: str) -> Any:
    """The storage classes, created on first use, so that calling ``needs_escaping`` alone imports no storage."""
    if name not in CLASSES.values():
        raise AttributeError(name)
    _escape()
    if name == CLASSES["sqlite"]:
        from meeting_pipeline.dagster_internals import DagsterSqliteStorage

        return DagsterSqliteStorage
    from dagster_postgres import DagsterPostgresStorage

    return DagsterPostgresStorage


def _escape() -> None:
    from meeting_pipeline.dagster_internals import sql

    vars(sql)["Config"] = _config_of_file  # called by ``get_alembic_config``


def _config_of_file(file: str) -> "Config":
    """Alembic's configuration, with the folder of its file escaped."""
    from alembic.config import Config

    config = Config(file)
    config.file_config["DEFAULT"]["here"] = str(Path(file).parent.absolute()).replace("%", "%%")
    return config
