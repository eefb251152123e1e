"""Writing a backup: its content, its consistency, and what is refused."""

import hashlib
import json
import os
import shutil
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from meeting_pipeline.backup import draft, writing
from meeting_pipeline.backup import sqlite as sqlite_copies
from meeting_pipeline.backup.checking import check_backup
from meeting_pipeline.backup.layout import listed_files, listed_line, read_manifest
from meeting_pipeline.backup.recording_copies import copy_recordings
from meeting_pipeline.domain.errors import PipelineError
from meeting_pipeline.steps.operations.delete import delete_recording
from meeting_pipeline.store.engine.schema import SCHEMA_HEAD
from meeting_pipeline.store.tables import SpeakerVoice, VoiceSet
from meeting_pipeline_tests.backup.homes import Homes
from meeting_pipeline_tests.installations import TALK, accepted


def code_of(call: Any) -> str:
    with pytest.raises(PipelineError) as caught:
        call()
    return caught.value.code


def test_a_backup_holds_database_keys_recordings_and_dagsters_storage(homes: Homes) -> None:
    manifest = read_manifest(homes.write())
    names = {name for name, _ in listed_files(homes.backup)}
    key = homes.completed.key
    assert {"database/meetings.sqlite3", "keys/encryption.key"} <= names
    assert {f"recordings/{key}/{homes.completed.transcript_file}", f"recordings/{key}/minutes.md"} <= names
    assert {"dagster/storage/history/runs.db", "dagster/storage/schedules/schedules.db"} <= names
    assert (manifest.database, manifest.schema_revision, manifest.recordings) == ("sqlite", SCHEMA_HEAD, 1)
    assert manifest.files == len(names)
    assert manifest.made_at.tzinfo is not None
    assert check_backup(homes.backup) == manifest


def test_its_checksums_can_be_checked_without_this_program(homes: Homes) -> None:
    homes.write()
    done = subprocess.run(["sha256sum", "-c", "--quiet", "files.sha256"], cwd=homes.backup, check=False)
    assert done.returncode == 0


def test_names_that_would_break_the_list_are_escaped(tmp_path: Path) -> None:
    name = "recordings/a\nb\\c"
    (tmp_path / "files.sha256").write_text(listed_line(name, "0" * 64))
    assert list(listed_files(tmp_path)) == [(name, "0" * 64)]


def test_nobody_else_may_read_it(homes: Homes) -> None:
    homes.write()
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in [homes.backup, *homes.backup.rglob("*")]}
    assert {path for path, mode in modes.items() if mode & 0o077} == set()


def test_no_value_of_a_setting_is_in_it(homes: Homes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "canary-of-a-key")
    homes.write()
    assert "OPENAI_API_KEY" in read_manifest(homes.backup).variables
    assert not any(b"canary-of-a-key" in path.read_bytes() for path in homes.backup.rglob("*") if path.is_file())


def test_it_is_written_while_others_write(homes: Homes, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = copy_recordings

    def and_another(*arguments: Any) -> Any:
        accepted(homes.opened, "late.vtt", "WEBVTT\n\n00:00.000 --> 00:04.000\nDana: Good evening, late one.\n")
        return copy(*arguments)

    monkeypatch.setattr(writing, "copy_recordings", and_another)
    homes.write()
    assert read_manifest(homes.backup).recordings == 1
    check_backup(homes.backup)


def test_a_recording_that_is_deleted_meanwhile_is_named(homes: Homes, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = copy_recordings

    def after_a_deletion(*arguments: Any) -> Any:
        delete_recording(homes.opened, homes.completed.key, "test", drop_deliveries=True)
        return copy(*arguments)

    monkeypatch.setattr(writing, "copy_recordings", after_a_deletion)
    homes.write()
    [absent] = read_manifest(homes.backup).absent
    assert (absent.key, absent.reason) == (homes.completed.key, "deleted")
    check_backup(homes.backup)


@pytest.mark.parametrize("reason", ["lost", "damaged"])
def test_a_stored_file_that_is_not_what_was_accepted_is_named(homes: Homes, reason: str) -> None:
    file = homes.settings.recordings / homes.completed.key / str(homes.completed.transcript_file)
    file.unlink()
    if reason == "damaged":
        file.write_text("something else")
    homes.write()
    assert [absent.reason for absent in read_manifest(homes.backup).absent] == [reason]


def test_while_the_disk_of_the_recordings_is_away_no_backup_is_written_that_lacks_them(homes: Homes) -> None:
    homes.settings.recordings.rename(homes.settings.home.parent / "away")
    homes.settings.recordings.mkdir()
    assert code_of(homes.write) == "home_unusable"
    assert not homes.backup.exists()


def test_a_disk_that_became_read_only_can_be_backed_up_with_what_its_journals_have(
    homes: Homes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As root, files without permission to write can be written: so SQLite is told to refuse."""
    late = accepted(homes.opened, "late.vtt", TALK)
    homes.opened.store.database.close()
    with closing(sqlite3.connect(homes.settings.database_file)) as holder:  # keeps the journal
        holder.execute("SELECT count(*) FROM recordings").fetchone()
        holder.execute("UPDATE recordings SET title = 'in the journal' WHERE key = ?", (late.key,))
        holder.commit()
        assert homes.settings.database_file.with_name("meetings.sqlite3-wal").stat().st_size > 0
        opened = sqlite3.connect

        def refusing(database: Any, *arguments: Any, **options: Any) -> sqlite3.Connection:
            if f"{homes.settings.home}/" in str(database):
                raise sqlite3.OperationalError("unable to open database file")
            made: sqlite3.Connection = opened(database, *arguments, **options)
            return made

        monkeypatch.setattr(sqlite3, "connect", refusing)
        monkeypatch.setattr(sqlite_copies, "_on_a_read_only_disk", lambda _: True)
        homes.write()
    monkeypatch.undo()
    check_backup(homes.backup)
    with closing(sqlite3.connect(homes.backup / "database" / "meetings.sqlite3")) as copy:
        assert copy.execute("SELECT title FROM recordings WHERE key = ?", (late.key,)).fetchone() == ("in the journal",)
    assert list(homes.backup.rglob(".read-only-*")) == []


def test_an_existing_folder_is_not_overwritten(homes: Homes) -> None:
    homes.backup.mkdir()
    assert code_of(homes.write) == "backup_exists"
    assert list(homes.backup.iterdir()) == []


def test_a_place_inside_what_is_copied_is_refused(homes: Homes) -> None:
    homes.backup = homes.settings.recordings / "backup"
    assert code_of(homes.write) == "bad_backup_place"


def test_a_home_without_a_database_is_no_source(homes: Homes, tmp_path: Path) -> None:
    nothing = homes.settings.model_copy(update={"home": tmp_path / "nowhere"})
    assert code_of(lambda: writing.write_backup(nothing, homes.backup, print)) == "nothing_to_back_up"
    assert not homes.backup.with_name("backup.incomplete").exists()


def test_without_room_nothing_is_written(homes: Homes, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(homes.settings.home)._replace(free=1_000_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    assert code_of(homes.write) == "disk_full"
    assert not homes.backup.exists()
    assert not homes.backup.with_name("backup.incomplete").exists()


def test_a_failure_on_the_way_leaves_nothing(homes: Homes, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> Any:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(writing, "copy_recordings", full)
    with pytest.raises(OSError, match="No space"):
        homes.write()
    assert not homes.backup.exists()
    assert not homes.backup.with_name("backup.incomplete").exists()


KILLED = """
import os, sys
from pathlib import Path
from meeting_pipeline.backup import draft, writing
from meeting_pipeline.settings import load_settings
writing.require_sound = lambda *_: os.kill(os.getpid(), 9)
writing.write_backup(load_settings(), Path(sys.argv[1]), print)
"""


def test_a_killed_backup_does_not_look_whole_and_the_next_one_clears_it_away(homes: Homes) -> None:
    environment = {**os.environ, "MEETING_PIPELINE_HOME": str(homes.settings.home)}
    done = subprocess.run([sys.executable, "-c", KILLED, str(homes.backup)], env=environment, check=False)
    assert done.returncode == -9
    left = homes.backup.with_name("backup.incomplete")
    assert left.is_dir()
    assert not homes.backup.exists()
    assert code_of(lambda: check_backup(left)) == "not_a_backup"
    check_backup(homes.write())
    assert not left.exists()


def test_two_backups_to_one_name_do_not_mix(homes: Homes) -> None:
    with draft.draft_folder(homes.backup):
        assert code_of(homes.write) == "backup_exists"


@pytest.mark.parametrize("damage", ["changed", "missing", "list", "manifest", "database", "recording"])
def test_damage_is_found(homes: Homes, damage: str) -> None:
    homes.write()
    minutes = homes.backup / "recordings" / homes.completed.key / "minutes.md"
    if damage == "changed":
        minutes.write_text("other words")
    elif damage == "missing":
        minutes.unlink()
    elif damage == "list":
        (homes.backup / "files.sha256").write_text("")
    elif damage == "manifest":
        (homes.backup / "manifest.json").write_text("{")
    else:
        _rewrite(homes.backup, without="database/" if damage == "database" else str(homes.completed.transcript_file))
    assert code_of(lambda: check_backup(homes.backup)) in ("backup_damaged", "not_a_backup")


def _rewrite(backup: Path, *, without: str) -> None:
    """Remove files, and update list and manifest to match."""
    lines = (backup / "files.sha256").read_text().splitlines(keepends=True)
    kept = [line for line in lines if without not in line]
    (backup / "files.sha256").write_text("".join(kept))
    removed = [line.split("  ", 1)[1].strip() for line in lines if without in line]
    gone = sum((backup / name).stat().st_size for name in removed)
    for name in removed:
        (backup / name).unlink()
    manifest = json.loads((backup / "manifest.json").read_text())
    manifest["files"] -= len(removed)
    manifest["size_bytes"] -= gone
    manifest["files_sha256"] = hashlib.sha256("".join(kept).encode()).hexdigest()
    (backup / "manifest.json").write_text(json.dumps(manifest))


@pytest.mark.parametrize(
    "name",
    ["recordings//{outside}", "recordings/../x", "recordings/./x", "keys/", "elsewhere/x", "dagster/dagster.yaml", "x"],
)
def test_a_list_that_leads_out_of_the_home_is_refused_and_nothing_written(
    homes: Homes, tmp_path: Path, name: str
) -> None:
    homes.write()
    outside = tmp_path / "outside"
    _add(homes.backup, name.format(outside=str(outside).removeprefix("/")), b"evil")
    assert code_of(homes.restore) == "backup_damaged"
    assert not outside.exists()
    assert not homes.empty.exists()


def test_a_folder_of_a_backup_that_is_a_link_is_refused(homes: Homes, tmp_path: Path) -> None:
    homes.write()
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "key").write_bytes(b"of somebody else")
    (homes.backup / "recordings" / "linked").symlink_to(tmp_path / "secrets")
    _add(homes.backup, "recordings/linked/key", None)
    assert code_of(homes.restore) == "backup_damaged"


def test_a_file_that_is_listed_twice_is_refused(homes: Homes) -> None:
    homes.write()
    name = f"recordings/{homes.completed.key}/minutes.md"
    _add(homes.backup, name, None)
    assert code_of(homes.restore) == "backup_damaged"


def _add(backup: Path, name: str, content: bytes | None) -> None:
    """List one more file, with correct checksums. ``content``: ``None`` for an existing file."""
    path = backup / name
    if content is not None and not name.endswith("/"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    data = path.read_bytes() if path.is_file() else b""
    listing = backup / "files.sha256"
    text = listing.read_text() + f"{hashlib.sha256(data).hexdigest()}  {name}\n"
    listing.write_text(text)
    manifest = json.loads((backup / "manifest.json").read_text())
    manifest["files"] += 1
    manifest["size_bytes"] += len(data)
    manifest["files_sha256"] = hashlib.sha256(text.encode()).hexdigest()
    (backup / "manifest.json").write_text(json.dumps(manifest))


def test_voices_are_in_no_backup_and_stay_where_they_are(homes: Homes) -> None:
    """Somebody may have them forgotten later, and old backups are not changed."""
    canary = b"canary of a voice 7c1d"
    with homes.opened.store.database.write() as session:
        session.add(VoiceSet(recording_key=homes.completed.key, model="m", digest="d"))
        session.add(
            SpeakerVoice(
                recording_key=homes.completed.key, label="A", folded="", model="m", heard_ms=9000, vector=canary
            )
        )  # fmt: skip
    homes.write()
    holding = [path for path in homes.backup.rglob("*") if path.is_file() and canary in path.read_bytes()]
    assert holding == []
    assert [one.vector for one in homes.opened.store.voices.all("m")] == [canary]
    homes.restore()
    assert homes.restored().store.voices.all("m") == []


@pytest.mark.parametrize(
    ("schema", "columns"),
    [
        ("0026", "NULL, NULL, NULL, NULL"),
        ("0027", "NULL, NULL, stored_in, stored_on"),
        ("0035", "prepared_file, object_prefix, stored_in, stored_on"),
    ],
)
def test_of_an_older_database_the_columns_that_it_has_are_read(schema: str, columns: str) -> None:
    assert columns in sqlite_copies.recordings_query(schema)
