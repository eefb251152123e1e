"""The job ``embed_transcripts``: one run makes the vectors that are lacking, and a server that is away fails no run."""

from dataclasses import replace

import dagster as dg
import pytest

from meeting_pipeline.defs.sensors.results_changed import results_changed
from meeting_pipeline.installation import Installation
from meeting_pipeline_tests.dagster_runs import Runs
from meeting_pipeline_tests.fakes.control import Providers
from meeting_pipeline_tests.installations import Clock, OpenWith
from meeting_pipeline_tests.steps.embedding.meaning import meaning, meeting, rows

pytestmark = pytest.mark.services
JOB = "embed_transcripts"


def requested(runs: Runs, installation: Installation) -> bool:
    context = dg.build_sensor_context(instance=runs.instance, resources={"installation": installation})
    found = results_changed(context)
    requests = found.run_requests or [] if isinstance(found, dg.SensorResult) else []
    return JOB in [request.job_name for request in requests]


def test_a_run_makes_what_is_lacking_and_a_server_that_is_away_fails_nothing(
    runs: Runs, open_with: OpenWith, providers: Providers, clock: Clock
) -> None:
    installation = open_with(**meaning(providers))
    embedding = replace(runs, installation=installation)
    key = meeting(installation, 1)
    providers.fault("POST /v1/embeddings", "status", status=503)
    assert requested(embedding, installation)
    assert embedding.job(JOB).success
    assert rows(installation, key) == []
    assert not requested(embedding, installation), "it waits"
    clock.advance(61)
    assert requested(embedding, installation)
    assert embedding.job(JOB).success
    assert len(rows(installation, key)) == 1
    assert not requested(embedding, installation)


def test_nothing_is_requested_while_search_by_meaning_is_off(runs: Runs, installation: Installation) -> None:
    meeting(installation, 1)
    assert not requested(replace(runs, installation=installation), installation)
