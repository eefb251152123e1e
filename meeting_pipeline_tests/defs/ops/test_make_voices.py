"""The job ``make_voices``: a run is requested at night if recordings lack voices, and makes them."""

from dataclasses import replace
from pathlib import Path

import dagster as dg
import pytest

from meeting_pipeline.defs.schedules import nightly_voices
from meeting_pipeline.domain.errors import StoreUnavailable
from meeting_pipeline.installation import Installation
from meeting_pipeline.providers import speaker_voices
from meeting_pipeline.steps.voices.making import model_of
from meeting_pipeline.store.people.voices import Voices
from meeting_pipeline_tests.dagster_runs import Runs
from meeting_pipeline_tests.fakes.voice_engine import ToneEngine
from meeting_pipeline_tests.installations import OpenWith
from meeting_pipeline_tests.steps.voices.talks import talk

JOB = "make_voices"


def requested(runs: Runs, installation: Installation) -> bool:
    context = dg.build_schedule_context(instance=runs.instance, resources={"installation": installation})
    return isinstance(nightly_voices(context), dg.RunRequest)


def test_a_run_makes_what_is_lacking(
    runs: Runs, open_with: OpenWith, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "voices.onnx"
    path.write_bytes(b"a model")
    monkeypatch.setattr(speaker_voices, "_engine", lambda _: ToneEngine())
    installation = open_with(MEETING_PIPELINE_VOICES_MODEL=str(path))
    talk(installation, 1, "Anna", "Ben")
    hearing = replace(runs, installation=installation)
    assert requested(hearing, installation)
    assert hearing.job(JOB).success
    model = model_of(installation)
    assert model is not None
    assert installation.store.voices.progress(model.id).voices == 2
    assert not requested(hearing, installation)


def test_nothing_is_requested_or_made_while_it_is_off(runs: Runs, installation: Installation) -> None:
    talk(installation, 1, "Anna", "Ben")
    hearing = replace(runs, installation=installation)
    assert not requested(hearing, installation)
    assert hearing.job(JOB).success
    assert installation.store.voices.all("") == []


def test_a_database_that_is_away_fails_no_tick(
    runs: Runs, open_with: OpenWith, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "voices.onnx"
    path.write_bytes(b"a model")
    installation = open_with(MEETING_PIPELINE_VOICES_MODEL=str(path))

    def away(*_: object) -> list[str]:
        raise StoreUnavailable("database_unreachable", "The database does not respond.", "It is retried.")

    monkeypatch.setattr(Voices, "lacking", away)
    assert not requested(replace(runs, installation=installation), installation)
