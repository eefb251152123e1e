"""Copies in files outside the recording's folder: rejected files are removed, and logs lose the recording id."""

import stat

from meeting_pipeline.domain.keys import blanked
from meeting_pipeline.domain.recording import Stage
from meeting_pipeline.installation import Installation
from meeting_pipeline.steps.operations.delete import clear_deleted, delete_recording
from meeting_pipeline.store.tables import Recording
from meeting_pipeline_tests.installations import TALK, accepted, drop, notes, take_all
from meeting_pipeline_tests.steps.journeys import collected, completed


def done(installation: Installation, name: str = "weekly.vtt", content: str = TALK) -> Recording:
    row = accepted(installation, name, content)
    collected(installation, row)
    completed(installation, row)
    return row


def erased(installation: Installation, key: str) -> dict[str, int]:
    """Delete the recording and clear everything. Returns the number of removals per place."""
    delete_recording(installation, key, "ops", drop_deliveries=True)
    for due in installation.store.deletions.due(10):
        clear_deleted(installation, due, lambda _key: None)
    row = installation.store.deleted_recordings.find(key)
    assert row is not None
    assert row.erased_at is not None
    return {place: said["removed"] for place, said in row.receipt.items()}


def rejected_names(installation: Installation) -> list[str]:
    return sorted(path.name for path in installation.settings.rejected.rglob("*") if path.is_file())


def test_the_same_content_that_was_refused_before_goes_with_all_beside_it(installation: Installation) -> None:
    bad = drop(installation, "weekly.vtt", TALK)
    bad.with_name("weekly.vtt.json").write_text('{"titel": "Budget"}')
    assert len(take_all(installation).refused) == 1
    drop(installation, "other.vtt", "no transcript")
    assert len(take_all(installation).refused) == 1
    row = done(installation)
    assert erased(installation, row.key)["set_aside"] == 3
    assert rejected_names(installation) == ["other.vtt", "other.vtt.error.txt"]


def test_a_refused_file_that_was_told_goes_when_its_row_is_deleted(installation: Installation) -> None:
    drop(installation, "broken.wav", b"no sound", webhook_url="http://127.0.0.1:9/hook")
    assert len(take_all(installation).refused) == 1
    [row] = installation.store.recordings.list()
    assert row.stage == Stage.DONE
    [note] = notes(installation)
    assert f"Recording: {row.key}" in note
    assert erased(installation, row.key)["set_aside"] == 3
    assert rejected_names(installation) == []


def test_logs_forget_the_key_and_no_other_and_keep_their_lines(installation: Installation) -> None:
    row = done(installation)
    logs = installation.settings.home / "logs"
    captured = installation.settings.dagster_home / "storage" / "a-run" / "compute_logs"
    line = f'{{"recording_id": "{row.key}", "n": 1}}\n/recordings/{row.key}/x {row.key}-longer 2026-01-01-{row.key}\n'
    for folder, name in ((logs, "daemon.log"), (logs, "daemon.log.1"), (captured, "step.err")):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(line)
    (logs / "empty.log").write_text("")
    assert erased(installation, row.key)["logs"] == 6
    for path in (logs / "daemon.log", logs / "daemon.log.1", captured / "step.err"):
        written = path.read_text()
        assert len(written) == len(line)
        assert written.count(blanked(row.key)) == 2
        assert f"{row.key}-longer 2026-01-01-{row.key}" in written


def test_what_is_rejected_is_readable_by_nobody_else(installation: Installation) -> None:
    path = drop(installation, "broken.wav", b"no sound")
    path.chmod(0o664)
    take_all(installation)
    [kept] = list(installation.settings.rejected.rglob("broken.wav"))
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
