"""`webhooks` shows what became of deliveries, and makes them due again."""

import json

from meeting_pipeline.steps.opening import Installation
from meeting_pipeline_tests.cli.conftest import Run
from meeting_pipeline_tests.store.samples import HOOK, REFUSED, completed


def dead(installation: Installation) -> str:
    """A delivery that has used up its attempts."""
    completed(installation.store, 1, hook=HOOK)
    (taken,) = installation.store.outbox.take(10)
    installation.store.outbox.settle(taken, REFUSED, None)
    return taken.delivery_id


def test_nothing_to_list_is_said(run: Run) -> None:
    assert run("webhooks", "list").stdout == "No deliveries.\n"


def test_a_delivery_is_listed_with_state_tries_and_last_error(run: Run, installation: Installation) -> None:
    delivery = dead(installation)
    cells = run("webhooks", "list", "--state", "dead").stdout.splitlines()[1].split()
    assert cells == [delivery[:12], "dead", "1", "webhook_status", "-", "2025-03-14-weekly-00000001"]
    assert run("webhooks", "list", "--state", "pending").stdout == "No deliveries.\n"
    (row,) = json.loads(run("webhooks", "list", "--recording", "2025-03", "--json").stdout)
    assert row["id"] == delivery


def test_every_try_is_shown(run: Run, installation: Installation) -> None:
    delivery = dead(installation)
    output = run("webhooks", "show", delivery[:8]).stdout
    assert "state         dead" in output
    assert "12 ms, webhook_status: HTTP 500" in output


def test_a_dead_delivery_is_due_again_after_replay(run: Run, installation: Installation) -> None:
    delivery = dead(installation)
    assert run("webhooks", "replay", delivery[:8]).stdout == "1 of 1 deliveries are due again.\n"
    assert [taken.delivery_id for taken in installation.store.outbox.take(10)] == [delivery]


def test_all_dead_ones_can_be_replayed_at_once(run: Run, installation: Installation) -> None:
    dead(installation)
    assert run("webhooks", "replay", "--state", "dead").stdout == "1 of 1 deliveries are due again.\n"
    assert run("webhooks", "replay", "--state", "dead").stdout == "There is nothing to replay.\n"


def test_an_unknown_delivery_is_one_line(run: Run) -> None:
    for command in ("show", "replay"):
        result = run("webhooks", command, "nothing")
        assert result.exit_code == 2
        assert "There is no delivery 'nothing'" in result.stderr


def test_replay_asks_for_deliveries_or_a_state(run: Run) -> None:
    assert run("webhooks", "replay").exit_code == 2
