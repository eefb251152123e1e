"""Which providers an installation uses."""

import sys

import pytest

from meeting_pipeline.domain.errors import OperatorError
from meeting_pipeline.providers.selection import SpeechProviders, analyst, speech_to_text
from meeting_pipeline.settings import load_settings

KEYS = {"ASSEMBLYAI_API_KEY": "a", "OPENAI_API_KEY": "o"}


def test_with_keys_the_paid_providers_work() -> None:
    settings = load_settings(KEYS)
    speech = speech_to_text(settings)
    assert (speech.name, speech.remote) == ("assemblyai", True)
    chosen = analyst(settings)
    assert (chosen.name, chosen.model) == ("openai", settings.openai_model)


def test_without_keys_the_offline_engine_works() -> None:
    settings = load_settings({})
    assert (speech_to_text(settings).name, speech_to_text(settings).remote) == ("offline", False)
    assert analyst(settings).name == "offline"


def test_one_key_turns_on_one_provider() -> None:
    settings = load_settings({"OPENAI_API_KEY": "o"})
    assert (speech_to_text(settings).name, analyst(settings).name) == ("offline", "openai")


def test_a_transcript_that_came_along_is_used_instead_of_any_provider() -> None:
    for environment in ({}, KEYS):
        chosen = SpeechProviders(load_settings(environment)).choose(has_transcript=True)
        assert (chosen.name, chosen.remote) == ("imported", False)


def test_a_provider_is_made_once() -> None:
    providers = SpeechProviders(load_settings(KEYS))
    assert providers.named("assemblyai") is providers.choose(has_transcript=False)


@pytest.mark.parametrize("name", ["assemblyai", "simulated", ""])
def test_a_provider_without_a_key_says_what_to_do(name: str) -> None:
    with pytest.raises(OperatorError) as caught:
        SpeechProviders(load_settings({})).named(name)
    assert caught.value.code == "provider_not_configured"
    assert caught.value.advice


def test_choosing_imports_no_sdk(monkeypatch: pytest.MonkeyPatch) -> None:
    for heavy in ("assemblyai", "openai", "pocketsphinx"):
        monkeypatch.setitem(sys.modules, heavy, None)
    settings = load_settings(KEYS)
    speech_to_text(settings)
    analyst(settings)
