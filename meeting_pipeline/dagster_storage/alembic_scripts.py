"""Makes Alembic cheap for Dagster's storage, and makes it work in any folder.

Two things are changed, both in the module of Dagster that calls Alembic:

* Each time a process opens its storage, Dagster reads and compiles all migration scripts, about sixty, to learn the name of
  the newest. They cannot change while a process runs, so they are read once.
* Dagster passes the location of its scripts in a configuration file. Alembic inserts the folder of that file into a setting
  in which ``%`` begins a reference to another option. In a Python environment below a folder with
  ``%`` in its name, as CI systems create for branches, no storage would open. So the folder is escaped.

Must not go here: where the storage is (``supervisor/dagster_yaml.py``), connections (``kept_engines.py``).
"""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from alembic.config import Config
    from alembic.script import ScriptDirectory


def prepare_alembic() -> None:
    """Change how Dagster calls Alembic in this process. Can be repeated."""
    from meeting_pipeline.dagster_internals import sql

    names: dict[str, Any] = vars(sql)
    names["Config"] = _config_of_file  # called by ``get_alembic_config``
    names["ScriptDirectory"] = _ScriptsReadOnce  # called by ``check_alembic_revision``


class _ScriptsReadOnce:
    """Takes the place of Alembic's ``ScriptDirectory``."""

    @staticmethod
    def from_config(config: "Config") -> "ScriptDirectory":
        """The scripts of a configuration."""
        return _scripts(config.config_file_name, config.get_main_option("script_location"))


@cache
def _scripts(file: str, location: str) -> "ScriptDirectory":
    from alembic.script import ScriptDirectory

    config = _config_of_file(file)
    config.set_main_option("script_location", location)
    return ScriptDirectory.from_config(config)


def _config_of_file(file: str) -> "Config":
    """Alembic's configuration, with the folder of its file escaped."""
    from alembic.config import Config

    config = Config(file)
    config.file_config["DEFAULT"]["here"] = str(Path(file).parent.absolute()).replace("%", "%%")
    return config
