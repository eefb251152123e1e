"""An empty store for every test, once on SQLite and once on PostgreSQL."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import create_engine, make_url

from meeting_pipeline.store.engine.context import StoreContext
from meeting_pipeline.store.engine.database import Database
from meeting_pipeline.store.engine.secrets import Cipher
from meeting_pipeline.store.store import Store
from meeting_pipeline.store.tables import Base, TallyChange
from meeting_pipeline_tests.postgres import PostgresServer
from meeting_pipeline_tests.prepared_store import made_anew
from meeting_pipeline_tests.store.samples import Clock, render

BOTH = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]


@pytest.fixture(scope="package", autouse=True)
def new_files_go_through_all_migrations() -> Iterator[None]:
    """These tests are about them."""
    with made_anew():
        yield


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with the newest schema, to be copied."""
    path = tmp_path_factory.mktemp("sqlite") / "template.sqlite3"
    database = Database(f"sqlite:///{path}")
    database.migrate()
    database.close()
    return path


@pytest.fixture(scope="session")
def postgres_shared_url(postgres_server: PostgresServer, postgres_template: str) -> Iterator[str]:
    """One database that these tests share in turn: creating a copy would take longer than most of the tests."""
    from meeting_pipeline_tests.recycled_connections import recycled

    url = postgres_server.url(postgres_server.create(postgres_template))
    with recycled(make_url(url)):
        yield url


@pytest.fixture(scope="session")
def empty_shared(postgres_shared_url: str) -> Iterator[Callable[[], None]]:
    """Removes all rows of that database. As one request: one for each table would take longer than many of the tests."""
    tables = [table.name for table in reversed(Base.metadata.sorted_tables)]
    tables.append(TallyChange.__tablename__)  # triggers have noted the deletions
    statements = ";".join(f'DELETE FROM "{name}"' for name in tables)  # noqa: S608 - our own tables
    engine = create_engine(postgres_shared_url, pool_pre_ping=True)  # some tests end all connections

    def empty() -> None:
        with engine.begin() as connection:
            connection.exec_driver_sql(statements)

    yield empty
    engine.dispose()


@pytest.fixture
def memory_folder() -> Iterator[Path]:
    """A folder in memory, where the system has one: SQLite waits for the disk at every commit."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        yield Path(folder)


@pytest.fixture(params=BOTH)
def store_url(request: pytest.FixtureRequest, memory_folder: Path) -> Iterator[str]:
    """URL of a database with the newest schema and no rows."""
    if request.param == "postgres":
        url = str(request.getfixturevalue("postgres_shared_url"))
        empty: Callable[[], None] = request.getfixturevalue("empty_shared")
        yield url
        empty()
        return
    path = memory_folder / "meetings.sqlite3"
    shutil.copyfile(request.getfixturevalue("migrated_sqlite"), path)
    yield f"sqlite:///{path}"


@pytest.fixture(params=BOTH)
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """URL of a fresh database without any table."""
    if request.param == "postgres":
        return str(request.getfixturevalue("empty_postgres_url"))
    return f"sqlite:///{tmp_path / 'empty.sqlite3'}"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(store_url: str, clock: Clock) -> Iterator[Store]:
    """The store under test, with a clock that the test controls."""
    context = StoreContext(Database(store_url), Cipher(Fernet.generate_key().decode()), clock)
    opened = Store(context, render)
    yield opened
    opened.close()
