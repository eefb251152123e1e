"""The configuration of a run of many recordings, as it is written and as it is read."""

import dagster as dg
import pytest

from meeting_pipeline.defs.ops.batch_config import BatchConfig, OneRecording
from meeting_pipeline.domain.result_kinds import ResultKind
from meeting_pipeline.steps.processing.run_config import OP, recordings_in, run_config, run_keys_in
from meeting_pipeline.store.recordings.run_tickets import RunTicket
from meeting_pipeline_tests.dagster_runs import Runs

CONFIG = BatchConfig(
    recordings=[OneRecording(key="a", request=2), OneRecording(key="b", assets=["minutes", "summary"])]
)


def test_a_recording_is_made_whole_unless_assets_are_named() -> None:
    first, second = CONFIG.items(first_try=True)
    assert first.assets == ResultKind.names()
    assert second.assets == ("summary", "minutes"), "in the order of the data flow"
    assert [first.collecting, second.collecting] == [True, False]


def test_an_asset_that_does_not_exist_is_refused_with_the_choice() -> None:
    config = BatchConfig(recordings=[OneRecording(key="a"), OneRecording(key="b", assets=["summary", "sumary"])])
    with pytest.raises(dg.Failure, match=r"There is no asset sumary\. Choose from transcript, .*, minutes\."):
        config.items(first_try=True)


def test_a_batch_that_a_person_runs_again_answers_no_request() -> None:
    assert [item.request for item in CONFIG.items(first_try=True)] == [2, None]
    assert [item.request for item in CONFIG.items(first_try=False)] == [None, None]


def test_the_requests_of_a_run_are_found_in_its_configuration() -> None:
    ticket = RunTicket("a", 2)
    assert run_keys_in(run_config([{"key": "a", "request": 2}, {"key": "b"}])) == {ticket.run_key}


@pytest.mark.parametrize("config", [None, {}, {"ops": None}, {"ops": {OP: {"config": {"recordings": "a"}}}}, "text"])
def test_a_run_of_another_job_names_no_recordings(config: object) -> None:
    assert recordings_in(config) == []


def test_dagster_accepts_what_is_written(runs: Runs) -> None:
    config = run_config([{"key": "a", "request": 1, "assets": ["summary"]}, {"key": "b"}], requested_by_user=True)
    assert dg.validate_run_config(runs.definitions.resolve_job_def("process_recordings"), config)
