"""`database move` says what it copied and what to do now, and refuses without changing anything."""

import pytest

from meeting_pipeline.installation import Installation
from meeting_pipeline_tests.cli.conftest import Run
from meeting_pipeline_tests.installations import TALK, accepted


def test_without_a_database_to_move_to_it_is_refused(run: Run, installation: Installation) -> None:
    refused = run("database", "move", "--to", "postgresql")
    assert refused.exit_code == 2
    assert "[database_not_set]" in refused.output
    assert installation.settings.database_file.exists()


@pytest.mark.postgres
def test_it_says_what_was_moved_and_what_to_do_now(
    run: Run, installation: Installation, empty_postgres_url: str
) -> None:
    accepted(installation, "weekly.vtt", TALK)
    installation.store.close()
    variables = {"MEETING_PIPELINE_DATABASE_URL": empty_postgres_url}
    there = run("database", "move", "--to", "postgresql", **variables)
    assert there.exit_code == 0, there.output
    assert "  recordings:                            1\n" in there.output
    assert "Partitions added:" in there.output
    assert "Remove that folder when the new database works" in there.output
    again = run("database", "move", "--to", "postgresql", **variables)
    assert (again.exit_code, "[nothing_to_move]" in again.output) == (2, True)
    assert "weekly" in run("list", **variables).output
    back = run("database", "move", "--to", "sqlite", **variables)
    assert back.exit_code == 0, back.output
    assert "* Unset MEETING_PIPELINE_DATABASE_URL before you start `up`." in back.output
    assert "weekly" in run("list").output
