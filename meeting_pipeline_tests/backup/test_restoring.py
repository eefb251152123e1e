"""Restoring a backup: the same recordings, nothing ordered twice, and what is refused."""

import shutil
import sqlite3
import stat
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import select

from meeting_pipeline.api.routes.media import media_of
from meeting_pipeline.backup import restoring
from meeting_pipeline.backup.layout import read_manifest
from meeting_pipeline.cli.checkup.findings import Level
from meeting_pipeline.cli.checkup.keys import restored_secrets
from meeting_pipeline.defs.partitions import RECORDINGS
from meeting_pipeline.domain.errors import PipelineError, StoreUnavailable
from meeting_pipeline.foundation.ownership import owning
from meeting_pipeline.installation import Installation, open_installation
from meeting_pipeline.steps.operations.delete import clear_deleted, delete_recording
from meeting_pipeline.steps.operations.recover import repair
from meeting_pipeline.steps.operations.recovery_round import Ending, RunState
from meeting_pipeline.steps.transcription import placing
from meeting_pipeline.steps.transcription.order import order_due
from meeting_pipeline.store.engine.schema import SCHEMA_HEAD
from meeting_pipeline.store.tables import DeletedRecording
from meeting_pipeline.supervisor.instance import opened_instance
from meeting_pipeline.webhooks.signing import new_signing_secret
from meeting_pipeline_tests.backup.homes import Homes
from meeting_pipeline_tests.fakes.control import Providers
from meeting_pipeline_tests.installations import accepted
from meeting_pipeline_tests.steps.journeys import begun, ordered
from meeting_pipeline_tests.store.test_carried_over import KEY, NOW, RECORDING
from meeting_pipeline_tests.store.test_interrupted_migrations import at_version


def code_of(call: Any) -> str:
    with pytest.raises(PipelineError) as caught:
        call()
    return caught.value.code


def test_a_restored_home_has_the_same_recordings_and_dagster_knows_them(homes: Homes) -> None:
    homes.write()
    found = homes.restore()
    key = homes.completed.key
    restored = homes.restored()
    assert restored.store.records.get(key) == homes.opened.store.records.get(key)
    minutes = Path("recordings", key, "minutes.md")
    assert (homes.empty / minutes).read_bytes() == (homes.settings.home / minutes).read_bytes()
    assert dict(found.after.recordings) == {"completed": 1}
    assert "Partitions added:           1" in found.reconciled
    with opened_instance(homes.other) as instance:
        assert instance.get_dynamic_partitions(RECORDINGS) == [key]


def test_a_deletion_is_not_over_while_the_disk_that_was_restored_to_is_away(homes: Homes) -> None:
    homes.write()
    homes.restore()
    restored, key = homes.restored(), homes.completed.key
    away = restored.settings.recordings.rename(homes.empty / "away")
    restored.settings.recordings.mkdir()
    delete_recording(restored, key, "a person", drop_deliveries=True)
    with restored.store.database.read() as session:
        receipt = session.scalars(select(DeletedRecording.receipt)).one()
    assert receipt["files"]["left"] == "files_elsewhere"
    restored.settings.recordings.rmdir()
    away.rename(restored.settings.recordings)
    [deleted] = restored.store.deletions.due(5)
    clear_deleted(restored, deleted, lambda _: None)
    assert not (restored.settings.recordings / key).exists()


def test_the_player_is_asked_to_come_again_while_the_disk_that_was_restored_to_is_away(homes: Homes) -> None:
    row = accepted(homes.opened, "weekly.wav")
    homes.write()
    homes.restore()
    restored = homes.restored()
    restored.settings.recordings.rename(homes.empty / "away")
    restored.settings.recordings.mkdir()
    with pytest.raises(StoreUnavailable, match="may not be mounted"):
        media_of(restored, row.key, prepared=False, download=False)


def test_insights_of_the_users_own_come_back(homes: Homes) -> None:
    path = homes.settings.home / "insights" / "risks.yaml"
    path.parent.mkdir()
    path.write_text("name: risks\n")
    homes.write()
    homes.restore()
    assert (homes.empty / "insights" / "risks.yaml").read_text() == "name: risks\n"


def test_only_its_user_may_read_a_restored_home(homes: Homes) -> None:
    homes.write()
    homes.restore()
    copied = [homes.empty, homes.empty / "meetings.sqlite3"]
    copied += [
        path for name in ("keys", "recordings") for path in [homes.empty / name, *(homes.empty / name).rglob("*")]
    ]
    assert {path for path in copied if stat.S_IMODE(path.stat().st_mode) & 0o077} == set()


def test_it_can_be_restored_to_another_path_when_the_old_home_is_gone(homes: Homes) -> None:
    homes.write()
    homes.opened.store.close()
    shutil.rmtree(homes.settings.home)
    homes.restore()
    assert homes.restored().store.recordings.get(homes.completed.key).status == "completed"
    assert not homes.settings.home.exists()


def test_an_order_that_was_placed_is_collected_and_not_placed_again(homes: Homes, providers: Providers) -> None:
    row = ordered(homes.opened)
    homes.write()
    assert homes.restore().after.orders == 1
    restored = homes.restored()
    order_due(restored, "intake")
    assert state_of(restored, row.key) == "ordered"
    assert len(providers.ledger()["orders"]) == 1


def test_an_order_placed_after_the_backup_for_an_upload_before_it_is_found(
    homes: Homes, providers: Providers, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = accepted(homes.opened)
    with monkeypatch.context() as dying:
        dying.setattr(placing, "crash_point", _die_at("ordering.upload_noted"))
        with pytest.raises(KeyboardInterrupt):
            order_due(homes.opened, "intake")
    assert state_of(homes.opened, row.key) == "uploaded"
    homes.write()
    order_due(homes.opened, "intake")
    assert len(providers.ledger()["orders"]) == 1
    homes.restore()
    restored = homes.restored()
    order_due(restored, "intake")
    assert state_of(restored, row.key) == "ordered"
    assert len(providers.ledger()["orders"]) == 1


def state_of(installation: Installation, key: str) -> str:
    order = installation.store.orders.latest(key)
    assert order is not None
    return order.state


def _die_at(name: str) -> Any:
    def point(reached: str, *_: Any) -> None:
        if reached == name:
            raise KeyboardInterrupt

    return point


def test_a_worker_of_the_backups_time_is_no_loss_and_its_recording_goes_on(homes: Homes) -> None:
    row = accepted(homes.opened, "busy.vtt", "WEBVTT\n\n00:00.000 --> 00:04.000\nDana: We ship on Monday.\n")
    begun(homes.opened, row, "run-of-the-dead")
    homes.write()
    homes.restore()
    restored = homes.restored()
    repair(restored, run_state=lambda _: RunState(Ending.UNKNOWN), request_states=lambda _: {})
    after = restored.store.recordings.get(row.key)
    assert (after.stage, after.worker_losses, after.attempts) == ("ready", 0, 0)


def test_a_backup_of_an_older_schema_is_brought_up_to_date(homes: Homes, tmp_path: Path) -> None:
    store = homes.settings.home / "meetings.sqlite3"
    homes.opened.store.close()
    for file in store.parent.glob("meetings.sqlite3*"):
        file.unlink()
    at_version(f"sqlite:///{store}", "0001")
    with closing(sqlite3.connect(store)) as connection:
        columns = {name: str(value) if name == "meeting_date" else value for name, value in RECORDING.items()}
        columns |= {"participants": "[]", "keyterms": "[]", "created_at": str(NOW), "updated_at": str(NOW)}
        names, marks = ", ".join(columns), ", ".join("?" * len(columns))
        insert = f"INSERT INTO recordings ({names}) VALUES ({marks})"  # noqa: S608 - our own names
        connection.execute(insert, tuple(columns.values()))
        connection.commit()
    assert read_manifest(homes.write()).schema_revision == "0001"
    homes.restore()
    restored = homes.restored()
    assert restored.store.recordings.get(KEY).status == "completed"
    assert restored.store.database.schema_version() == SCHEMA_HEAD


def test_a_backup_of_a_newer_program_is_refused(homes: Homes) -> None:
    homes.write()
    manifest = homes.backup / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"schema_revision": "', '"schema_revision": "9'))
    assert code_of(homes.restore) == "database_newer"
    assert not homes.empty.exists()


def test_a_home_that_holds_nothing_but_its_settings_file_is_empty(homes: Homes) -> None:
    homes.write()
    homes.empty.mkdir()
    (homes.empty / "settings.env").write_text("OPENAI_MODEL=mine\n")
    assert dict(homes.restore().after.recordings) == {"completed": 1}
    assert (homes.empty / "settings.env").read_text() == "OPENAI_MODEL=mine\n"


def test_a_home_that_is_not_empty_is_refused_and_left_alone(homes: Homes) -> None:
    homes.write()
    (homes.empty / "inbox").mkdir(parents=True)
    (homes.empty / "inbox" / "talk.wav").write_bytes(b"x")
    assert code_of(homes.restore) == "home_not_empty"
    assert sorted(path.name for path in homes.empty.rglob("*")) == ["inbox", "talk.wav"]


def test_empty_folders_are_an_empty_home(homes: Homes) -> None:
    homes.write()
    (homes.empty / "inbox").mkdir(parents=True)
    homes.restore()


def test_a_home_that_a_system_holds_is_refused(homes: Homes) -> None:
    homes.write()
    with owning(homes.empty):
        assert code_of(homes.restore) == "already_running"


def test_a_damaged_backup_changes_nothing(homes: Homes) -> None:
    homes.write()
    (homes.backup / "recordings" / homes.completed.key / "minutes.md").write_text("other")
    assert code_of(homes.restore) == "backup_damaged"
    assert not homes.empty.exists()


def test_another_kind_of_database_is_refused(homes: Homes) -> None:
    homes.write()
    elsewhere = homes.other.model_copy(update={"database_url": SecretStr("postgresql://nobody@127.0.0.1:1/nothing")})
    assert code_of(lambda: restoring.restore_backup(elsewhere, homes.backup, print)) == "other_database"


def test_a_key_from_the_environment_has_to_be_set_again(homes: Homes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEETING_PIPELINE_ENCRYPTION_KEY", "set for the test")
    homes.write()
    assert code_of(homes.restore) == "wrong_encryption_key"


def test_no_system_starts_on_half_a_restore_and_the_next_restore_begins_anew(
    homes: Homes, monkeypatch: pytest.MonkeyPatch
) -> None:
    homes.write()
    with monkeypatch.context() as dying:
        dying.setattr(restoring, "settle_restored", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            homes.restore()
    assert code_of(lambda: open_installation(homes.other)) == "restore_incomplete"
    homes.restore()
    assert homes.restored().store.recordings.get(homes.completed.key).status == "completed"


def test_what_the_backup_lacks_is_said(homes: Homes) -> None:
    file = homes.settings.recordings / homes.completed.key / str(homes.completed.transcript_file)
    file.unlink()
    homes.write()
    assert any("had no stored copy" in warning for warning in homes.restore().warnings)


def test_secrets_that_a_backup_brings_back_are_named_until_they_are_replaced(homes: Homes) -> None:
    url, secrets = "https://cms.example.org/hook", homes.opened.store.signing_secrets
    secrets.rotate(url, new_signing_secret(), 0.0)
    homes.write()
    secrets.rotate(url, new_signing_secret(), 0.0)  # the restored home knows nothing of it
    assert any("are signed with the secrets of" in warning and url in warning for warning in homes.restore().warnings)
    (finding,) = restored_secrets(homes.other)
    assert (finding.level, url in finding.message) == (Level.WARN, True)
    homes.restored().store.signing_secrets.rotate(url, new_signing_secret(), 0.0)
    assert list(restored_secrets(homes.other)) == []
    assert list(restored_secrets(homes.settings)) == []
