"""`prune` removes what is old, and says before that what it would remove."""

from meeting_pipeline.installation import Installation
from meeting_pipeline_tests.cli.conftest import Run


def test_it_says_what_it_would_remove_and_then_removes_it(run: Run, installation: Installation) -> None:
    folder = installation.settings.rejected / "20200101T000000-0a1b2c3d"
    folder.mkdir(parents=True)
    (folder / "talk.wav").write_bytes(b"1" * 2000)
    told = run("prune", "--dry-run")
    assert told.exit_code == 0, told.output
    assert told.output.startswith("Would be removed:\n")
    assert "rejected bytes:                      2,000\n" in told.output
    assert folder.is_dir()
    done = run("prune")
    assert done.exit_code == 0, done.output
    assert done.output.startswith("Removed:\n")
    assert not folder.exists()
    assert "rejected bytes:                          0\n" in run("prune").output


def test_a_setting_keeps_it(run: Run, installation: Installation) -> None:
    folder = installation.settings.rejected / "20200101T000000-0a1b2c3d"
    folder.mkdir(parents=True)
    assert run("prune", MEETING_PIPELINE_KEEP_REJECTED_DAYS="0").exit_code == 0
    assert folder.is_dir()


def test_a_number_that_is_none_is_named(run: Run, installation: Installation) -> None:
    refused = run("prune", MEETING_PIPELINE_KEEP_RUNS_DAYS="never")
    assert refused.exit_code == 2
    assert "MEETING_PIPELINE_KEEP_RUNS_DAYS" in refused.output
