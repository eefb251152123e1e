"""The adapter over HTTP with the real SDK: forms of request that servers take or refuse, and what a failure means."""

import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from meeting_pipeline.domain.errors import BadAnswer, OperatorError, PipelineError, ProviderRefused, ProviderUnavailable
from meeting_pipeline.domain.recording import TranscriptionOptions
from meeting_pipeline.domain.speech_options import SpeechOptions
from meeting_pipeline.media.encoding import encoded
from meeting_pipeline.providers.openai_speech.adapter import OpenAITranscription
from meeting_pipeline.providers.openai_speech.server import Server
from meeting_pipeline.providers.parts.port import AnswerLost, InParts, PartLimits, PartTooLarge
from meeting_pipeline.providers.selection import SpeechProviders
from meeting_pipeline.settings import load_settings
from meeting_pipeline_tests.fakes.control import Providers
from meeting_pipeline_tests.sounds import conversation

ROUTE = "POST /v1/audio/transcriptions"
LIMITS = PartLimits(1_200_000, 24 * 1024**2, "mp3")


def adapter(
    providers: Providers,
    *,
    model: str = "whisper-1",
    seconds: float = 30.0,
    is_free: bool = False,
    key: str | None = None,
) -> OpenAITranscription:
    server = Server(providers.openai_url, model, SecretStr(key or providers.openai_key), seconds)
    return OpenAITranscription(server, LIMITS, is_free=is_free)


def options(speech: OpenAITranscription, **more: Any) -> TranscriptionOptions:
    given = {"language": None, "keyterms": (), "speakers_expected": None, **more}
    return speech.options(**given)


@pytest.fixture(scope="module")
def sound() -> bytes:
    return encoded(conversation([(0, 12.0)]), "mp3")


def forms(providers: Providers) -> list[tuple[str | None, bool]]:
    """The forms that were tried, and whether they were billed."""
    calls = providers.ledger()["speech_calls"]
    return [(call["fields"].get("response_format"), call["billed"]) for call in calls]


def failure(speech: OpenAITranscription, sound: bytes) -> PipelineError:
    with pytest.raises(PipelineError) as caught:
        speech.ask(sound, options(speech), None)
    return caught.value


def test_it_is_a_provider_that_answers_in_parts(providers: Providers) -> None:
    assert isinstance(adapter(providers), InParts)
    assert not isinstance(SpeechProviders(load_settings({})).named("offline"), InParts)


def test_speakers_are_asked_for_first(providers: Providers, sound: bytes) -> None:
    speech = adapter(providers)
    answer = speech.ask(sound, options(speech, keyterms=("Kessel",), language="en_us"), None)
    assert forms(providers) == [("diarized_json", True)]
    [call] = providers.ledger()["speech_calls"]
    assert call["fields"]["language"] == "en"
    assert (call["name"], "prompt" in call["fields"], call["fields"]["chunking_strategy"]) == (
        "part.mp3",
        False,
        "auto",
    )
    assert [one.speaker for one in speech.read(answer.body, 12_000).said] == ["A", "B"]
    assert answer.variant == "diarized_json"


@pytest.mark.parametrize("status", [400, 415, 422])
@pytest.mark.parametrize(
    ("formats", "tried", "variant"),
    [
        (["verbose_json", "json"], ["diarized_json", "verbose_json"], "verbose_json_words"),
        (["json"], ["diarized_json", "verbose_json", "verbose_json", "json"], "json"),
    ],
)
def test_a_refused_form_costs_nothing_and_the_next_is_tried(
    providers: Providers, sound: bytes, status: int, formats: list[str], tried: list[str], variant: str
) -> None:
    providers.settings(speech={"formats": formats, "unknown_format": status})
    speech = adapter(providers)
    answer = speech.ask(sound, options(speech, keyterms=("Kessel", "Zephyr")), None)
    assert forms(providers) == [(form, form == tried[-1]) for form in tried]
    assert answer.variant == variant
    assert providers.ledger()["speech_calls"][-1]["fields"]["prompt"] == "Kessel, Zephyr"


def test_what_is_known_to_work_is_asked_for_at_once(providers: Providers, sound: bytes) -> None:
    providers.settings(speech={"formats": ["json"]})
    speech = adapter(providers)
    assert speech.ask(sound, options(speech), "json").variant == "json"
    assert forms(providers) == [("json", True)]


def test_a_form_that_nobody_knows_any_more_is_no_obstacle(providers: Providers, sound: bytes) -> None:
    speech = adapter(providers)
    assert speech.ask(sound, options(speech), "form_of_an_older_release").variant == "diarized_json"


def test_a_poor_answer_that_costs_money_is_kept_and_the_next_form_is_for_the_next_part(
    providers: Providers, sound: bytes
) -> None:
    providers.settings(speech={"formats": ["verbose_json", "json"], "unknown_format": "text"})
    speech = adapter(providers)
    answer = speech.ask(sound, options(speech), None)
    assert forms(providers) == [("diarized_json", True)]
    assert answer.variant == "verbose_json_words"
    assert speech.read(answer.body, 12_000).timed is False
    assert speech.read(speech.ask(sound, options(speech), answer.variant).body, 12_000).timed


def test_a_poor_answer_that_costs_nothing_is_asked_for_again_at_once(providers: Providers, sound: bytes) -> None:
    providers.settings(speech={"formats": ["verbose_json", "json"], "unknown_format": "text"})
    speech = adapter(providers, is_free=True)
    answer = speech.ask(sound, options(speech), None)
    assert forms(providers) == [("diarized_json", True), ("verbose_json", True)]
    assert speech.read(answer.body, 12_000).timed


def test_mistral_is_asked_in_its_own_form(providers: Providers, sound: bytes) -> None:
    providers.settings(speech={"shape": "mistral"})
    speech = adapter(providers, model="voxtral-mini-latest")
    answer = speech.ask(sound, options(speech, language="en"), None)
    [call] = providers.ledger()["speech_calls"]
    assert call["fields"]["diarize"] == "true"
    assert "language" not in call["fields"]
    assert call["granularities"] == ["segment"]
    assert len({one.speaker for one in speech.read(answer.body, 12_000).said}) == 2


def test_silence_shows_nothing_about_the_server(providers: Providers, sound: bytes) -> None:
    providers.settings(speech={"raw": {"text": "", "segments": []}})
    speech = adapter(providers)
    assert speech.ask(sound, options(speech), None).variant == "diarized_json"


@pytest.mark.parametrize("limit", [{"max_bytes": 1_000}, {"max_seconds": 5.0}])
def test_a_part_beyond_the_servers_limit_is_told_from_a_bad_one(
    providers: Providers, sound: bytes, limit: dict[str, float]
) -> None:
    providers.settings(speech=limit)
    assert isinstance(failure(adapter(providers), sound), PartTooLarge)
    assert len(forms(providers)) == 1, "another form would be too large too"


@pytest.mark.parametrize(
    ("status", "kind", "code"),
    [
        (401, OperatorError, "openai_key_refused"),
        (402, OperatorError, "openai_no_credit"),
        (403, OperatorError, "openai_key_refused"),
        (404, OperatorError, "openai_model_unknown"),
        (302, OperatorError, "openai_address_wrong"),
        (429, ProviderUnavailable, "provider_busy"),
        (500, ProviderUnavailable, "provider_unavailable"),
        (503, ProviderUnavailable, "provider_unavailable"),
        (400, ProviderRefused, "provider_refused"),
    ],
)
def test_a_status_means_the_same_with_every_server(
    providers: Providers, sound: bytes, status: int, kind: type[PipelineError], code: str
) -> None:
    providers.fault(ROUTE, "status", status=status, times=-1)
    error = failure(adapter(providers), sound)
    assert isinstance(error, kind)
    assert error.code == code
    assert not isinstance(error, AnswerLost), "it was certainly not billed"


def test_an_account_without_credit_is_not_a_busy_server(providers: Providers, sound: bytes) -> None:
    providers.fault(ROUTE, "status", status=429, code="insufficient_quota")
    assert failure(adapter(providers), sound).code == "openai_no_credit"


def test_a_busy_server_says_when_to_come_back(providers: Providers, sound: bytes) -> None:
    providers.fault(ROUTE, "status", status=429, retry_after=17)
    error = failure(adapter(providers), sound)
    assert isinstance(error, ProviderUnavailable)
    assert error.retry_after_s == 17


@pytest.mark.parametrize("kind", ["apply_then_reset", "cut", "malformed", "html", "close"])
def test_an_answer_that_is_lost_may_be_on_the_bill(providers: Providers, sound: bytes, kind: str) -> None:
    providers.fault(ROUTE, kind)
    assert isinstance(failure(adapter(providers), sound), AnswerLost)


@pytest.mark.parametrize("kind", ["slow", "drip"])
def test_a_server_that_hangs_is_left_in_time_and_may_have_billed(providers: Providers, sound: bytes, kind: str) -> None:
    providers.fault(ROUTE, kind, seconds=60.0 if kind == "slow" else 0.2, chunk=1)
    error = failure(adapter(providers, seconds=3.0), sound)  # enough for the request to be sent on a busy machine
    assert isinstance(error, AnswerLost)
    assert error.code == "provider_timeout"


def test_a_server_that_is_not_there_has_billed_nothing(sound: bytes) -> None:
    speech = OpenAITranscription(Server("http://127.0.0.1:9/v1", "m", None, 5.0), LIMITS, is_free=True)
    error = failure(speech, sound)
    assert isinstance(error, ProviderUnavailable)
    assert not isinstance(error, AnswerLost)


def test_json_of_something_else_is_billed_and_no_answer(providers: Providers, sound: bytes) -> None:
    speech = adapter(providers)
    providers.settings(speech={"raw": {"text": None, "segments": None}})
    answer = speech.ask(sound, options(speech), None)
    with pytest.raises(BadAnswer):
        speech.read(answer.body, 12_000)


def test_no_error_shows_the_key(providers: Providers, sound: bytes) -> None:
    secret = "sk-secret-of-nobody"
    error = failure(adapter(providers, key=secret), sound)
    assert (error.code, secret in str(error), error.__cause__) == ("openai_key_refused", False, None)


def test_keys_of_other_programs_are_not_sent(
    providers: Providers, sound: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID", "OPENAI_BASE_URL"):
        monkeypatch.setenv(name, "http://127.0.0.1:9/of-another-program")
    speech = adapter(providers)
    assert speech.ask(sound, options(speech), None).body["text"]


def test_the_check_asks_for_the_models_and_costs_nothing(providers: Providers) -> None:
    providers.settings(extra_models=["whisper-1"])
    assert "has the model whisper-1" in adapter(providers).check()
    with pytest.raises(OperatorError) as caught:
        adapter(providers, model="whisper-9").check()
    assert caught.value.code == "openai_model_unknown"
    with pytest.raises(OperatorError) as refused:
        adapter(providers, key="wrong").check()
    assert refused.value.code == "openai_key_refused"
    assert forms(providers) == []


def test_a_server_without_a_list_of_models_works(providers: Providers) -> None:
    providers.fault("GET /v1/models", "status", status=404)
    assert "lists no models" in adapter(providers).check()


def test_personal_data_cannot_be_removed_here(providers: Providers) -> None:
    with pytest.raises(ProviderRefused) as caught:
        adapter(providers).options(
            language=None, keyterms=(), speakers_expected=None, speech=SpeechOptions(redact_pii="text")
        )
    assert caught.value.code == "option_unsupported"


def test_calls_of_threads_do_not_disturb_each_other(providers: Providers, sound: bytes) -> None:
    speech = adapter(providers)
    found: list[str] = []
    threads = [
        threading.Thread(target=lambda: found.append(speech.ask(sound, options(speech), None).variant))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == ["diarized_json"] * 4


def test_making_it_imports_no_sdk(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "openai", None)
    settings = load_settings({"OPENAI_TRANSCRIPTION_BASE_URL": "http://127.0.0.1:9/v1"})
    assert SpeechProviders(settings).choose(has_transcript=False).name == "openai"
