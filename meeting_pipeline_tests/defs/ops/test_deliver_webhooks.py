"""The job ``deliver_webhooks``, run by Dagster."""

from meeting_pipeline_tests.dagster_runs import Runs
from meeting_pipeline_tests.fakes.control import Receiver
from meeting_pipeline_tests.installations import drop, take_all


def test_a_run_drains_what_is_due_and_a_receiver_that_fails_fails_nothing(runs: Runs, receiver: Receiver) -> None:
    receiver.answer(500, name="bad")
    for name in ("bad", "good"):
        drop(runs.installation, f"{name}.wav", b"", webhook_url=receiver.hook(name))
    take_all(runs.installation)
    assert runs.job("deliver_webhooks").success
    assert [(entry["name"], entry["status"]) for entry in sorted(receiver.received(), key=lambda e: e["name"])] == [
        ("bad", 500),
        ("good", 204),
    ]
    assert runs.installation.store.deliveries.due() == 0
    assert sorted(row.state for row in runs.installation.store.deliveries.list()) == ["delivered", "pending"]
