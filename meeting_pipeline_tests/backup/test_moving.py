"""The database of a home moves to PostgreSQL and back: same results, Dagster knows them, and no system starts on the old one."""

import errno
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa
from cryptography.fernet import Fernet
from pydantic import SecretStr

from meeting_pipeline.backup import archive_sqlite, moving
from meeting_pipeline.backup.moving import Kind, MovedDatabase, move_database
from meeting_pipeline.defs.ops.reconciling import reconcile
from meeting_pipeline.defs.partitions import RECORDINGS
from meeting_pipeline.domain.errors import PipelineError
from meeting_pipeline.foundation.ownership import owning
from meeting_pipeline.installation import Installation, open_installation
from meeting_pipeline.settings import Settings
from meeting_pipeline.store.machines import CONTROL, Machine
from meeting_pipeline.supervisor.instance import opened_instance
from meeting_pipeline_tests.backup.homes import Homes
from meeting_pipeline_tests.installations import TALK, accepted, close
from meeting_pipeline_tests.steps.journeys import begun

pytestmark = pytest.mark.postgres
MINE = Machine(
    name=CONTROL,
    role=CONTROL,
    host="other",
    queue="q",
    slots=0,
    version="1",
    code="c",
    encryption_key="e",
    signing_secret="s",
)


@pytest.fixture
def remote(homes: Homes, empty_postgres_url: str) -> Settings:
    """The settings of the home, with an empty PostgreSQL database."""
    return homes.settings.model_copy(update={"database_url": SecretStr(empty_postgres_url)})


def move(settings: Settings, to: Kind) -> MovedDatabase:
    return move_database(settings, to, lambda _: None, lambda *_: None)


def code_of(settings: Settings, to: Kind = "postgresql") -> str:
    with pytest.raises(PipelineError) as caught:
        move(settings, to)
    return caught.value.code


def partitions(settings: Settings) -> list[str]:
    with opened_instance(settings) as instance:
        return list(instance.get_dynamic_partitions(RECORDINGS))


def opened(settings: Settings) -> Installation:
    return open_installation(settings)


def test_results_and_partitions_are_the_same_there_and_back(homes: Homes, remote: Settings) -> None:
    key = homes.completed.key
    before = homes.opened.store.records.get(key)
    homes.opened.store.close()
    there = move(remote, "postgresql")
    assert there.rows > 50
    assert "Partitions added:           1" in there.reconciled
    assert partitions(remote) == [key]
    far = opened(remote)
    assert far.store.records.get(key) == before
    assert far.store.search_index.is_behind(), "`up` makes the index"
    close(far)
    assert not homes.settings.database_file.exists(), "nothing starts on the old one by mistake"
    assert there.aside is not None
    assert {path.name for path in there.aside.iterdir()} == {"meetings.sqlite3", "dagster-storage"}
    assert (homes.settings.recordings / key).is_dir(), "files stay"

    back = move(remote, "sqlite")
    assert back.rows == there.rows
    assert partitions(homes.settings) == [key]
    near = opened(homes.settings)
    assert near.store.records.get(key) == before
    close(near)
    assert not list(homes.settings.home.glob("meetings.sqlite3.*"))


def test_without_a_database_to_move_to_it_says_which_setting_is_missing(homes: Homes) -> None:
    assert code_of(homes.settings) == "database_not_set"


def test_while_somebody_uses_the_database_it_is_refused(homes: Homes, remote: Settings) -> None:
    with owning(homes.settings.home):
        assert code_of(remote) == "already_running"
    near = opened(homes.settings)  # with the clock of the database
    near.store.machines.announce(MINE, begins=True)
    assert code_of(remote) == "running_elsewhere"
    near.store.machines.withdraw(CONTROL, "other")
    close(near)
    begun(homes.opened, accepted(homes.opened, "busy.vtt", TALK + "\n"), "run-2")
    assert code_of(remote) == "recordings_in_work"
    assert homes.settings.database_file.exists()


def test_another_key_than_the_stored_secrets_were_encrypted_with_is_refused(homes: Homes, remote: Settings) -> None:
    accepted(
        homes.opened,
        "hook.vtt",
        "WEBVTT\n\n00:00.000 --> 00:04.000\nDana: We ship.\n",
        webhook_url="http://127.0.0.1:9/hook",
        webhook_secret="secret-of-the-submitter",
    )
    other = remote.model_copy(update={"encryption_key": SecretStr(Fernet.generate_key().decode())})
    assert code_of(other) == "wrong_encryption_key"
    assert homes.settings.database_file.exists()


def test_another_signing_secret_is_named(homes: Homes, remote: Settings) -> None:
    homes.opened.store.close()
    keys = homes.settings.home / "keys"
    keys.mkdir(exist_ok=True)
    (keys / "webhook-signing.key").write_text("whsec_b25lb25lb25lb25lb25lb25lb25lb25l")
    other = remote.model_copy(update={"webhook_signing_secret": SecretStr("whsec_dHdvdHdvdHdvdHdvdHdvdHdvdHdvdHdv")})
    [warning] = move(other, "postgresql").warnings
    assert "MEETING_PIPELINE_WEBHOOK_SIGNING_SECRET differs from the secret in" in warning


def test_a_home_without_a_database_and_one_that_has_one_already_are_refused(
    homes: Homes, remote: Settings, tmp_path: Path
) -> None:
    assert code_of(remote, "sqlite") == "database_not_empty"
    empty = remote.model_copy(update={"home": tmp_path / "nothing"})
    assert code_of(empty) == "nothing_to_move"


def test_a_database_of_another_program_is_refused_and_left_alone(homes: Homes, remote: Settings) -> None:
    homes.opened.store.close()
    other = sa.create_engine(remote.store_url)
    with other.begin() as connection:
        connection.execute(sa.text("CREATE TABLE invoices (id integer)"))
    assert code_of(remote) == "database_not_empty"
    with other.connect() as connection:
        assert sa.inspect(connection).get_table_names() == ["invoices"]
    other.dispose()


def test_an_interrupted_move_changes_nothing_and_the_next_one_begins_anew(
    homes: Homes, remote: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = homes.opened.store.records.get(homes.completed.key)
    homes.opened.store.close()
    with monkeypatch.context() as dying:
        dying.setattr("meeting_pipeline.store.moving.copying.carry_sequences", _die)
        with pytest.raises(KeyboardInterrupt):
            move(remote, "postgresql")
    assert homes.settings.database_file.exists()
    move(remote, "postgresql")
    with monkeypatch.context() as dying:
        dying.setattr("meeting_pipeline.store.moving.copying.carry_sequences", _die)
        with pytest.raises(KeyboardInterrupt):
            move(remote, "sqlite")
    assert [path.name for path in homes.settings.home.glob("meetings.sqlite3*")] == []
    move(remote, "sqlite")
    near = opened(homes.settings)
    assert near.store.records.get(homes.completed.key) == before
    close(near)


def _die(*_: object) -> None:
    raise KeyboardInterrupt


def test_what_dagster_could_not_be_told_is_told_when_the_system_starts(
    homes: Homes, remote: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    homes.opened.store.close()
    with monkeypatch.context() as dying:
        dying.setattr(moving, "reconcile", _die)
        with pytest.raises(KeyboardInterrupt):
            move(remote, "postgresql")
    assert partitions(remote) == []
    far = opened(remote)
    with opened_instance(remote) as instance:
        reconcile(far, instance)
    close(far)
    assert partitions(remote) == [homes.completed.key]


def test_a_service_that_has_the_old_database_open_would_lose_what_it_accepts_so_it_is_refused(
    homes: Homes, remote: Settings
) -> None:
    homes.opened.store.close()
    service = opened(homes.settings)  # as `serve` has it: it takes no lock of the home
    assert service.store.records.get(homes.completed.key).title is not None
    assert code_of(remote) == "database_in_use"
    late = accepted(service, "late.vtt", TALK + "\n")
    close(service)
    assert move(remote, "postgresql").rows > 50
    far = opened(remote)
    assert far.store.records.get(late.key).key == late.key
    close(far)


def test_a_service_that_begins_while_rows_are_copied_loses_nothing(
    homes: Homes, remote: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    homes.opened.store.close()
    service = opened(homes.settings)
    service.store.close()
    monkeypatch.setattr(moving, "copy_rows", lambda *_: service.store.recordings.get(homes.completed.key) and 1)
    assert code_of(remote) == "database_in_use"
    assert homes.settings.database_file.exists()
    close(service)


def test_files_that_cannot_be_put_aside_are_named_with_what_to_do(
    homes: Homes, remote: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    homes.opened.store.close()

    def full(_: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as filled:
        filled.setattr(archive_sqlite, "sync_folder", full)
        with pytest.raises(PipelineError) as caught:
            move(remote, "postgresql")
    assert caught.value.code == "not_put_aside"
    assert "No space left on device" in caught.value.message
    with pytest.raises(PipelineError) as caught:
        move(remote, "postgresql")
    assert caught.value.code == "nothing_to_move"
    assert "already moved" in caught.value.message
    far = opened(remote)
    assert far.store.records.get(homes.completed.key).key == homes.completed.key
    close(far)


def test_nobody_writes_into_either_database_while_rows_are_copied(homes: Homes, remote: Settings) -> None:
    homes.opened.store.close()
    there, here = sa.create_engine(remote.store_url), homes.settings.database_file
    refused: list[str] = []

    def other(table: str, _: int) -> None:
        if table != "recordings":
            return
        with pytest.raises(sa.exc.OperationalError, match="could not obtain lock"), there.connect() as connection:
            connection.execute(sa.text("LOCK TABLE recordings IN ROW EXCLUSIVE MODE NOWAIT"))
        with (
            closing(sqlite3.connect(here, timeout=0)) as local,
            pytest.raises(sqlite3.OperationalError, match="locked"),
        ):
            local.execute("BEGIN IMMEDIATE")
        refused.append(table)

    move_database(remote, "postgresql", lambda _: None, other)
    assert refused == ["recordings"]
    there.dispose()


def test_a_file_behind_a_link_is_named_and_still_reached(homes: Homes, remote: Settings) -> None:
    homes.opened.store.close()
    file = homes.settings.database_file
    real = homes.settings.home / "disk" / "real.sqlite3"
    real.parent.mkdir()
    file.rename(real)
    file.symlink_to(Path("disk") / "real.sqlite3")
    done = move(remote, "postgresql")
    assert done.aside is not None
    assert not file.is_symlink()
    assert (done.aside / file.name).resolve() == real
    assert real.is_file()
    assert [str(real) in line for line in done.warnings] == [True]
