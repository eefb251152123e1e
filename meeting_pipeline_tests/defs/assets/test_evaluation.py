"""The asset ``evaluation``, run by Dagster on the offline rules and on the loopback model."""

from pathlib import Path

import dagster as dg
import pytest

from meeting_pipeline.defs.assets.evaluation import evaluation, register_versions
from meeting_pipeline.defs.partitions import VERSIONS
from meeting_pipeline.evaluation.reading import OWN_SET
from meeting_pipeline.evaluation.versions import PROMPTS, version_name
from meeting_pipeline.installation import Installation
from meeting_pipeline_tests.dagster_runs import Runs

SHORTER = "name: shorter\nquestions: {action_items: 'Question: who does what?'}\n"


def measured(installation: Installation, instance: dg.DagsterInstance, version: str) -> dg.ExecuteInProcessResult:
    """Measure a version, as from the UI."""
    return dg.materialize(
        [evaluation],
        partition_key=version,
        instance=instance,
        resources={"installation": installation},
        raise_on_error=False,
    )


def few(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only one meeting of our own set, in the installation's folder."""
    folder = home / "evaluation"
    folder.mkdir()
    (folder / "negation.yaml").write_text((OWN_SET / "negation.yaml").read_text())
    monkeypatch.setattr("meeting_pipeline.evaluation.reading.OWN_SET", folder)


def test_the_current_version_gets_a_partition_and_is_measured(
    installation: Installation, instance: dg.DagsterInstance
) -> None:
    (version,) = register_versions(instance, installation)
    assert version.startswith("rules_rules-")
    assert register_versions(instance, installation) == []
    done = measured(installation, instance, version)
    assert done.success
    (materialization,) = done.asset_materializations_for_node("evaluation")
    metadata = materialization.metadata
    assert metadata["meetings"].value == 8
    assert str(metadata["action_items_shown_f1"].value) > "0.7"
    assert "precision" in str(metadata["table"].value)
    assert str(metadata["chart"].value).startswith("![chart](data:image/png;base64,")
    assert "1. **" in str(metadata["worst_items"].value)
    row = installation.store.evaluations.latest(version)
    assert row is not None
    assert (row.complete, row.cost_usd, row.meetings) == (True, 0.0, 8)
    verdicts = {check.check_name: check.passed for check in done.get_asset_check_evaluations()}
    assert verdicts.keys() == {"f1_not_worse", "no_lie_passes", "cost_not_higher"}
    assert verdicts["f1_not_worse"]
    assert verdicts["cost_not_higher"]


def test_a_version_that_is_gone_fails_and_says_what_there_is(
    installation: Installation, instance: dg.DagsterInstance
) -> None:
    instance.add_dynamic_partitions(VERSIONS, ["rules_rules-0"])
    done = measured(installation, instance, "rules_rules-0")
    assert not done.success
    (failure,) = (event for event in done.all_events if event.event_type is dg.DagsterEventType.STEP_FAILURE)
    assert "There are: rules_rules-" in str(failure.step_failure_data.error)


def test_a_trial_is_compared_with_the_version_measured_before(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    home = runs.installation.settings.home
    few(home, monkeypatch)
    (home / PROMPTS).mkdir()
    (home / PROMPTS / "shorter.yaml").write_text(SHORTER)
    current = version_name(runs.installation.analyst)
    (trial,) = set(register_versions(runs.instance, runs.installation)) - {current}
    for version in (current, trial):
        assert measured(runs.installation, runs.instance, version).success
    rows = [runs.installation.store.evaluations.latest(version) for version in (current, trial)]
    assert all(row is not None and row.cost_usd > 0 for row in rows)
    assert rows[1] is not None
    baseline = runs.installation.store.evaluations.baseline(trial, rows[1].set_hash)
    assert baseline is not None
    assert baseline.version == current


def test_a_file_of_questions_that_cannot_be_read_registers_nothing_and_raises_nothing(runs: Runs) -> None:
    folder = runs.installation.settings.home / PROMPTS
    folder.mkdir()
    (folder / "wrong.yaml").write_text("name: [")
    assert register_versions(runs.instance, runs.installation) == []
