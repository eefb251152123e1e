"""A second choice: who transcribes during an outage of the first, for which recordings, and what the record says of it."""

import pytest

from meeting_pipeline.domain.errors import OperatorError, PermanentError, ProviderUnavailable
from meeting_pipeline.domain.outage import Service
from meeting_pipeline.domain.recording import Stage
from meeting_pipeline.installation import Installation
from meeting_pipeline.providers.selection import SpeechProviders, second_speech, speech_in_use
from meeting_pipeline.settings import load_settings
from meeting_pipeline.steps.transcription.choice import provider_for, with_second_choice
from meeting_pipeline.steps.transcription.obtained import Obtained
from meeting_pipeline.steps.transcription.order import order_due
from meeting_pipeline.steps.transcription.outages import probe
from meeting_pipeline.store.tables import Recording
from meeting_pipeline_tests.fakes.control import Providers
from meeting_pipeline_tests.installations import Clock, OpenWith, accepted
from meeting_pipeline_tests.steps.journeys import collected, completed

DOWN = ProviderUnavailable("provider_unavailable", "It is down.", "Wait.")
CREATE = "POST /v2/transcript"


@pytest.fixture
def two(open_with: OpenWith, providers: Providers) -> Installation:
    """AssemblyAI, and a transcription server as the second choice."""
    providers.settings(extra_models=["whisper-1"])
    return open_with(
        **providers.environment(),
        MEETING_PIPELINE_TRANSCRIPTION_SECOND="openai",
        OPENAI_TRANSCRIPTION_MODEL="whisper-1",
    )


def out(installation: Installation, provider: str = "assemblyai", service: Service = Service.TRANSCRIPTION) -> None:
    installation.store.outages.failed(provider, service, DOWN, None)


def waits(installation: Installation, row: Recording) -> bool:
    """Whether a recording that is ready waits for an outage."""
    outages = with_second_choice(installation, installation.store.outages.open())
    return row.key not in {one.key for one in installation.store.due_work.due(Stage.READY, 50, outages)}


def test_during_an_outage_a_new_recording_goes_to_the_second_choice_and_its_record_says_so(
    two: Installation, providers: Providers
) -> None:
    out(two)
    row = accepted(two)
    assert order_due(two, "intake").placed == 1
    found = collected(two, row)
    assert isinstance(found, Obtained)
    made = found.transcript.provenance
    assert made.provider == "openai"
    assert made.note.startswith("Transcribed by the second choice: assemblyai was unavailable")
    completed(two, row)
    assert two.store.records.get(row.key).stamps["transcript"].provenance.note == made.note
    assert (len(providers.ledger()["orders"]), len(providers.ledger()["speech_calls"])) == (0, 1)


def test_without_an_outage_the_first_choice_is_used(two: Installation, providers: Providers) -> None:
    row = accepted(two)
    order_due(two, "intake")
    found = collected(two, row)
    assert isinstance(found, Obtained)
    assert (found.transcript.provenance.provider, found.transcript.provenance.note) == ("assemblyai", "")


def test_without_the_setting_recordings_wait(open_with: OpenWith, providers: Providers) -> None:
    installation = open_with(**providers.environment(), OPENAI_TRANSCRIPTION_BASE_URL=providers.openai_url)
    out(installation)
    row = accepted(installation)
    assert order_due(installation, "intake").placed == 0
    assert provider_for(installation, row).name == "assemblyai"
    assert providers.ledger()["speech_calls"] == []


def test_a_recording_whose_order_may_be_paid_for_waits_for_the_first(two: Installation, providers: Providers) -> None:
    row = accepted(two)
    providers.fault(CREATE, "apply_then_reset")
    order_due(two, "intake")
    order = two.store.orders.latest(row.key)
    assert order is not None
    assert order.state == "ordering"
    out(two)
    assert provider_for(two, two.store.recordings.get(row.key)).name == "assemblyai"
    assert order_due(two, "again").placed == 0
    assert providers.ledger()["speech_calls"] == []


def test_a_recording_whose_personal_data_must_go_waits_for_who_can_remove_it(
    two: Installation, providers: Providers
) -> None:
    out(two)
    row = accepted(two, redact_pii="text")
    assert provider_for(two, row).name == "assemblyai"
    assert order_due(two, "intake").placed == 0


def test_while_both_are_out_recordings_wait(two: Installation, providers: Providers) -> None:
    out(two)
    out(two, "openai")
    row = accepted(two)
    assert order_due(two, "intake").placed == 0
    assert provider_for(two, row).name == "assemblyai"


def test_the_end_of_the_outage_ends_the_second_choice(two: Installation, clock: Clock) -> None:
    out(two)
    row = accepted(two)
    assert provider_for(two, row).name == "openai"
    clock.advance(3600)
    probe(two, Service.TRANSCRIPTION)
    assert two.store.outages.open() == []
    assert provider_for(two, row).name == "assemblyai"


def test_while_only_ordering_is_out_one_recording_now_and_then_tries_the_first(
    two: Installation, providers: Providers, clock: Clock
) -> None:
    out(two, service=Service.ORDERS)
    early, late = accepted(two, "early.wav"), accepted(two, "late.wav")
    assert provider_for(two, early).name == "openai"
    clock.advance(3600)
    assert order_due(two, "again").placed == 2
    assert providers.ledger()["orders"], "one of them found out that it works again"
    assert two.store.outages.open() == []
    assert two.store.recordings.get(late.key).stage in (Stage.TRANSCRIBING, Stage.READY)


def test_a_second_choice_that_orders_stands_in_for_a_server_that_answers_in_parts(
    open_with: OpenWith, providers: Providers
) -> None:
    providers.settings(extra_models=["whisper-1"])
    installation = open_with(
        **providers.speech_environment(OPENAI_TRANSCRIPTION_MODEL="whisper-1"),
        MEETING_PIPELINE_TRANSCRIPTION_SECOND="assemblyai",
    )
    row = accepted(installation)
    out(installation, "openai")
    found = collected(installation, row)
    assert isinstance(found, Obtained)
    assert found.transcript.provenance.note.startswith("Transcribed by the second choice: openai")


def test_a_recording_of_which_nothing_was_bought_is_not_bound_to_a_server_that_is_out(
    open_with: OpenWith, providers: Providers
) -> None:
    providers.settings(extra_models=["whisper-1"])
    installation = open_with(
        **providers.speech_environment(OPENAI_TRANSCRIPTION_MODEL="whisper-1"),
        MEETING_PIPELINE_TRANSCRIPTION_SECOND="offline",
    )
    row = accepted(installation)
    providers.fault("* /v1/*", "status", status=503, times=-1)
    with pytest.raises(ProviderUnavailable) as caught:
        collected(installation, row)
    assert caught.value.outage
    installation.store.lifecycle.collect_later(row.key, "run-1", caught.value)
    installation.store.leases.end("run-1")
    assert not waits(installation, row)
    assert provider_for(installation, row).name == "offline"


def test_an_answer_that_may_be_paid_for_binds_a_recording(open_with: OpenWith, providers: Providers) -> None:
    providers.settings(extra_models=["whisper-1"])
    installation = open_with(
        **providers.speech_environment(OPENAI_TRANSCRIPTION_MODEL="whisper-1"),
        MEETING_PIPELINE_TRANSCRIPTION_SECOND="offline",
    )
    row = accepted(installation)
    providers.fault("POST /v1/audio/*", "apply_then_reset", times=-1)
    providers.fault("GET /v1/models", "status", status=503, times=-1)
    with pytest.raises(ProviderUnavailable) as caught:
        collected(installation, row)
    installation.store.lifecycle.collect_later(row.key, "run-1", caught.value)
    installation.store.leases.end("run-1")
    assert waits(installation, row)
    assert provider_for(installation, row).name == "openai"


@pytest.mark.parametrize(
    ("environment", "chosen"),
    [
        ({"ASSEMBLYAI_API_KEY": "a", "OPENAI_TRANSCRIPTION_API_KEY": "o"}, "assemblyai"),
        ({"OPENAI_TRANSCRIPTION_API_KEY": "o"}, "openai"),
        ({"OPENAI_TRANSCRIPTION_BASE_URL": "http://127.0.0.1:9/v1"}, "openai"),
        ({"OPENAI_API_KEY": "o"}, "offline"),
        ({"OPENAI_API_KEY": "o", "MEETING_PIPELINE_TRANSCRIPTION": "openai"}, "openai"),
        ({"ASSEMBLYAI_API_KEY": "a", "MEETING_PIPELINE_TRANSCRIPTION": "offline"}, "offline"),
    ],
)
def test_the_order_among_several_keys_is_clear(environment: dict[str, str], chosen: str) -> None:
    assert speech_in_use(load_settings(environment)).name == chosen


@pytest.mark.parametrize(
    "environment",
    [
        {"MEETING_PIPELINE_TRANSCRIPTION": "assemblyai"},
        {"MEETING_PIPELINE_TRANSCRIPTION": "openai"},
        {"MEETING_PIPELINE_TRANSCRIPTION": "someone"},
        {"MEETING_PIPELINE_TRANSCRIPTION_SECOND": "assemblyai"},
    ],
)
def test_a_provider_that_is_named_and_cannot_be_used_stops_the_start(
    open_with: OpenWith, environment: dict[str, str]
) -> None:
    with pytest.raises(OperatorError) as caught:
        open_with(**environment)
    assert caught.value.code == "provider_not_configured"
    assert next(iter(environment)) in caught.value.message


def test_a_name_that_is_none_is_a_bad_setting() -> None:
    with pytest.raises(PermanentError):
        load_settings({"MEETING_PIPELINE_TRANSCRIPTION": "Open AI!"})


def test_the_first_choice_is_no_second() -> None:
    given = {"ASSEMBLYAI_API_KEY": "a", "MEETING_PIPELINE_TRANSCRIPTION_SECOND": "assemblyai"}
    assert second_speech(load_settings(given)) is None
    assert SpeechProviders(load_settings(given)).second() is None


def test_the_key_of_the_language_model_goes_to_no_other_address() -> None:
    from meeting_pipeline.providers.openai_speech.settings import key_of

    same = load_settings({"OPENAI_API_KEY": "secret"})
    other = load_settings({"OPENAI_API_KEY": "secret", "OPENAI_TRANSCRIPTION_BASE_URL": "http://127.0.0.1:9/v1"})
    own = load_settings({"OPENAI_API_KEY": "secret", "OPENAI_TRANSCRIPTION_API_KEY": "another"})
    keys = [key.get_secret_value() for key in map(key_of, (same, other, own)) if key is not None]
    assert keys == ["secret", "none", "another"]
