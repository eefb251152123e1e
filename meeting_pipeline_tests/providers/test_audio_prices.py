"""What an hour of audio costs: by model and add-ons, and unknown where a part is."""

import pytest

from meeting_pipeline.domain.recording import TranscriptionOptions
from meeting_pipeline.providers.audio_prices import HourPrice, hour_price
from meeting_pipeline.providers.openai_speech.adapter import SPEECH
from meeting_pipeline.providers.paid_providers import buyers, speech_bought
from meeting_pipeline.settings import load_settings


def price(*models: str, add_ons: tuple[str, ...] = (), **variables: str) -> HourPrice:
    return hour_price(load_settings(variables), models, add_ons)


def test_each_model_has_its_price_and_before_it_is_known_the_dearest_counts() -> None:
    assert price("universal-2").usd == pytest.approx(0.15)
    assert price("universal-3-5-pro").usd == pytest.approx(0.21)
    assert price("universal-2", "universal-3-5-pro").usd == pytest.approx(0.21)


def test_add_ons_are_added() -> None:
    found = price("universal-2", add_ons=("speaker_labels",))
    assert found.usd == pytest.approx(0.17)
    assert found.known
    assert "2026-10-07" in found.line()


def test_an_unknown_part_is_named_and_never_counted_as_free() -> None:
    found = price("universal-2", add_ons=("speaker_labels", "keyterms_prompt"))
    assert found.usd == pytest.approx(0.17)
    assert (found.known, found.unknown) == (False, ("keyterms_prompt",))
    assert "unknown" in found.line()
    assert price("universal-9").unknown == ("universal-9",)
    assert price("universal-9").usd == 0.0


def test_a_setting_adds_to_the_table_or_gives_the_whole_price() -> None:
    given = {"ASSEMBLYAI_PRICES": "keyterms_prompt=0.05@2026-11-20,universal-2=0.10@2026-11-20"}
    found = price("universal-2", add_ons=("keyterms_prompt",), **given)
    assert found.usd == pytest.approx(0.15)
    assert found.known
    whole = price("universal-9", add_ons=("x",), ASSEMBLYAI_USD_PER_HOUR="0.3")
    assert (whole.usd, whole.known) == (0.3, True)


def server_price(server: str | None = None, **variables: str) -> HourPrice:
    return SPEECH.hour_price(load_settings(variables), TranscriptionOptions(provider="openai", server=server))


OWN = {"OPENAI_TRANSCRIPTION_BASE_URL": "http://127.0.0.1:9/v1"}


def test_models_of_openai_have_their_listed_price_with_its_date() -> None:
    given = {"OPENAI_TRANSCRIPTION_API_KEY": "k"}
    diarize = server_price(**given)
    assert (diarize.usd, diarize.known) == (0.36, True)
    assert diarize.as_of is not None
    assert server_price(**given, OPENAI_TRANSCRIPTION_MODEL="gpt-4o-mini-transcribe").usd == 0.18
    other = server_price(**given, OPENAI_TRANSCRIPTION_MODEL="gpt-9-hear")
    assert (other.usd, other.unknown) == (0.0, ("gpt-9-hear",))


def test_a_server_without_a_key_costs_nothing_and_one_with_a_key_is_unknown_even_for_a_model_of_openai() -> None:
    assert server_price(**OWN) == HourPrice(0.0)
    with_key = {**OWN, "OPENAI_TRANSCRIPTION_API_KEY": "k", "OPENAI_TRANSCRIPTION_MODEL": "whisper-1"}
    assert server_price(**with_key).unknown == ("whisper-1",)
    assert server_price(**with_key, OPENAI_TRANSCRIPTION_USD_PER_HOUR="0.1") == HourPrice(0.1)
    assert not server_price("https://old.example/v1", **OWN).known, (
        "an order of an earlier server, which may have had a key"
    )


@pytest.mark.parametrize(
    ("variables", "names"),
    [
        ({"OPENAI_API_KEY": "k"}, []),
        ({"OPENAI_API_KEY": "k", "MEETING_PIPELINE_TRANSCRIPTION": "openai"}, ["openai"]),
        ({"ASSEMBLYAI_API_KEY": "k", "OPENAI_API_KEY": "k"}, ["assemblyai"]),
        (
            {"ASSEMBLYAI_API_KEY": "k", "OPENAI_API_KEY": "k", "MEETING_PIPELINE_TRANSCRIPTION_SECOND": "openai"},
            ["assemblyai", "openai"],
        ),
    ],
)
def test_a_key_for_the_language_model_alone_buys_no_transcription(variables: dict[str, str], names: list[str]) -> None:
    assert [spec.name for spec in speech_bought(load_settings(variables))] == names


def test_a_server_that_costs_nothing_is_not_held_by_a_limit() -> None:
    assert [buyer.provider for buyer in buyers(load_settings(OWN))] == []
    assert [buyer.provider for buyer in buyers(load_settings({**OWN, "OPENAI_TRANSCRIPTION_API_KEY": "k"}))] == [
        "openai"
    ]
