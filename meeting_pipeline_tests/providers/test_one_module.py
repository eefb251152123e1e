"""A provider is one module and one line: a toy provider adds its settings, limits, prices, check and texts."""

from typing import Any

import pytest
from click.testing import CliRunner
from fastapi.testclient import TestClient

from meeting_pipeline.api.app import build_app
from meeting_pipeline.api.dependencies import Service
from meeting_pipeline.cli.doctor import doctor
from meeting_pipeline.domain.recording import TranscriptionOptions
from meeting_pipeline.installation import Installation
from meeting_pipeline.providers import registry
from meeting_pipeline.providers.audio_prices import HourPrice
from meeting_pipeline.providers.selection import SpeechProviders, speech_to_text
from meeting_pipeline.settings import load_settings
from meeting_pipeline.steps.transcription.order import order_due
from meeting_pipeline.store.tables import Recording
from meeting_pipeline_tests.installations import OpenWith, accepted
from meeting_pipeline_tests.providers.toy_provider import KEY, PRICE
from meeting_pipeline_tests.steps.journeys import collected, completed

LINE = "meeting_pipeline_tests.providers.toy_provider"


@pytest.fixture(autouse=True)
def _one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """Add the line at the top of the register: the first provider that is configured is used."""
    monkeypatch.setattr(registry, "SPEECH_MODULES", {"toy": LINE, **registry.SPEECH_MODULES})


@pytest.fixture
def installation(open_with: OpenWith) -> Installation:
    return open_with(**{KEY: "right", PRICE: "3.6"})


def transcribed(installation: Installation, **changes: Any) -> Recording:
    row = accepted(installation)
    order_due(installation, "intake")
    collected(installation, row)
    return row


def test_it_is_chosen_where_its_key_is_set_and_only_there() -> None:
    assert speech_to_text(load_settings({KEY: "right"})).name == "toy"
    assert speech_to_text(load_settings({})).name == "offline"
    assert speech_to_text(load_settings({"ASSEMBLYAI_API_KEY": "k"})).name == "assemblyai"


def test_a_recording_is_transcribed_by_it_at_its_own_price(installation: Installation) -> None:
    row = transcribed(installation)
    completed(installation, row)
    record = installation.store.records.get(row.key)
    assert record.stamps["transcript"].provenance.provider == "toy"
    assert record.transcript is not None
    assert record.cost_usd == pytest.approx(3.6 * record.transcript.duration_ms / 3_600_000)


def test_a_recording_beyond_its_limit_is_refused_before_anything_is_bought(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = accepted(installation)
    with installation.store.database.write() as session:
        stored = session.get(Recording, row.key)
        assert stored is not None
        stored.duration_ms = 31 * 60_000
    assert order_due(installation, "intake").failed == 1
    failed = installation.store.recordings.get(row.key)
    assert (failed.status, failed.error_code) == ("failed", "beyond_provider_limit")
    assert installation.store.orders.latest(row.key) is None


def test_assemblyai_has_limits_of_its_own_and_the_offline_engine_has_none() -> None:
    providers = SpeechProviders(load_settings({}))
    assert providers.limits("assemblyai").max_hours == 10
    assert providers.limits("offline").max_hours is None
    assert providers.price("offline", TranscriptionOptions(provider="offline")) == HourPrice(0.0)


@pytest.mark.parametrize(("key", "said"), [("right", "The toy accepts the key."), ("wrong", "toy_key_refused")])
def test_doctor_asks_it_and_knows_its_variables(
    installation: Installation, monkeypatch: pytest.MonkeyPatch, key: str, said: str
) -> None:
    for name, value in {KEY: key, PRICE: "2", "MEETING_PIPELINE_HOME": str(installation.settings.home)}.items():
        monkeypatch.setenv(name, value)
    output = CliRunner().invoke(doctor).output
    assert said in output
    assert "is not a setting" not in output


def test_the_page_is_told_what_people_call_it(installation: Installation) -> None:
    with TestClient(build_app(Service(installation, guarded=False)), base_url="http://127.0.0.1:3001") as api:
        titles = {one["name"]: one["title"] for one in api.get("/v1/providers").json()["providers"]}
    assert titles == {
        "toy": "The Toy Company", "assemblyai": "AssemblyAI", "openai": "OpenAI", "offline": "the offline engine",
        "imported": "a transcript export", "whisper": "Whisper on this machine",
    }  # fmt: skip
