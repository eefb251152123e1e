"""Errors of the AssemblyAI adapter, caused by the provider, the network, the key or the recording."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from meeting_pipeline.domain.errors import BadAnswer, OperatorError, PipelineError, ProviderRefused, ProviderUnavailable
from meeting_pipeline.providers.assemblyai import AssemblyAI
from meeting_pipeline.providers.ports import UPLOAD_EXPIRED, Audio, Ready, Rejected
from meeting_pipeline_tests.chaos.speed import in_time
from meeting_pipeline_tests.fakes.control import Providers
from meeting_pipeline_tests.providers.assemblyai_setup import CREATE, LIST, ONE, UPLOAD, adapter, ordered, recording

DRIP_CALL_S = 8.0
"""Limit of a call: short, but enough on a busy machine for an answer that does not drip."""


def _caught(call: Callable[[], object]) -> PipelineError:
    with pytest.raises(PipelineError) as caught:
        call()
    return caught.value


def _options(speech: AssemblyAI) -> Any:
    return speech.options(language=None, keyterms=(), speakers_expected=None)


@pytest.mark.parametrize(
    ("fault", "kind", "code"),
    [
        ({"kind": "status", "status": 401}, OperatorError, "assemblyai_key_refused"),
        ({"kind": "status", "status": 403}, OperatorError, "assemblyai_key_refused"),
        ({"kind": "status", "status": 402}, OperatorError, "assemblyai_no_credit"),
        (
            {"kind": "status", "status": 400, "message": "Your current account balance is negative."},
            OperatorError,
            "assemblyai_no_credit",
        ),
        ({"kind": "status", "status": 429}, ProviderUnavailable, "provider_busy"),
        ({"kind": "status", "status": 408}, ProviderUnavailable, "provider_unavailable"),
        ({"kind": "status", "status": 500}, ProviderUnavailable, "provider_unavailable"),
        ({"kind": "status", "status": 503, "body": "<html>"}, ProviderUnavailable, "provider_unavailable"),
        ({"kind": "status", "status": 400, "message": "no such thing"}, ProviderRefused, "provider_refused"),
        ({"kind": "status", "status": 422}, ProviderRefused, "provider_refused"),
        ({"kind": "reset"}, ProviderUnavailable, "provider_unreachable"),
        ({"kind": "close"}, ProviderUnavailable, "provider_unreachable"),
        ({"kind": "cut"}, ProviderUnavailable, "provider_unreachable"),
        ({"kind": "malformed"}, ProviderUnavailable, "provider_unavailable"),
        ({"kind": "html"}, ProviderUnavailable, "provider_unavailable"),
        ({"kind": "status", "status": 200, "body": "[]"}, ProviderUnavailable, "provider_unavailable"),
        ({"kind": "status", "status": 200, "body": "{}"}, (ProviderUnavailable, BadAnswer), None),
    ],
    ids=str,
)
@pytest.mark.parametrize("route", [UPLOAD, CREATE, LIST, ONE])
def test_every_fault_of_every_call_has_a_typed_error(
    providers: Providers, tmp_path: Path, route: str, fault: dict[str, Any], kind: Any, code: str | None
) -> None:
    speech, audio = adapter(providers), recording(tmp_path)
    url = speech.upload(audio)
    order_id = speech.order(url, _options(speech))
    calls: dict[str, Callable[[], object]] = {
        UPLOAD: lambda: speech.upload(audio),
        CREATE: lambda: speech.order(url, _options(speech)),
        LIST: lambda: speech.poll([order_id]),
        ONE: lambda: speech.collect(order_id, audio, _options(speech)),
    }
    providers.fault(route, **fault)
    error = _caught(calls[route])
    assert isinstance(error, kind)
    assert code in (None, error.code)
    assert providers.assemblyai_key not in f"{error!r} {error}"
    assert providers.ledger()["fault_hits"] == 1
    assert calls[route]()


def test_a_wrong_key_is_an_operators_error(providers: Providers) -> None:
    assert _caught(adapter(providers, key="wrong").check).code == "assemblyai_key_refused"


@pytest.mark.parametrize("key", ["", "  ", "schlüssel", "key\nX-Header: 1"])
def test_a_key_that_no_header_can_hold_is_an_operators_error(providers: Providers, key: str) -> None:
    error = _caught(adapter(providers, key=key).check)
    assert error.code == "assemblyai_key_refused"
    assert providers.ledger()["requests"] == {}


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "http://no-such-host.invalid"])
def test_an_address_without_a_provider_is_unreachable(url: str) -> None:
    speech = AssemblyAI(api_key="k", base_url=url, speech_models=("universal-2",))
    assert _caught(speech.check).code == "provider_unreachable"


@pytest.mark.parametrize("url", ["http://[", "http://127.0.0.1:port"])
def test_an_address_that_is_none_is_an_operators_error(url: str) -> None:
    speech = AssemblyAI(api_key="k", base_url=url, speech_models=("universal-2",))
    assert _caught(speech.check).code == "bad_setting"


def test_without_speech_models_the_provider_refuses_the_order(providers: Providers, tmp_path: Path) -> None:
    speech = AssemblyAI(api_key=providers.assemblyai_key, base_url=providers.assemblyai_url, speech_models=())
    error = _caught(lambda: ordered(speech, recording(tmp_path)))
    assert isinstance(error, ProviderRefused)
    assert "speech_models" in error.message


@pytest.mark.parametrize(("value", "seconds"), [("17", 17.0), ("nan", None), ("-1", None)])
def test_the_wait_that_the_provider_asks_for_is_in_the_error(
    providers: Providers, value: str, seconds: float | None
) -> None:
    providers.fault(LIST, "status", status=429, retry_after=value)
    error = _caught(adapter(providers).check)
    assert isinstance(error, ProviderUnavailable)
    assert error.retry_after_s == seconds


def test_waits_of_calls_side_by_side_are_not_mixed_up(providers: Providers) -> None:
    speech = adapter(providers)
    for wait in range(1, 17):
        providers.fault(f"GET /v2/transcript/order{wait}", "status", status=429, retry_after=wait)
    audio = Audio(None, None, 0)

    def wait_of(number: int) -> float | None:
        error = _caught(lambda: speech.collect(f"order{number}", audio, _options(speech)))
        return error.retry_after_s if isinstance(error, ProviderUnavailable) else None

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(wait_of, range(1, 17))) == list(range(1, 17))


def test_a_redirect_is_not_followed(providers: Providers) -> None:
    providers.fault(LIST, "status", status=307, headers={"location": f"{providers.url}/v2/transcript?limit=5"})
    assert _caught(adapter(providers).check).code == "provider_unavailable"
    assert providers.ledger()["requests"] == {LIST: 1}


def test_an_answer_that_drips_in_is_given_up_and_the_other_calls_go_on(providers: Providers, tmp_path: Path) -> None:
    speech, audio = adapter(providers, call_seconds=DRIP_CALL_S), recording(tmp_path)
    order_id = ordered(adapter(providers), audio)
    providers.fault(ONE, "drip", seconds=0.2, chunk=1)
    started = time.monotonic()
    with ThreadPoolExecutor(2) as pool:
        slow = pool.submit(_caught, lambda: speech.collect(order_id, audio, _options(speech)))
        assert speech.poll([order_id]) == {order_id: Ready()}
        assert slow.result().code == "provider_timeout"
    # Bytes arrive every 0.2 s for minutes, so a limit on single reads would not end this call.
    assert in_time(time.monotonic() - started, 30)
    deadline = time.monotonic() + 120
    while any(thread.name == "provider-call" for thread in threading.enumerate()):
        assert time.monotonic() < deadline, "the abandoned call goes on"
        time.sleep(0.05)
    assert speech.check()


@pytest.mark.parametrize("route", [UPLOAD, CREATE, LIST, ONE])
def test_every_call_has_a_wall_clock_limit(providers: Providers, tmp_path: Path, route: str) -> None:
    patient, audio = adapter(providers), recording(tmp_path)
    url = patient.upload(audio)
    order_id = patient.order(url, _options(patient))
    hasty = adapter(providers, call_seconds=1.0, upload_seconds=1.0, look_seconds=1.0)
    calls: dict[str, list[Callable[[], object]]] = {
        UPLOAD: [lambda: hasty.upload(audio)],
        CREATE: [lambda: hasty.order(url, _options(hasty))],
        LIST: [
            lambda: hasty.poll([order_id]),
            hasty.check,
            lambda: hasty.find_order(url, datetime.now(UTC)),
            lambda: hasty.list_orders(datetime.now(UTC)),
        ],
        ONE: [lambda: hasty.collect(order_id, audio, _options(hasty)), lambda: hasty.poll([order_id, "another"])],
    }
    providers.fault(route, "drip", seconds=0.3, chunk=1, times=-1)
    for call in calls[route]:
        assert _caught(call).code == "provider_timeout"


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        ("language_detection cannot be performed on files with no spoken audio.", "no_speech"),
        ("Audio file is too short, minimum 160 ms", "too_short"),
        ("Transcoding failed. File type application/pdf is unsupported", "bad_audio"),
        ("Internal problem 17", "provider_rejected"),
    ],
)
def test_a_recording_that_the_provider_gave_up_on_is_rejected_with_a_code(
    providers: Providers, tmp_path: Path, reason: str, code: str
) -> None:
    providers.script(error=reason)
    speech, audio = adapter(providers), recording(tmp_path)
    order_id = ordered(speech, audio)
    assert speech.poll([order_id]) == {order_id: Rejected(code, reason)}
    assert speech.collect(order_id, audio, _options(speech)) == Rejected(code, reason)


def test_an_upload_that_the_provider_cannot_fetch_has_expired(providers: Providers) -> None:
    speech = adapter(providers)
    order_id = speech.order("https://files.example/unknown.wav", _options(speech))
    (state,) = speech.poll([order_id]).values()
    assert isinstance(state, Rejected)
    assert state.code == UPLOAD_EXPIRED


def test_odd_statuses_in_the_list_hide_no_other_order(providers: Providers) -> None:
    listed = [{"id": "a", "status": "completed", "audio_url": None}, {"id": 5}, "x", {"id": "b", "status": "paused"}]
    providers.fault(LIST, "status", status=200, body={"transcripts": listed, "page_details": None})
    found = adapter(providers).poll(["a", "b"])
    assert found["a"] == Ready()
    assert getattr(found["b"], "detail", None) == "paused"


def test_a_recording_without_audio_is_refused_before_anything_is_sent(providers: Providers) -> None:
    assert _caught(lambda: adapter(providers).upload(Audio(None, None, 0))).code == "no_audio"
    assert providers.ledger()["requests"] == {}
