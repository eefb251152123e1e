"""`delete` asks for confirmation, deletes finished recordings, and keeps the ledger."""

import pytest

from meeting_pipeline.domain.errors import PermanentError
from meeting_pipeline.installation import Installation
from meeting_pipeline_tests.cli.conftest import Run
from meeting_pipeline_tests.store.samples import HOOK, Journey, completed


def test_it_asks_and_leaves_all_alone_unless_it_is_confirmed(run: Run, installation: Installation) -> None:
    key = completed(installation.store).key
    result = run("delete", key)
    assert result.exit_code == 1
    assert "Weekly" in result.output
    assert "for good?" in result.output
    assert installation.store.recordings.find(key) is not None


def test_it_deletes_and_the_ledger_keeps_the_total(run: Run, installation: Installation) -> None:
    key = completed(installation.store).key
    result = run("delete", key[:20], "--yes")
    assert (result.exit_code, result.stdout) == (0, f"Deleted: {key}\n")
    with pytest.raises(PermanentError):
        installation.store.recordings.get(key)
    assert "DELETED RECORDINGS" in run("ledger").output
    assert '"deleted_recordings": {\n    "recordings": 1' in run("ledger", "--json").output


def test_what_is_worked_on_is_refused_with_what_to_do(run: Run, installation: Installation) -> None:
    key = Journey(installation.store).accept().key
    result = run("delete", key, "--yes")
    assert result.exit_code == 2
    assert "not_finished" in result.output
    assert "cancel" in result.output


def test_webhooks_on_their_way_are_dropped_only_if_asked_for(run: Run, installation: Installation) -> None:
    key = completed(installation.store, hook=HOOK).key
    assert "deliveries_pending" in run("delete", key, "--yes").output
    assert run("delete", key, "--yes", "--drop-deliveries").exit_code == 0
