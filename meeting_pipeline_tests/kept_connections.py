"""In a test process, Dagster's storages on PostgreSQL share connections that stay open.

Dagster connects anew for every statement, and PostgreSQL starts a process for each connection, which reads the catalog of
tables again: a run of three steps takes the server a third of a second of a processor. Processes that tests start connect as
Dagster does.
Must not go here: copies of whole storages (``prepared_dagster.py``).
"""

from __future__ import annotations

import sys
from collections import OrderedDict
from typing import TYPE_CHECKING, Any, Final

import pytest

if TYPE_CHECKING:  # the plugin is loaded for every test
    from sqlalchemy import Engine

KEPT: Final = 4
"""Databases whose connections stay open: most tests use one of their own."""
_engines: OrderedDict[str, Engine] = OrderedDict()


def pytest_collection_finish(session: pytest.Session) -> None:
    """Share them from now on, if any test uses Dagster and PostgreSQL."""
    if "dagster" in sys.modules and any(item.get_closest_marker("postgres") for item in session.items):
        _share()


def _share() -> None:
    from dagster_postgres.event_log import event_log
    from dagster_postgres.run_storage import run_storage
    from dagster_postgres.schedule_storage import schedule_storage
    from dagster_postgres.utils import create_pg_engine
    from sqlalchemy.pool import NullPool

    from meeting_pipeline_tests.prepared_dagster import is_made_anew

    def kept(url: str, token_provider: Any = None, **options: Any) -> Engine:
        if options.get("poolclass") is not NullPool or is_made_anew():
            return create_pg_engine(url, token_provider, **options)
        del options["poolclass"]
        if url not in _engines:
            # asked before each use: a test may restart the server
            _engines[url] = create_pg_engine(url, token_provider, max_overflow=-1, pool_pre_ping=True, **options)
        _engines.move_to_end(url)
        while len(_engines) > KEPT:
            _engines.popitem(last=False)[1].dispose()
        return _engines[url]

    for module in (event_log, run_storage, schedule_storage):
        module.create_pg_engine = kept  # type: ignore[attr-defined]
