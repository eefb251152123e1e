"""Alembic reads the scripts of each folder of migrations once per test process, ours and Dagster's.

It reads them whenever a database is made or brought up to date, which takes a tenth of a second of a processor each time. They
cannot change while tests run. Must not go here: databases to copy (``installations.py``, ``prepared_dagster.py``).
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from alembic.config import Config
    from alembic.script import ScriptDirectory

_READ: dict[tuple[str | None, str | None], ScriptDirectory] = {}
"""File of a configuration and location of its scripts -> the scripts."""


def pytest_collection_finish() -> None:
    """Keep them from now on, if any test has imported Alembic."""
    if "alembic" in sys.modules:
        _keep()


def _keep() -> None:
    from alembic.script import ScriptDirectory

    directory: Any = ScriptDirectory
    read = directory.from_config.__func__

    def from_config(cls: type[ScriptDirectory], config: Config) -> ScriptDirectory:
        key = config.config_file_name, config.get_main_option("script_location")
        if key not in _READ:
            _READ[key] = read(cls, config)
        return _READ[key]

    directory.from_config = classmethod(from_config)
