"""`deletions` shows receipts: what was removed, what is left, and when its removal is retried."""

import json

from meeting_pipeline.domain.keys import erased_key
from meeting_pipeline.installation import Installation
from meeting_pipeline.steps.operations.delete import clear_deleted
from meeting_pipeline_tests.cli.conftest import Run
from meeting_pipeline_tests.store.samples import completed


def test_after_a_deletion_the_receipt_says_what_goes_on(run: Run, installation: Installation) -> None:
    key = completed(installation.store).key
    assert "deletions RECORDING_ID" in run("delete", key, "--yes").output
    result = run("deletions", key)
    assert result.exit_code == 0
    assert "erasing continues (not_begun), next at 20" in result.output
    assert "rows of the results database" in result.output
    assert key in run("deletions", "--unfinished").output


def test_once_nothing_is_left_it_is_found_by_the_old_key_and_shows_no_word_of_it(
    run: Run, installation: Installation
) -> None:
    key = completed(installation.store).key
    assert "weekly" in key
    run("delete", key, "--yes")
    [due] = installation.store.deletions.due(10)
    clear_deleted(installation, due, lambda _key: None)
    result = run("deletions", key)
    assert "nothing left since" in result.output
    assert "weekly" not in result.output
    [told] = json.loads(run("deletions", erased_key(key), "--json").output)
    assert told["recording_id"] == erased_key(key)
    assert {place["left"] for place in told["places"]} == {None}
    assert run("deletions", "--unfinished").output == "Nothing was deleted.\n"
    assert erased_key(key) in run("deletions").output


def test_a_key_that_nobody_deleted_is_unknown(run: Run, installation: Installation) -> None:
    result = run("deletions", completed(installation.store).key)
    assert result.exit_code == 2
    assert "unknown_deletion" in result.output
