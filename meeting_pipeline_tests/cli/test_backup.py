"""``backup``, ``restore`` and ``reconcile`` as commands: what they print, and how they end."""

from pathlib import Path

from meeting_pipeline.installation import Installation
from meeting_pipeline_tests.cli.conftest import Run


def test_a_backup_is_written_verified_and_restored(run: Run, installation: Installation, tmp_path: Path) -> None:
    backup = tmp_path / "backup"
    written = run("backup", str(backup))
    assert written.exit_code == 0, written.output
    assert "About 1 MB are needed." in written.output
    assert "Contains:    0 recordings" in written.output
    assert run("backup", "--verify", str(backup)).exit_code == 0
    restored = run("restore", str(backup), MEETING_PIPELINE_HOME=str(tmp_path / "new"))
    assert restored.exit_code == 0, restored.output
    for words in ("Recordings: none.", "Partitions added:           0", "submit them again", "ledger --check"):
        assert words in restored.output
    assert run("list", MEETING_PIPELINE_HOME=str(tmp_path / "new")).exit_code == 0


def test_a_backup_that_is_not_sound_ends_with_its_own_exit_code(
    run: Run, installation: Installation, tmp_path: Path
) -> None:
    run("backup", str(tmp_path / "backup"))
    (tmp_path / "backup" / "database" / "meetings.sqlite3").write_bytes(b"")
    checked = run("backup", "--verify", str(tmp_path / "backup"))
    assert checked.exit_code == 1
    assert "[backup_damaged]" in checked.output


def test_a_home_that_is_not_empty_is_named(run: Run, installation: Installation, tmp_path: Path) -> None:
    run("backup", str(tmp_path / "backup"))
    refused = run("restore", str(tmp_path / "backup"))
    assert refused.exit_code == 2
    assert "[home_not_empty]" in refused.output


def test_reconcile_says_what_it_did(run: Run, installation: Installation) -> None:
    done = run("reconcile")
    assert done.exit_code == 0, done.output
    assert "Stale partitions removed:   0" in done.output
    assert "Dagster agrees with the store." in done.output
