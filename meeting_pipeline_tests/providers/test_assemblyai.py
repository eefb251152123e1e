"""The AssemblyAI adapter without errors, over the real SDK and real HTTP."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from meeting_pipeline.domain.transcript import Transcript
from meeting_pipeline.providers import policies
from meeting_pipeline.providers.ports import Pending, Ready, Rejected, SpeechToText, Unknown
from meeting_pipeline_tests.fakes.control import Providers
from meeting_pipeline_tests.providers.assemblyai_setup import (
    CREATE,
    LIST,
    LONG_AGO,
    MODELS,
    adapter,
    ordered,
    recording,
)


def test_an_upload_is_ordered_once_and_collected(providers: Providers, tmp_path: Path) -> None:
    speech: SpeechToText = adapter(providers)
    audio = recording(tmp_path, b"x" * 300_000)
    options = speech.options(language=None, keyterms=("Zephyr",), speakers_expected=3)
    order_id = speech.order(speech.upload(audio), options)
    transcript = speech.collect(order_id, audio, options)

    assert isinstance(transcript, Transcript)
    assert transcript.speakers == ("A", "B", "C")
    assert [segment.index for segment in transcript.segments] == list(range(12))
    assert "We agreed to meet again next week" in transcript.segments[-1].text
    assert transcript.segments[0].end_ms <= transcript.segments[1].start_ms
    assert (transcript.language, transcript.provenance.provider) == ("en_us", "assemblyai")
    assert transcript.provenance.model == MODELS[0]
    assert not transcript.provenance.draft
    ledger = providers.ledger()
    (upload,) = ledger["uploads"]
    assert (upload["bytes"], upload["chunked"]) == (300_000, False)
    assert upload["sha256"] == sha256(b"x" * 300_000).hexdigest()
    (order,) = ledger["orders"]
    assert order["config"] == {
        "speaker_labels": True,
        "language_detection": True,
        "speech_models": list(MODELS),
        "keyterms_prompt": ["Zephyr"],
        "speakers_expected": 3,
    }


def test_a_given_language_turns_detection_off(providers: Providers, tmp_path: Path) -> None:
    speech = adapter(providers)
    url = speech.upload(recording(tmp_path))
    speech.order(url, speech.options(language="de", keyterms=(), speakers_expected=None))
    (order,) = providers.ledger()["orders"]
    assert order["config"] == {"speaker_labels": True, "language_code": "de", "speech_models": list(MODELS)}


def test_one_speaker_per_channel_needs_no_telling_apart(providers: Providers, tmp_path: Path) -> None:
    speech = adapter(providers)
    url = speech.upload(recording(tmp_path))
    options = speech.options(language=None, keyterms=(), speakers_expected=2)
    speech.order(url, options.model_copy(update={"multichannel": True}))
    (order,) = providers.ledger()["orders"]
    assert order["config"]["multichannel"] is True
    assert not order["config"].get("speaker_labels")
    assert "speakers_expected" not in order["config"]


def test_an_order_in_work_is_pending_and_then_ready(providers: Providers, tmp_path: Path) -> None:
    providers.script(processing_seconds=600)
    speech, audio = adapter(providers), recording(tmp_path)
    order_id = ordered(speech, audio)
    options = speech.options(language=None, keyterms=(), speakers_expected=None)
    assert speech.poll([order_id]) == {order_id: Pending("queued")}
    assert speech.collect(order_id, audio, options) == Pending("queued")
    other = ordered(speech, recording(tmp_path, b"other audio"))
    assert speech.poll([order_id, other]) == {order_id: Pending("queued"), other: Ready()}


def test_an_order_whose_answer_was_lost_is_found_again(providers: Providers, tmp_path: Path) -> None:
    speech, audio = adapter(providers), recording(tmp_path)
    url = speech.upload(audio)
    options = speech.options(language=None, keyterms=(), speakers_expected=None)
    assert speech.find_order(url, LONG_AGO) is None
    providers.fault(CREATE, "apply_then_reset")
    with pytest.raises(Exception, match="provider_unreachable"):
        speech.order(url, options)
    (order,) = providers.ledger()["orders"]
    assert speech.find_order(url, LONG_AGO) == order["id"]
    assert speech.find_order(url + "0", LONG_AGO) is None


def test_an_order_is_found_however_many_came_after_it(
    providers: Providers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(policies, "LIST_PAGE", 2)
    monkeypatch.setattr(policies, "LIST_PAGES", 1)
    begun = datetime.now(UTC)
    speech, audio = adapter(providers), recording(tmp_path)
    url = speech.upload(audio)
    wanted = speech.order(url, speech.options(language=None, keyterms=(), speakers_expected=None))
    for _ in range(5):
        ordered(speech, audio)
    assert speech.find_order(url, begun) == wanted
    assert {order.id for order in speech.list_orders(begun).orders} >= {wanted}


def test_what_was_placed_long_before_is_not_paged_through(
    providers: Providers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(policies, "LIST_PAGE", 2)
    speech, audio = adapter(providers), recording(tmp_path)
    for _ in range(5):
        ordered(speech, audio)
    later = datetime.now(UTC) + timedelta(seconds=policies.PROVIDER_CLOCK_SECONDS + 60)
    assert speech.find_order("http://127.0.0.1/upload/none", later) is None
    assert providers.ledger()["requests"][LIST] == 1
    assert speech.list_orders(later).orders == ()
    assert speech.find_order("http://127.0.0.1/upload/none", LONG_AGO) is None
    assert providers.ledger()["requests"][LIST] == 5


def test_a_list_says_what_each_order_is(providers: Providers, tmp_path: Path) -> None:
    speech, audio = adapter(providers), recording(tmp_path)
    good = ordered(speech, audio)
    providers.fault(CREATE, "error")
    bad = ordered(speech, audio)
    found = speech.list_orders(LONG_AGO)
    assert found.complete
    assert [(order.id, order.status, order.failed) for order in found.orders] == [
        (bad, "error", True),
        (good, "completed", False),
    ]
    assert all(order.created_at is not None and order.created_at.tzinfo is UTC for order in found.orders)


def test_a_list_that_takes_too_long_says_that_it_is_not_complete(
    providers: Providers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(policies, "LIST_PAGE", 1)
    speech = adapter(providers, look_seconds=0.0)
    ids = [ordered(speech, recording(tmp_path)) for _ in range(3)]
    found = speech.list_orders(LONG_AGO)
    assert not found.complete
    assert [order.id for order in found.orders] == ids[-1:]


def test_450_orders_in_flight_take_three_list_requests_and_no_other(providers: Providers, tmp_path: Path) -> None:
    providers.settings(processing_seconds=600)
    speech = adapter(providers)
    url = speech.upload(recording(tmp_path))
    options = speech.options(language=None, keyterms=(), speakers_expected=None)
    with ThreadPoolExecutor(4) as pool:
        ids = list(pool.map(lambda _: speech.order(url, options), range(450)))
    assert len(set(ids)) == 450
    before = providers.ledger()["requests"]
    assert set(speech.poll(ids)) == set(ids)
    after = providers.ledger()["requests"]
    assert after[LIST] - before.get(LIST, 0) == 3
    assert {key: after[key] for key in after if key != LIST} == {key: before[key] for key in before if key != LIST}


def test_what_the_list_does_not_show_is_looked_up_singly_and_the_unknown_is_told(
    providers: Providers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(policies, "LIST_PAGE", 2)
    monkeypatch.setattr(policies, "LIST_PAGES", 1)
    speech = adapter(providers)
    ids = [ordered(speech, recording(tmp_path)) for _ in range(4)]
    assert speech.poll([*ids, "no-such-order"]) == {**dict.fromkeys(ids, Ready()), "no-such-order": Unknown()}
    assert providers.ledger()["requests"]["GET /v2/transcript/{id}"] == 2
    assert speech.poll([]) == {}


def test_single_looks_are_bounded(providers: Providers) -> None:
    found = adapter(providers).poll([f"gone{n}" for n in range(100)])
    assert list(found.values()) == [Unknown()] * policies.SINGLE_LOOKS
    asked = [key for key in providers.ledger()["requests"] if key.startswith("GET /v2/transcript/")]
    assert len(asked) == policies.SINGLE_LOOKS


def test_a_forgotten_order_has_no_text_left(providers: Providers, tmp_path: Path) -> None:
    speech, audio = adapter(providers), recording(tmp_path)
    order_id = ordered(speech, audio)
    speech.forget(order_id)
    assert providers.ledger()["deletions"] == [order_id]
    found = speech.collect(order_id, audio, speech.options(language=None, keyterms=(), speakers_expected=None))
    assert isinstance(found, Rejected)
    assert found.code == "deleted_at_provider"


def test_check_is_one_list_request(providers: Providers) -> None:
    assert providers.assemblyai_url in adapter(providers).check()
    assert providers.ledger()["requests"] == {LIST: 1}


def test_silence_is_a_transcript_without_segments(providers: Providers, tmp_path: Path) -> None:
    providers.script(text="")
    speech, audio = adapter(providers), recording(tmp_path)
    found = speech.collect(
        ordered(speech, audio), audio, speech.options(language=None, keyterms=(), speakers_expected=None)
    )
    assert isinstance(found, Transcript)
    assert found.segments == ()


def test_without_utterances_there_is_one_speaker_and_one_segment_a_sentence(
    providers: Providers, tmp_path: Path
) -> None:
    providers.script(text="We met. Did we agree? Yes")
    speech, audio = adapter(providers), recording(tmp_path)
    found = speech.collect(
        ordered(speech, audio), audio, speech.options(language=None, keyterms=(), speakers_expected=None)
    )
    assert isinstance(found, Transcript)
    assert [(s.speaker, s.text, s.start_ms) for s in found.segments] == [
        ("A", "We met.", 0),
        ("A", "Did we agree?", 700),
        ("A", "Yes", 1750),
    ]


FORKED = """
import os, sys
from meeting_pipeline.providers.assemblyai import AssemblyAI
speech = AssemblyAI(api_key=sys.argv[1], base_url=sys.argv[2], speech_models=("universal-2",))
speech.check()
child = os.fork()
kept = len(speech._connections._idle)
assert kept == (1 if child else 0), kept
for _ in range(20):
    speech.check()
if child:
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


def test_a_forked_worker_opens_connections_of_its_own(providers: Providers) -> None:
    words = [sys.executable, "-c", FORKED, providers.assemblyai_key, providers.assemblyai_url]
    done = subprocess.run(words, capture_output=True, text=True, timeout=300, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert providers.ledger()["requests"] == {LIST: 41}


def test_a_proxy_in_the_environment_does_not_get_loopback_traffic(
    providers: Providers, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    assert adapter(providers).check()


def test_the_environment_of_the_sdk_changes_nothing(providers: Providers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSEMBLYAI_API_KEY", "another-key")
    monkeypatch.setenv("ASSEMBLYAI_BASE_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("ASSEMBLYAI_HTTP_TIMEOUT", "0.000001")
    assert adapter(providers).check()
