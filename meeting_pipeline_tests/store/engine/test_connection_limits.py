"""PostgreSQL servers with few connections: the limit is known, and a refused connection is reported as such."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from sqlalchemy.engine import make_url

from meeting_pipeline.domain.errors import StoreUnavailable
from meeting_pipeline.store.engine.connection_limits import connections_granted, connections_needed, too_few_connections
from meeting_pipeline.store.engine.database import Database
from meeting_pipeline_tests.postgres import PostgresServer, limited_role


@pytest.fixture
def limited(postgres_server: PostgresServer, postgres_url: str) -> Iterator[str]:
    with limited_role(postgres_server, postgres_url, 2) as url:
        yield url


def test_the_default_settings_fit_a_server_with_default_settings() -> None:
    assert connections_needed(4) == 90 < 100 - 3


@pytest.mark.postgres
def test_the_smallest_of_the_limits_counts(postgres_server: PostgresServer, postgres_url: str, limited: str) -> None:
    def granted(url: str) -> int | None:
        database = Database(url)
        try:
            return connections_granted(database)
        finally:
            database.close()

    assert granted(postgres_url) == 120, "a superuser has them all"
    assert granted(limited) == 2
    name, role = make_url(limited).database, make_url(limited).username
    postgres_server._command(f"ALTER ROLE {role} CONNECTION LIMIT -1")
    assert granted(limited) == 117, "some are reserved for superusers"
    postgres_server._command(f'ALTER DATABASE "{name}" CONNECTION LIMIT 5')
    assert granted(limited) == 5


def test_sqlite_has_no_such_limit(tmp_path: object) -> None:
    assert too_few_connections(Database(f"sqlite:///{tmp_path}/a.sqlite3"), 64) is None


@pytest.mark.postgres
def test_a_connection_that_the_server_refuses_is_named_with_what_to_do(limited: str) -> None:
    database = Database(limited)
    with ExitStack() as stack:
        for _ in range(2):
            stack.enter_context(database.engine.connect())
        for call in (database.migrate, lambda: stack.enter_context(database.read())):
            with pytest.raises(StoreUnavailable) as caught:
                call()
            assert caught.value.code == "database_connections"
            assert "too many connections for role" in caught.value.message
            assert "max_connections" in caught.value.advice
    with database.read():
        pass
    database.close()
