"""The loopback AssemblyAI: as strict as the real one, and controlled by scripts and faults."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from typing import Any

import httpx
import pytest

from meeting_pipeline_tests.fakes.control import Providers, Receiver

MODELS = ["universal-2"]


@pytest.fixture
def http(providers: Providers) -> Any:
    headers = {"authorization": providers.assemblyai_key}
    with httpx.Client(base_url=providers.url, headers=headers, trust_env=False, timeout=60) as client:
        yield client


def _upload(http: httpx.Client, content: bytes = b"audio") -> str:
    found: str = http.post("/v2/upload", content=content).raise_for_status().json()["upload_url"]
    return found


def _order(http: httpx.Client, url: str) -> str:
    order = {"audio_url": url, "speech_models": MODELS, "speaker_labels": True}
    found: str = http.post("/v2/transcript", json=order).raise_for_status().json()["id"]
    return found


@pytest.mark.parametrize(
    "config",
    [
        {},
        {"speech_models": []},
        {"speech_models": ["nano"]},
        {"speech_models": MODELS, "language_code": "de", "language_detection": True},
        {"speech_models": MODELS, "speakers_expected": 2},
    ],
)
def test_an_order_that_the_real_one_refuses_is_refused(http: httpx.Client, config: dict[str, Any]) -> None:
    assert http.post("/v2/transcript", json={"audio_url": _upload(http), **config}).status_code == 400


def test_a_bearer_key_is_refused(providers: Providers) -> None:
    headers = {"authorization": f"Bearer {providers.assemblyai_key}"}
    assert httpx.get(f"{providers.url}/v2/transcript", headers=headers, trust_env=False, timeout=60).status_code == 401


def test_the_same_bytes_tell_the_same_story_and_others_another(http: httpx.Client) -> None:
    texts = [http.get(f"/v2/transcript/{_order(http, _upload(http, c))}").json()["text"] for c in (b"x", b"x", b"y")]
    assert texts[0] == texts[1] != texts[2]


def test_a_script_is_for_its_bytes_or_for_the_next_upload(http: httpx.Client, providers: Providers) -> None:
    said = [{"speaker": "A", "text": "Hello.", "start": 5, "end": 9, "confidence": 0.5}]
    providers.script(sha256(b"one").hexdigest(), utterances=said)
    providers.script(characters=9)
    second, first = _order(http, _upload(http, b"two")), _order(http, _upload(http, b"one"))
    assert http.get(f"/v2/transcript/{second}").json()["text"] == "a" * 9
    (found,) = http.get(f"/v2/transcript/{first}").json()["utterances"]
    assert (found["start"], found["end"], found["confidence"]) == (5, 9, 0.5)


def _with_webhook(http: httpx.Client, receiver: Receiver, name: str) -> str:
    hook = {
        "webhook_url": receiver.hook(name),
        "webhook_auth_header_name": "X-Webhook-Secret",
        "webhook_auth_header_value": "s3cret",
    }
    order = {"audio_url": _upload(http), "speech_models": MODELS, **hook}
    found: str = http.post("/v2/transcript", json=order).raise_for_status().json()["id"]
    return found


def _sent(providers: Providers, times: int) -> list[Any]:
    deadline = time.monotonic() + 120
    while len(found := providers.ledger()["webhooks"]) < times:
        assert time.monotonic() < deadline, found
        time.sleep(0.02)
    return [one["status"] for one in found]


def test_a_webhook_is_sent_when_the_order_is_finished(
    http: httpx.Client, providers: Providers, receiver: Receiver
) -> None:
    receiver.expect(secret="s3cret")
    order = _with_webhook(http, receiver, "finished")
    assert _sent(providers, 1) == [204]
    [found] = receiver.received("finished")
    assert json.loads(found["body"]) == {"transcript_id": order, "status": "completed"}
    told = http.get(f"/v2/transcript/{order}").json()
    assert (told["webhook_auth"], told["webhook_status_code"]) == (True, 204)


def test_a_webhook_is_repeated_after_5xx_and_not_after_4xx(
    http: httpx.Client, providers: Providers, receiver: Receiver
) -> None:
    providers.settings(webhook_pause_seconds=0.01)
    receiver.answer(503, 500, 404, name="stubborn")
    _with_webhook(http, receiver, "stubborn")
    assert _sent(providers, 3) == [503, 500, 404]
    receiver.answer(*[500] * 12, name="broken")
    _with_webhook(http, receiver, "broken")
    assert _sent(providers, 13) == [503, 500, 404, *[500] * 10]


def test_pages_lead_from_the_newest_to_the_oldest_and_back(http: httpx.Client) -> None:
    url = _upload(http)
    ids = [_order(http, url) for _ in range(25)]
    seen: list[str] = []
    address: str | None = "/v2/transcript?limit=10"
    page: dict[str, Any] = {}
    while address:
        page = http.get(address).json()
        seen += [item["id"] for item in page["transcripts"]]
        address = page["page_details"]["prev_url"]
    assert seen == ids[::-1]
    newer = http.get(page["page_details"]["next_url"]).json()["transcripts"]
    assert [item["id"] for item in newer] == ids[14:4:-1]
    assert len(http.get("/v2/transcript").json()["transcripts"]) == 10
    assert http.get("/v2/transcript?limit=201").status_code == 400


def test_an_order_goes_from_queued_through_processing_to_its_end(http: httpx.Client, providers: Providers) -> None:
    providers.settings(processing_seconds=0.3)
    order = _order(http, _upload(http))
    seen = ["queued"]
    while seen[-1] != "completed":
        status = http.get(f"/v2/transcript/{order}").json()["status"]
        seen += [status] if status != seen[-1] else []
    assert seen in (["queued", "processing", "completed"], ["queued", "completed"])


def test_faults_of_an_order_are_never_done_or_fail(http: httpx.Client, providers: Providers) -> None:
    providers.fault("POST /v2/transcript", "never")
    providers.fault("POST /v2/transcript", "error", message="no spoken audio")
    never, failed = _order(http, _upload(http)), _order(http, _upload(http))
    assert http.get(f"/v2/transcript/{never}").json()["status"] == "processing"
    assert http.get(f"/v2/transcript/{failed}").json()["error"] == "no spoken audio"


def test_what_is_under_way_at_a_reset_is_dropped_and_booked_nowhere(http: httpx.Client, providers: Providers) -> None:
    url = _upload(http)
    providers.fault("POST /v2/transcript", "slow", seconds=600)
    with ThreadPoolExecutor(1) as pool:
        order = pool.submit(_order, http, url)
        while "POST /v2/transcript" not in providers.ledger()["requests"]:
            time.sleep(0.02)
        providers.clear()
        assert isinstance(order.exception(), httpx.TransportError)
    assert providers.ledger()["orders"] == []
    assert providers.ledger()["requests"] == {}


def test_a_fault_is_counted_down_and_cleared(http: httpx.Client, providers: Providers) -> None:
    providers.fault("GET /v2/transcript", "status", times=2, status=503)
    assert [http.get("/v2/transcript").status_code for _ in range(3)] == [503, 503, 200]
    providers.fault("GET /v2/transcript", "status", times=-1, status=500)
    assert [http.get("/v2/transcript").status_code for _ in range(5)] == [500] * 5
    providers.clear_faults()
    assert http.get("/v2/transcript").status_code == 200
    with pytest.raises(httpx.HTTPStatusError):
        providers.fault("GET /v2/transcript", "no-such-kind")


def test_their_behaviour_can_be_reset_without_losing_what_was_asked(http: httpx.Client, providers: Providers) -> None:
    providers.settings(processing_seconds=3600.0)
    providers.fault("GET /v2/transcript", "slow", times=-1, seconds=3600)
    order = _order(http, _upload(http))
    with ThreadPoolExecutor(1) as pool:
        listed = pool.submit(http.get, "/v2/transcript")
        while providers.ledger()["fault_hits"] == 0:
            time.sleep(0.02)
        providers.reset_behaviour()
        assert listed.result(timeout=120).status_code == 200
    assert http.get(f"/v2/transcript/{order}").json()["status"] == "completed"
    assert len(providers.ledger()["orders"]) == 1


def test_a_script_lets_so_many_requests_for_a_finished_transcript_fail(
    http: httpx.Client, providers: Providers
) -> None:
    providers.script(failing_gets=2)
    order = _order(http, _upload(http))
    assert [http.get(f"/v2/transcript/{order}").status_code for _ in range(3)] == [500, 500, 200]
