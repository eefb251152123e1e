"""In the launchpad a person chooses another model or other questions for a few partitions, without any change of code."""

from __future__ import annotations

from typing import Any

import dagster as dg
import pytest

from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.insights.registry import SPECS
from meeting_pipeline_tests.dagster_runs import Ran, Runs
from meeting_pipeline_tests.installations import TALK, accepted

OTHER = "Which decisions were taken? Name each in one short sentence."


@pytest.fixture
def key(runs: Runs) -> str:
    """A recording that is completed."""
    found = accepted(runs.installation, "one.vtt", TALK).key
    assert runs.recording(found).success
    return found


def launched(runs: Runs, key: str, **config: Any) -> Ran:
    """What the launchpad starts: one insight of one partition, with this configuration."""
    job = runs.definitions.resolve_job_def("process_recording")
    return Ran(
        job.execute_in_process(
            partition_key=key, instance=runs.instance, raise_on_error=False, asset_selection=[dg.AssetKey("decisions")],
            run_config={"ops": {"insights": {"config": config}}},
        )
    )  # fmt: skip


def newest(runs: Runs, key: str) -> tuple[int, str, str | None]:
    found = runs.installation.store.version_history.of(key, Insight.DECISIONS)[0]
    return found.version, found.provenance.model, found.prompt_version


def test_another_model_is_asked_for_this_run_alone(runs: Runs, providers: Any, key: str) -> None:
    providers.settings(extra_models=["gpt-6.1-terra"])
    before = newest(runs, key)
    assert launched(runs, key, model="gpt-6.1-terra").success
    version, model, prompt = newest(runs, key)
    assert (version, "terra" in model) == (2, True)
    assert prompt != before[2]
    assert launched(runs, key).success
    assert newest(runs, key)[1:] == before[1:]


def test_other_questions_are_asked_for_this_run_alone(runs: Runs, key: str) -> None:
    folder = runs.installation.settings.home / "prompts"
    folder.mkdir()
    (folder / "short.yaml").write_text(f"name: short\nquestions:\n  decisions: '{OTHER}'\n")
    question, before = SPECS[Insight.DECISIONS].question, newest(runs, key)
    assert launched(runs, key, prompt="short").success
    assert newest(runs, key)[0] == 2
    assert newest(runs, key)[2] != before[2]
    assert SPECS[Insight.DECISIONS].question == question
    assert launched(runs, key, prompt="program").success
    assert newest(runs, key)[2] == before[2]


@pytest.mark.parametrize("config", [{"prompt": "nobody-wrote-it"}, {"model": "nobody-knows-its-price"}])
def test_what_cannot_be_chosen_fails_before_anything_is_bought(
    runs: Runs, providers: Any, key: str, config: dict[str, str]
) -> None:
    calls = len(providers.ledger()["llm_calls"])
    assert not launched(runs, key, **config).success
    assert len(providers.ledger()["llm_calls"]) == calls
    assert newest(runs, key)[0] == 1
    assert runs.installation.store.overviews.get(key).gaps == ()
