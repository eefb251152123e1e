"""`doctor` names each problem and its remedy, whatever is broken, and never shows a secret."""

import errno
import json
import os
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from meeting_pipeline.foundation.folder_identity import IDENTITY_FILE
from meeting_pipeline.foundation.ownership import note_owner, owning
from meeting_pipeline.foundation.private_files import make_home_private
from meeting_pipeline.installation import Installation, open_installation
from meeting_pipeline.settings import VARIABLES, load_settings
from meeting_pipeline.store.engine.connection_limits import connections_needed
from meeting_pipeline.store.engine.schema import SCHEMA_HEAD
from meeting_pipeline_tests.cli.conftest import Run
from meeting_pipeline_tests.fakes.control import Providers
from meeting_pipeline_tests.installations import TALK, accepted
from meeting_pipeline_tests.postgres import UNPRIVILEGED, PostgresServer, limited_role
from meeting_pipeline_tests.store.samples import HOOK, completed, new_recording

CANARY = "canary-9f2c"


def found(output: str, name: str) -> list[str]:
    """Levels of the findings with this name."""
    return [line.split()[0] for line in output.splitlines() if line[5:].startswith(f"{name}: ")]


def test_a_home_that_does_not_exist_yet_is_fine_and_stays_untouched(run: Run, home: Path) -> None:
    result = run("doctor")
    assert result.exit_code == 0, result.output
    assert found(result.stdout, "results database") == ["OK"]
    assert not home.exists()


def test_a_home_in_use_is_fine(run: Run, installation: Installation) -> None:
    installation.folder.identified()  # as when a file is stored
    completed(installation.store)
    result = run("doctor")
    assert result.exit_code == 0, result.output
    assert f"schema {SCHEMA_HEAD}" in result.stdout
    assert found(result.stdout, "encryption key") == ["OK"]
    assert found(result.stdout, "recordings") == ["OK"]
    assert found(result.stdout, "system") == ["WARN"]


def test_a_folder_of_recordings_whose_disk_is_away_is_named(run: Run, installation: Installation) -> None:
    completed(installation.store)
    result = run("doctor")
    assert result.exit_code == 1
    assert found(result.stdout, "recordings") == ["FAIL"]
    assert "may not be mounted" in result.stdout


def test_a_folder_of_recordings_that_is_missing_is_named(run: Run, installation: Installation) -> None:
    completed(installation.store)
    installation.settings.recordings.rmdir()
    result = run("doctor")
    assert result.exit_code == 1
    assert found(result.stdout, "recordings") == ["FAIL"]


@pytest.mark.parametrize(("number", "advice"), [(errno.ENOSPC, "delete files"), (errno.EROFS, "mounted read-only")])
def test_a_home_on_a_disk_that_takes_no_file_is_no_matter_of_permissions(
    run: Run, installation: Installation, monkeypatch: pytest.MonkeyPatch, number: int, advice: str
) -> None:
    def refuse(**_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    result = run("doctor")
    assert found(result.stdout, "home") == ["FAIL"]
    assert advice in result.stdout
    assert "writable for this user" not in result.stdout


def test_a_database_that_knows_nothing_of_the_recordings_of_the_home_is_named(
    run: Run, installation: Installation
) -> None:
    accepted(installation, "weekly.vtt", TALK)
    assert found(run("doctor").stdout, "recordings") == ["OK"]
    installation.store.close()
    for file in installation.settings.home.glob("meetings.sqlite3*"):  # as if another, new database were set
        file.unlink()
    result = run("doctor")
    assert found(result.stdout, "recordings") == ["WARN"]
    assert "has recordings (1), and the database knows none" in result.stdout


def test_a_folder_in_the_place_of_the_file_that_identifies_the_recordings_is_named(
    run: Run, installation: Installation
) -> None:
    (installation.settings.recordings / IDENTITY_FILE / "something").mkdir(parents=True)
    result = run("doctor")
    assert result.exit_code == 1
    assert found(result.stdout, "recordings") == ["FAIL"]
    assert "Move it away." in result.stdout


@pytest.mark.slow
def test_it_says_who_is_let_in(run: Run, installation: Installation) -> None:
    assert "are open to everybody on this machine, and to nobody else" in run("doctor").stdout
    public = {"MEETING_PIPELINE_PUBLIC_URL": "https://dagster.example"}
    assert found(run("doctor", **public).stdout, "access") == ["WARN"]
    installation.store.api_keys.create("ann", "read")
    assert "nobody can change anything in the UI" in run("doctor").stdout
    installation.store.api_keys.create("ann", "admin")
    result = run("doctor", **public)
    assert found(result.stdout, "access") == ["OK"]
    assert "require an API key; 2 valid" in result.stdout


def test_every_odd_setting_is_named_and_none_is_shown(run: Run) -> None:
    odd = {
        "MEETING_PIPELINE_MAX_CONCURRENT_RUNS": CANARY,
        "OPENAI_BASE_URL": CANARY,
        "MEETING_PIPELINE_DATABASE_URL": CANARY,
        "MEETING_PIPELINE_WEBHOOK_SIGNING_SECRET": CANARY,
    }
    result = run("doctor", **odd)
    assert result.exit_code == 1
    assert [name for name in odd if name not in result.stdout] == []
    assert CANARY not in result.output


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("MEETING_PIPELINE_PUBLIC_ULR", "MEETING_PIPELINE_PUBLIC_URL"),
        ("MEETING_PIPELINE_OPENAI_MODEL", "OPENAI_MODEL"),
    ],
)
def test_a_misspelt_setting_is_pointed_out(run: Run, written: str, meant: str) -> None:
    result = run("doctor", **{written: "http://x"})
    assert result.exit_code == 0
    assert f"Did you mean {meant}?" in result.stdout


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://user:{CANARY}@127.0.0.1:1/meetings",
        f"postgresql://user:{CANARY}@127.0.0.1:port/meetings",
        f"postgresql://user:{CANARY}@127.0.0.1:1/meetings?colour=blue",
    ],
)
def test_a_wrong_database_url_is_named_without_its_password(run: Run, url: str) -> None:
    result = run("doctor", MEETING_PIPELINE_DATABASE_URL=url)
    assert result.exit_code == 1
    assert found(result.stdout, "results database") == ["FAIL"]
    assert "     do: Check that the server runs" in result.stdout or "     do: Write it as" in result.stdout
    assert CANARY not in result.output


@pytest.mark.postgres
def test_a_server_that_grants_few_connections_is_a_warning_with_the_number_that_is_needed(
    run: Run, postgres_server: PostgresServer, postgres_url: str
) -> None:
    with limited_role(postgres_server, postgres_url, 10) as url:
        result = run("doctor", MEETING_PIPELINE_DATABASE_URL=url)
    assert result.exit_code == 0, result.output
    assert found(result.stdout, "database connections") == ["WARN"]
    needed = connections_needed(load_settings({}).max_concurrent_runs)
    assert f"grants this role 10 connections; a busy system may need {needed}" in result.stdout
    assert found(run("doctor", MEETING_PIPELINE_DATABASE_URL=postgres_url).stdout, "database connections") == []


@pytest.mark.postgres
def test_a_postgres_database_is_fine(run: Run, postgres_url: str, empty_postgres_url: str) -> None:
    assert found(run("doctor", MEETING_PIPELINE_DATABASE_URL=postgres_url).stdout, "results database") == ["OK"]
    empty = run("doctor", MEETING_PIPELINE_DATABASE_URL=empty_postgres_url)
    assert empty.exit_code == 0, empty.output
    assert "is empty" in empty.stdout
    assert found(empty.stdout, "dagster storage") == ["OK"]


def test_a_newer_schema_is_named(run: Run, installation: Installation, home: Path) -> None:
    from meeting_pipeline.store.engine.schema import VERSION_TABLE

    connection = sqlite3.connect(home / "meetings.sqlite3")
    with connection:
        connection.execute(f"UPDATE {VERSION_TABLE} SET version_num = '9999'")  # noqa: S608 - a constant of ours
    connection.close()
    result = run("doctor")
    assert result.exit_code == 1
    assert "has schema 9999; this version supports" in result.stdout


def test_a_newer_schema_that_this_program_works_with_is_a_warning(
    run: Run, installation: Installation, home: Path
) -> None:
    from meeting_pipeline.store.engine.schema import VERSION_TABLE

    connection = sqlite3.connect(home / "meetings.sqlite3")
    with connection:
        connection.execute(f"UPDATE {VERSION_TABLE} SET version_num = '9999'")  # noqa: S608 - a constant of ours
        connection.execute("INSERT INTO compatible_schemas (version, oldest) VALUES ('9999', ?)", [SCHEMA_HEAD])
    connection.close()
    result = run("doctor")
    assert result.exit_code == 0, result.output
    assert "schema 9999 of a newer program, with which this one works" in result.stdout


@pytest.mark.parametrize("file", ["meetings.sqlite3", "dagster/storage/history/runs.db"])
def test_a_damaged_database_file_is_named(run: Run, home: Path, file: str) -> None:
    path = home / file
    path.parent.mkdir(parents=True)
    path.write_bytes(b"this is no database" * 100)
    result = run("doctor")
    assert result.exit_code == 1
    assert "file is not a database" in result.stdout


def test_a_home_that_cannot_be_written_is_named(run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    result = run("doctor", MEETING_PIPELINE_HOME=str(tmp_path / "file" / "home"))
    assert result.exit_code == 1
    assert found(result.stdout, "home") == ["FAIL"]
    assert "MEETING_PIPELINE_HOME" in result.stdout


@contextmanager
def nobody() -> Iterator[None]:
    """Act as another user if the tests run as root, because nothing is read-only for root."""
    root = os.geteuid() == 0
    if root:
        os.seteuid(UNPRIVILEGED)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)


@pytest.mark.parametrize("mode", [0o555, 0o000], ids=["read-only", "closed"])
def test_a_home_that_this_user_may_not_write_is_named(run: Run, mode: int) -> None:
    place = Path(tempfile.mkdtemp())  # other users cannot access pytest's folders
    home = place / "home"
    try:
        opened = open_installation(load_settings({"MEETING_PIPELINE_HOME": str(home)}))
        completed(opened.store)
        opened.store.close()
        place.chmod(0o755)
        for path in (*home.iterdir(), home):
            path.chmod(mode if path.is_dir() else mode & 0o444)
        with nobody():
            result = run("doctor", MEETING_PIPELINE_HOME=str(home))
    finally:
        home.chmod(0o700)
        for path in home.iterdir():
            path.chmod(0o700)
        shutil.rmtree(place)
    assert result.exit_code == 1
    for name in ("home", "results database", "dagster storage"):
        assert found(result.stdout, name) == ["FAIL"], result.output


def test_a_folder_below_the_home_that_cannot_be_written_is_named(run: Run, installation: Installation) -> None:
    installation.settings.recordings.rmdir()
    installation.settings.recordings.write_text("a file")
    result = run("doctor")
    assert result.exit_code == 1
    assert f"{installation.settings.recordings} is not writable: Not a directory." in result.stdout


def test_a_signing_key_file_that_is_damaged_is_named(run: Run, installation: Installation) -> None:
    path = installation.settings.home / "keys" / "webhook-signing.key"
    path.write_text(CANARY)
    result = run("doctor")
    assert result.exit_code == 1
    assert found(result.stdout, "signing secret") == ["FAIL"]
    assert CANARY not in result.output


def test_a_key_goes_nowhere_when_its_address_is_odd(run: Run) -> None:
    odd = {"ASSEMBLYAI_BASE_URL": "ftp://x", "OPENAI_BASE_URL": "ftp://x"}
    result = run("doctor", ASSEMBLYAI_API_KEY="x-key", OPENAI_API_KEY="x-key", **odd)
    assert found(result.stdout, "transcription") == found(result.stdout, "insights") == []


def test_everything_that_is_wrong_at_once_is_named(run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    nowhere = {"ASSEMBLYAI_BASE_URL": "http://127.0.0.1:9", "ASSEMBLYAI_API_KEY": CANARY}
    wrong = {
        "MEETING_PIPELINE_HOME": str(tmp_path / "file" / "home"),
        "MEETING_PIPELINE_DATABASE_URL": f"postgresql://user:{CANARY}@127.0.0.1:1/meetings",
        "MEETING_PIPELINE_ENCRYPTION_KEY": CANARY,
    }
    result = run("doctor", **nowhere, **wrong)
    assert result.exit_code == 1
    names = ("home", "results database", "dagster storage", "encryption key", "transcription")
    assert [found(result.stdout, name) for name in names] == [["FAIL"]] * len(names)
    assert CANARY not in result.output


def test_other_commands_name_a_home_that_cannot_be_used(run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    result = run("list", MEETING_PIPELINE_HOME=str(tmp_path / "file" / "home"))
    assert result.exit_code == 2
    assert result.stderr.count("\n") == 1
    assert "cannot be used" in result.stderr


def test_other_commands_name_a_database_that_is_out_of_reach(run: Run) -> None:
    result = run("list", MEETING_PIPELINE_DATABASE_URL=f"postgresql://user:{CANARY}@127.0.0.1:1/meetings")
    assert result.exit_code == 2
    assert result.stderr.count("\n") == 1
    assert CANARY not in result.stderr


def test_a_malformed_encryption_key_is_named(run: Run) -> None:
    result = run("doctor", MEETING_PIPELINE_ENCRYPTION_KEY=CANARY)
    assert result.exit_code == 1
    assert found(result.stdout, "encryption key") == ["FAIL"]
    assert CANARY not in result.output


@pytest.mark.slow
def test_a_key_that_does_not_open_stored_secrets_is_named(run: Run, installation: Installation) -> None:
    new = new_recording(1, hook=HOOK)
    options = new.options.model_copy(update={"webhook_secret": "long-enough"})
    from dataclasses import replace

    installation.folder.identified()  # as when a file is stored
    installation.store.recordings.accept(replace(new, options=options))
    assert run("doctor").exit_code == 0
    result = run("doctor", MEETING_PIPELINE_ENCRYPTION_KEY=Fernet.generate_key().decode())
    assert result.exit_code == 1
    assert "wrong_encryption_key" in result.stdout
    (installation.settings.home / "keys" / "encryption.key").unlink()
    assert "is gone" in run("doctor").stdout


def test_a_key_file_that_others_can_read_is_a_warning(run: Run, installation: Installation) -> None:
    (installation.settings.home / "keys" / "encryption.key").chmod(0o644)
    result = run("doctor")
    assert found(result.stdout, "encryption key") == ["WARN"]
    assert "chmod 600" in result.stdout


def test_good_keys_are_proved_by_one_call_each(run: Run, providers: Providers) -> None:
    result = run("doctor", **providers.environment())
    assert result.exit_code == 0, result.output
    assert found(result.stdout, "transcription") == found(result.stdout, "insights") == ["OK"]


def test_bad_keys_are_named_and_not_shown(run: Run, providers: Providers) -> None:
    keys = {"ASSEMBLYAI_API_KEY": f"{CANARY}-a", "OPENAI_API_KEY": f"{CANARY}-o"}
    result = run("doctor", **{**providers.environment(), **keys})
    assert result.exit_code == 1
    assert found(result.stdout, "transcription") == found(result.stdout, "insights") == ["FAIL"]
    assert CANARY not in result.output


def test_providers_out_of_reach_are_named(run: Run) -> None:
    nowhere = {"ASSEMBLYAI_BASE_URL": "http://127.0.0.1:9", "OPENAI_BASE_URL": "http://127.0.0.1:9/v1"}
    result = run("doctor", ASSEMBLYAI_API_KEY="x-key", OPENAI_API_KEY="x-key", **nowhere)
    assert result.exit_code == 1
    assert found(result.stdout, "transcription") == found(result.stdout, "insights") == ["FAIL"]


def test_the_offline_engine_is_a_warning_that_says_drafts(run: Run) -> None:
    result = run("doctor")
    assert found(result.stdout, "insights") == ["WARN"]
    assert "Drafts only. For more, set OPENAI_API_KEY." in result.stdout


@pytest.mark.parametrize("variable", ["MEETING_PIPELINE_UI_PORT", "MEETING_PIPELINE_API_PORT"])
def test_a_port_that_another_program_holds_is_named(run: Run, variable: str) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        result = run("doctor", **{variable: str(other.getsockname()[1])})
    assert result.exit_code == 1
    assert found(result.stdout, "port") == ["FAIL"]


def test_a_running_system_whose_ui_is_silent_is_named(run: Run, home: Path) -> None:
    with owning(home):
        note_owner(home, "http://127.0.0.1:9")
        result = run("doctor")
    assert result.exit_code == 1
    assert "UI at http://127.0.0.1:9 does not respond" in result.stdout


HOLDER = """
import sys, time
from pathlib import Path
from meeting_pipeline.foundation.ownership import note_owner, owning
with owning(Path(sys.argv[1])):
    note_owner(Path(sys.argv[1]), "http://127.0.0.1:9")
    print("held", flush=True)
    time.sleep(300)
"""


@contextmanager
def system_started_with(home: Path, **environment: str) -> Iterator[None]:
    """A process that holds the home as a running system does, started with settings of its own."""
    inherited = {name: value for name, value in os.environ.items() if name not in VARIABLES.values()}
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(home)], env={**inherited, **environment}, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield
    finally:
        process.kill()
        process.communicate()


@pytest.mark.slow
def test_the_settings_of_the_running_system_are_checked_and_not_those_of_the_shell(run: Run, home: Path) -> None:
    with system_started_with(home, MEETING_PIPELINE_PUBLIC_URL="https://dagster.example"):
        result = run("doctor", MEETING_PIPELINE_TIME_SCALE="0.5", OPENAI_MODEL=CANARY)
        (home / "settings.env").write_text("")
        later = run("doctor")
    assert "Checked with the settings of the running system" in result.stdout
    [line] = [line for line in result.stdout.splitlines() if "does not use this shell's" in line]
    assert {"MEETING_PIPELINE_TIME_SCALE", "OPENAI_MODEL"} <= set(re.findall(r"[A-Z_]{5,}", line))
    assert "MEETING_PIPELINE_PUBLIC_URL" not in line
    assert "shortens waits" not in result.stdout
    assert found(result.stdout, "access") == ["WARN"]  # its UI is public
    assert CANARY not in result.stdout
    assert "settings.env was changed after" not in result.stdout
    assert "settings.env was changed after" in later.stdout


def test_its_findings_are_there_for_programs(run: Run) -> None:
    result = run("doctor", "--json")
    assert result.exit_code == 0, result.output
    findings = json.loads(result.stdout)
    assert {finding["level"] for finding in findings} == {"OK", "WARN"}
    assert all(finding.keys() == {"level", "name", "message", "advice"} for finding in findings)


def test_refused_files_are_counted(run: Run, installation: Installation) -> None:
    folder = installation.settings.rejected / "20260101T000000-1"
    folder.mkdir()
    (folder / "a.wav.error.txt").write_text("why")
    result = run("doctor")
    assert "1 rejected file is in" in result.stdout
    assert result.exit_code == 0


def test_files_that_others_can_read_are_named(run: Run, installation: Installation) -> None:
    home = installation.settings.home
    make_home_private(home)
    assert found(run("doctor").stdout, "private files") == ["OK"]
    (home / "meetings.sqlite3").chmod(0o644)
    result = run("doctor")
    assert found(result.stdout, "private files") == ["WARN"]
    assert "1 files or folders of the home can be read by others" in result.stdout
    assert "meetings.sqlite3" in result.stdout


def test_a_drop_folder_for_others_that_is_given_may_be_open(
    run: Run, installation: Installation, tmp_path: Path
) -> None:
    make_home_private(installation.settings.home)
    outside = tmp_path / "dropped"
    outside.mkdir()
    outside.chmod(0o2770)
    result = run("doctor", MEETING_PIPELINE_INBOX=str(outside))
    assert found(result.stdout, "private files") == ["OK"]
    inside = installation.settings.home / "elsewhere"
    inside.mkdir(mode=0o700)
    result = run("doctor", MEETING_PIPELINE_INBOX=str(inside))
    assert "WARN" in found(result.stdout, "drop folder")
    assert "only this user can drop files there" in result.stdout


def test_it_says_where_each_setting_comes_from(run: Run, installation: Installation) -> None:
    file = installation.settings.home / "settings.env"
    file.write_text(f"MEETING_PIPELINE_API_PORT=1\nOPENAI_MODEL={CANARY}\n")
    file.chmod(0o600)
    result = run("doctor")
    assert "MEETING_PIPELINE_API_PORT (instead of line 1 of settings.env)" in result.stdout
    assert f"in {file}: OPENAI_MODEL (line 2)." in result.stdout
    assert CANARY not in result.output
    assert found(result.stdout, "settings") == ["OK", "OK"]


def test_a_mistake_in_the_settings_file_is_found_and_all_else_is_checked(run: Run, installation: Installation) -> None:
    file = installation.settings.home / "settings.env"
    file.write_text(f"OPENAI_API_KEY={CANARY}\n")
    file.chmod(0o640)
    result = run("doctor")
    assert result.exit_code == 1
    assert f"FAIL settings: {file}, line 1: OPENAI_API_KEY is a secret" in result.stdout
    assert f"do: Run: chmod 600 {file}" in result.stdout
    assert found(result.stdout, "results database") == ["OK"]
    assert CANARY not in result.output


def test_an_odd_value_of_the_settings_file_is_found_by_its_line(run: Run, installation: Installation) -> None:
    file = installation.settings.home / "settings.env"
    file.write_text(f"\nMEETING_PIPELINE_MAX_CONCURRENT_RUNS={CANARY}\n")
    result = run("doctor")
    assert f"FAIL settings: {file}, line 2: MEETING_PIPELINE_MAX_CONCURRENT_RUNS: " in result.stdout
    assert CANARY not in result.output
