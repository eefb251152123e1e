"""The options of orders at AssemblyAI: from the settings, the sidecar and requests to the provider's own names."""

from pathlib import Path
from typing import Any

import pytest

from meeting_pipeline.domain.errors import OperatorError, ProviderRefused
from meeting_pipeline.domain.recording import TranscriptionOptions
from meeting_pipeline.domain.speech_options import SpeechOptions
from meeting_pipeline.installation import Installation
from meeting_pipeline.providers.assemblyai_options import config_of
from meeting_pipeline.providers.selection import SpeechProviders
from meeting_pipeline.settings import load_settings
from meeting_pipeline.steps.transcription.order import order_due
from meeting_pipeline_tests.fakes.control import Providers
from meeting_pipeline_tests.installations import TALK, OpenWith, accepted, drop, notes, take_all
from meeting_pipeline_tests.media.files import Sound, write_tracks

SETTINGS = {
    "MEETING_PIPELINE_MULTICHANNEL": "on",
    "ASSEMBLYAI_REDACT_PII": "text_and_audio",
    "ASSEMBLYAI_REDACT_POLICIES": "phone_number,email_address",
    "ASSEMBLYAI_FILTER_PROFANITY": "on",
    "ASSEMBLYAI_CUSTOM_SPELLING": '{"SQL": ["sequel"]}',
    "ASSEMBLYAI_LANGUAGES": "en,de",
}
SENT = {
    "multichannel": True,
    "speaker_labels": None,
    "redact_pii": True,
    "redact_pii_audio": True,
    "redact_pii_policies": ["phone_number", "email_address"],
    "redact_pii_sub": "entity_name",
    "filter_profanity": True,
    "custom_spelling": [{"from": ["sequel"], "to": "SQL"}],
    "language_detection": True,
    "language_detection_options": {"expected_languages": ["en", "de"]},
}


def sent(providers: Providers) -> dict[str, Any]:
    config = providers.ledger()["orders"][-1]["config"]
    return {name: config.get(name) for name in SENT}


def call(folder: Path) -> bytes:
    """A call with one person per channel."""
    parts = [Sound(channels=(1, 0)), Sound(channels=(0, 1), hz=440, start_s=2.048)]
    return write_tracks(folder / "call.wav", parts, codec="pcm_s16le").read_bytes()


def test_settings_reach_the_provider(open_with: OpenWith, providers: Providers, tmp_path: Path) -> None:
    installation = open_with(**providers.environment(), **SETTINGS)
    accepted(installation, "call.wav", call(tmp_path), speakers_expected=2)
    assert order_due(installation, "w").placed == 1
    assert sent(providers) == SENT


def test_the_sidecar_reaches_the_provider_and_replaces_the_settings(
    open_with: OpenWith, providers: Providers, tmp_path: Path
) -> None:
    installation = open_with(**providers.environment(), **SETTINGS)
    accepted(
        installation, "call.wav", call(tmp_path), multichannel=False, redact_pii="text", filter_profanity=False,
        custom_spelling={"Kessel": "kettle"}, languages=["fr"],
    )  # fmt: skip
    assert order_due(installation, "w").placed == 1
    assert sent(providers) == {
        **SENT, "multichannel": None, "speaker_labels": True, "redact_pii_audio": None, "filter_profanity": None,
        "custom_spelling": [{"from": ["kettle"], "to": "Kessel"}],
        "language_detection_options": {"expected_languages": ["fr"]},
    }  # fmt: skip


def test_a_language_that_is_given_is_not_detected(paid: Installation, providers: Providers) -> None:
    accepted(paid, language="de", languages=["en"])
    order_due(paid, "w")
    config = providers.ledger()["orders"][-1]["config"]
    assert (config["language_code"], config.get("language_detection_options")) == ("de", None)


def test_options_that_are_off_make_no_other_order() -> None:
    speech = SpeechProviders(load_settings({"ASSEMBLYAI_API_KEY": "k"})).named("assemblyai")
    plain = speech.options(language=None, keyterms=(), speakers_expected=None)
    off = SpeechOptions(redact_pii="off", filter_profanity=False)
    assert speech.options(language=None, keyterms=(), speakers_expected=None, speech=off) == plain


def test_a_kind_of_personal_data_that_nobody_knows_is_the_operators_to_correct() -> None:
    options = TranscriptionOptions(
        provider="assemblyai", speech_models=("universal-2",), speech=SpeechOptions(redact_pii="text"),
        redact_policies=("shoe_size",),
    )  # fmt: skip
    with pytest.raises(OperatorError) as caught:
        config_of(options)
    assert caught.value.code == "bad_setting"
    assert "phone_number" in caught.value.advice


@pytest.mark.parametrize("name", ["offline", "imported"])
def test_what_cannot_remove_personal_data_refuses_to_leave_it_in(name: str) -> None:
    speech = SpeechProviders(load_settings({})).named(name)
    with pytest.raises(ProviderRefused) as caught:
        speech.options(
            language=None, keyterms=(), speakers_expected=None, speech=SpeechOptions(redact_pii="text")
        )  # fmt: skip
    assert caught.value.code == "option_unsupported"


def test_a_recording_whose_data_cannot_be_removed_is_rejected_before_it_is_stored(installation: Installation) -> None:
    drop(installation, "call.vtt", TALK, redact_pii="text")
    take_all(installation)
    [note] = notes(installation)
    assert "option_unsupported" in note
