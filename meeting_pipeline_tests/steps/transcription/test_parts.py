"""Transcription in parts: each part is bought once, whatever dies or fails in between, and all of them become one transcript."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import update

from meeting_pipeline.domain.errors import (
    BadAnswer,
    OperatorError,
    PermanentError,
    ProviderRefused,
    ProviderUnavailable,
)
from meeting_pipeline.domain.recording import Stage
from meeting_pipeline.installation import Installation
from meeting_pipeline.providers.parts import policies as part_policies
from meeting_pipeline.steps.operations.delete import delete_recording
from meeting_pipeline.steps.transcription import parts as buying
from meeting_pipeline.steps.transcription.collect import Waiting, obtain
from meeting_pipeline.steps.transcription.obtained import Obtained
from meeting_pipeline.steps.transcription.parts import BY_VOICE, ESTIMATED
from meeting_pipeline.steps.transcription.placing import options_of
from meeting_pipeline.store import policies
from meeting_pipeline.store.tables import Recording, RunLease, TranscriptionPart
from meeting_pipeline_tests.fakes.control import Providers
from meeting_pipeline_tests.installations import Clock, OpenWith, accepted
from meeting_pipeline_tests.media.files import Sound, write_tracks
from meeting_pipeline_tests.sounds import conversation
from meeting_pipeline_tests.steps.journeys import begun, collected, completed

ROUTE = "POST /v1/audio/transcriptions"
MODEL = "whisper-1"


@pytest.fixture(autouse=True)
def _short_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts of ten seconds: decoding longer ones in each test would take minutes."""
    monkeypatch.setattr(buying, "longest_part_ms", lambda limits: 10_000)
    monkeypatch.setattr(part_policies, "SHORTEST_PART_MS", 2_000)


@pytest.fixture
def bought(open_with: OpenWith, providers: Providers) -> Installation:
    """An installation that buys from a transcription server."""
    return open_with(**environment(providers))


def environment(providers: Providers, **more: str) -> dict[str, str]:
    providers.settings(extra_models=[MODEL])
    return providers.speech_environment(
        OPENAI_TRANSCRIPTION_MODEL=MODEL, OPENAI_TRANSCRIPTION_USD_PER_HOUR="0.36", **more,
    )  # fmt: skip


@pytest.fixture(scope="session")
def long_talk(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """45 seconds of two voices, in five parts."""
    from meeting_pipeline.media.encoding import encoded

    turns: list[tuple[int | None, float]] = []
    for number in range(10):
        turns += [(number % 2, 4.0), (None, 0.5)]
    return encoded(conversation(turns), "mp3")


def recording(installation: Installation, sound: bytes) -> Recording:
    return accepted(installation, "talk.mp3", sound)


def parts(installation: Installation, row: Recording) -> list[TranscriptionPart]:
    order = installation.store.orders.latest(row.key)
    assert order is not None
    return list(installation.store.parts.of(order.id))


def calls(providers: Providers) -> list[str]:
    """The sound of each billed call."""
    return [call["sha256"] for call in providers.ledger()["speech_calls"] if call["billed"]]


def test_a_long_recording_is_bought_in_parts_and_has_its_own_times(
    bought: Installation, providers: Providers, long_talk: bytes
) -> None:
    row = recording(bought, long_talk)
    assert row.stage == Stage.READY, "nothing is ordered beforehand"
    found = collected(bought, row)
    assert isinstance(found, Obtained)
    rows = parts(bought, row)
    assert len(rows) == len(calls(providers)) == len(set(calls(providers))) == 5
    assert (rows[0].start_ms, rows[-1].end_ms) == (0, 45_000)
    segments = found.transcript.segments
    assert len(segments) == sum(max(1, (part.end_ms - part.start_ms) // 5_000) for part in rows)
    for part in rows:
        first = next(one for one in segments if one.start_ms >= part.start_ms)
        assert (first.start_ms, "segment 0 " in first.text) == (part.start_ms, True)
    assert found.cost_usd == pytest.approx(0.36 * 45 / 3600)
    [order] = bought.store.orders.list()
    assert order.state == "collected"
    assert order.cost_usd == pytest.approx(found.cost_usd)
    assert found.transcript.provenance.model == MODEL
    assert bought.store.records.get(row.key).cost_usd == pytest.approx(found.cost_usd)


def test_the_prepared_sound_is_cut_so_that_times_are_those_of_the_file(
    bought: Installation, providers: Providers, tmp_path: Path
) -> None:
    pause = [Sound(), Sound(start_s=30)]
    row = accepted(bought, "pause.webm", write_tracks(tmp_path / "a.webm", pause, codec="libopus").read_bytes())
    assert row.prepared_file is not None
    found = collected(bought, row)
    assert isinstance(found, Obtained)
    rows = parts(bought, row)
    assert len(rows) == len(calls(providers)) == 4
    assert rows[-1].end_ms == pytest.approx(32_000, abs=500), "the pause that the recorder left out is silence"
    assert found.transcript.duration_ms == row.duration_ms


def test_speakers_of_all_parts_are_one_set(bought: Installation, providers: Providers, long_talk: bytes) -> None:
    found = collected(bought, recording(bought, long_talk))
    assert isinstance(found, Obtained)
    assert set(found.transcript.speakers) <= {"A", "B", "C", "D"}
    assert found.transcript.provenance.note == ""


@pytest.mark.parametrize(
    ("formats", "notes", "voices"),
    # With times the server's only segment of each part lies in the first voice; without, its text is spread over both.
    [(["verbose_json", "json"], [BY_VOICE], 1), (["json"], [BY_VOICE, ESTIMATED], 2)],
)
def test_without_speakers_from_the_server_voices_are_told_apart_here(
    bought: Installation, providers: Providers, long_talk: bytes, formats: list[str], notes: list[str], voices: int
) -> None:
    providers.settings(speech={"formats": formats})
    found = collected(bought, recording(bought, long_talk))
    assert isinstance(found, Obtained)
    assert len(found.transcript.speakers) == voices
    assert found.transcript.provenance.note == " ".join(notes)
    said = " ".join(one.text for one in found.transcript.segments).split()
    assert len(said) == 6 * sum(
        max(1, (part.end_ms - part.start_ms) // 5_000) for part in parts(bought, recording_of(bought))
    )


def recording_of(installation: Installation) -> Recording:
    [key] = {order.recording_key for order in installation.store.orders.list()}
    return installation.store.recordings.get(key)


def test_what_a_server_takes_is_remembered(bought: Installation, providers: Providers, long_talk: bytes) -> None:
    providers.settings(speech={"formats": ["json"]})
    collected(bought, recording(bought, long_talk))
    asked = [call["fields"]["response_format"] for call in providers.ledger()["speech_calls"]]
    assert asked == ["diarized_json", "verbose_json", "verbose_json", *["json"] * 5]


def test_a_person_who_asks_again_buys_nothing_and_another_model_is_another_order(
    bought: Installation, providers: Providers, long_talk: bytes, open_with: OpenWith
) -> None:
    row = recording(bought, long_talk)
    collected(bought, row)
    completed(bought, row)
    again = collected(bought, row, "run-2", requested_by_user=True)
    assert isinstance(again, Obtained)
    assert (again.reused, again.cost_usd, len(calls(providers))) == (True, 0.0, 5)
    completed(bought, row, "run-2")
    providers.settings(extra_models=["whisper-2"])
    other = open_with(**{**environment(providers), "OPENAI_TRANSCRIPTION_MODEL": "whisper-2"})
    assert isinstance(collected(other, row, "run-3", requested_by_user=True), Obtained)
    assert len(calls(providers)) == 10


@pytest.mark.parametrize("kind", ["reset", "apply_then_reset", "status"])
def test_after_a_failure_only_what_is_missing_is_bought(
    bought: Installation, providers: Providers, long_talk: bytes, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = recording(bought, long_talk)
    on_call(monkeypatch, 3, lambda: providers.fault(ROUTE, kind, status=500))
    with pytest.raises(ProviderUnavailable) as caught:
        collected(bought, row)
    assert [part.state for part in parts(bought, row)] == ["answered", "answered", "planned", "planned", "planned"]
    lost = int(kind != "status")
    assert [part.lost_calls for part in parts(bought, row)] == [0, 0, lost, 0, 0]
    bought.store.lifecycle.collect_later(row.key, "run-1", caught.value)
    assert isinstance(obtain(bought, row.key, retaken(bought, row), requested_by_user=True), Obtained)
    billed = calls(providers)
    assert len(billed) == 5 + (kind == "apply_then_reset"), "a lost answer may be bought twice, and nothing else"
    assert len(set(billed)) == 5


def on_call(monkeypatch: pytest.MonkeyPatch, number: int, do: object) -> None:
    """Do something right before this call."""
    from meeting_pipeline.providers.openai_speech.server import Server

    count = [0]
    original = Server.transcribe

    def counted(self: Server, *given: object) -> object:
        count[0] += 1
        if count[0] == number:
            do()  # type: ignore[operator]
        return original(self, *given)  # type: ignore[arg-type]

    monkeypatch.setattr(Server, "transcribe", counted)


def retaken(installation: Installation, row: Recording, run_id: str = "run-2") -> str:
    """End the first run, and begin another."""
    installation.store.leases.end("run-1")
    return begun(installation, row, run_id)


KILLED = """
import os, signal, sys
from meeting_pipeline.installation import open_installation
from meeting_pipeline.providers.openai_speech.server import Server
from meeting_pipeline.settings import load_settings
from meeting_pipeline.steps.transcription import parts
from meeting_pipeline.steps.transcription.collect import obtain

count, original = [0], Server.transcribe

def killed(self, *given):
    count[0] += 1
    answer = original(self, *given)
    if count[0] == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return answer

Server.transcribe = killed
parts.longest_part_ms = lambda limits: 10_000
installation = open_installation(load_settings(dict(os.environ)))
key, run_id = sys.argv[1:]
installation.store.lifecycle.begin(key, run_id, collecting=True)
obtain(installation, key, run_id, requested_by_user=False)
"""


@pytest.mark.processes
def test_a_run_that_is_killed_in_the_middle_of_part_three_of_five_buys_the_first_two_once(
    bought: Installation, providers: Providers, long_talk: bytes, clock: Clock
) -> None:
    row = recording(bought, long_talk)
    bought.store.lifecycle.request_runs(50)
    given = {**os.environ, **environment(providers), "MEETING_PIPELINE_HOME": str(bought.settings.home)}
    died = subprocess.run([sys.executable, "-c", KILLED, row.key, "run-1"], env=given, check=False)
    assert died.returncode == -signal.SIGKILL
    assert [part.state for part in parts(bought, row)] == ["answered", "answered", "asking", "planned", "planned"]
    clock.advance(120)  # its claim ends
    with bought.store.database.write() as session:
        session.execute(update(RunLease).values(state="lost"))
    bought.store.recovery.requeue(row.key, None)
    clock.advance(600)
    found = collected(bought, row, "run-2")
    assert isinstance(found, Obtained)
    billed = calls(providers)
    assert (len(billed), len(set(billed))) == (6, 5), "only the part that was being answered is bought twice"
    assert [part.lost_calls for part in parts(bought, row)] == [0, 0, 1, 0, 0]
    assert [part.recording_key for part in bought.store.parts.perhaps_billed()] == [row.key]


def test_a_part_whose_answers_are_always_lost_is_bought_a_bounded_number_of_times(
    bought: Installation, providers: Providers, long_talk: bytes
) -> None:
    row = recording(bought, long_talk)
    providers.fault(ROUTE, "apply_then_reset", times=-1)
    run = begun(bought, row)
    for _ in range(policies.PART_LOST_CALLS):
        with pytest.raises(ProviderUnavailable):
            obtain(bought, row.key, run, requested_by_user=False)
    with pytest.raises(ProviderRefused) as caught:
        obtain(bought, row.key, run, requested_by_user=False)
    assert caught.value.code == "answers_lost"
    assert len(calls(providers)) == policies.PART_LOST_CALLS
    providers.clear_faults()
    assert isinstance(obtain(bought, row.key, run, requested_by_user=True), Obtained), "a person may ask again"


def test_an_answer_that_is_none_is_billed_and_bought_anew(
    bought: Installation, providers: Providers, long_talk: bytes
) -> None:
    row = recording(bought, long_talk)
    run = begun(bought, row)
    providers.settings(speech={"raw": {"text": None}})
    with pytest.raises(BadAnswer):
        obtain(bought, row.key, run, requested_by_user=False)
    providers.settings(speech={})
    found = obtain(bought, row.key, run, requested_by_user=False)
    assert isinstance(found, Obtained)
    [order] = bought.store.orders.list()
    assert len(calls(providers)) == 6
    assert order.cost_usd > 0.36 * 45 / 3600


def test_a_server_with_a_lower_limit_gets_smaller_parts(
    bought: Installation, providers: Providers, long_talk: bytes
) -> None:
    providers.settings(speech={"max_seconds": 5.5})
    row = recording(bought, long_talk)
    found = collected(bought, row)
    assert isinstance(found, Obtained)
    rows = parts(bought, row)
    assert all(part.end_ms - part.start_ms <= 5_500 for part in rows)
    assert [part.end_ms for part in rows[:-1]] == [part.start_ms for part in rows[1:]]
    refused = [call for call in providers.ledger()["speech_calls"] if not call["billed"]]
    assert len(refused) <= 2
    assert len(set(calls(providers))) == len(rows)


def test_a_server_that_takes_nothing_fails_the_recording_once(
    bought: Installation, providers: Providers, long_talk: bytes
) -> None:
    providers.settings(speech={"max_bytes": 100})
    row = recording(bought, long_talk)
    with pytest.raises(ProviderRefused) as caught:
        collected(bought, row)
    assert caught.value.code == "beyond_provider_limit"
    assert len(providers.ledger()["speech_calls"]) < 10


def test_progress_makes_attempts_start_over(
    bought: Installation, providers: Providers, long_talk: bytes, monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    row = recording(bought, long_talk)
    for run in ("run-1", "run-2", "run-3", "run-4"):
        monkeypatch.undo()
        monkeypatch.setattr(buying, "longest_part_ms", lambda limits: 10_000)
        on_call(monkeypatch, 2, lambda: providers.fault(ROUTE, "status", status=500))
        with pytest.raises(ProviderUnavailable) as caught:
            collected(bought, row, run)
        bought.store.lifecycle.collect_later(row.key, run, caught.value)
        bought.store.leases.end(run)
        assert bought.store.recordings.get(row.key).attempts <= 1
        clock.advance(3600)
    assert isinstance(collected(bought, row, "run-5"), Obtained)


def test_another_run_that_is_buying_it_is_waited_for(
    bought: Installation, providers: Providers, long_talk: bytes
) -> None:
    row = recording(bought, long_talk)
    run = begun(bought, row)
    provider = bought.speech.choose(has_transcript=False)
    order = bought.store.orders.open(row.key, options_of(provider, row))
    assert bought.store.orders.claim(order.id, "another") is not None
    assert isinstance(obtain(bought, row.key, run, requested_by_user=True), Waiting)
    assert calls(providers) == []


def test_a_refused_key_waits_for_the_operator(bought: Installation, providers: Providers, long_talk: bytes) -> None:
    row = recording(bought, long_talk)
    providers.settings(openai_key="another")
    with pytest.raises(OperatorError) as caught:
        collected(bought, row)
    assert (caught.value.code, caught.value.outage) == ("openai_key_refused", True)
    assert bought.store.lifecycle.collect_later(row.key, "run-1", caught.value) is not None
    bought.store.leases.end("run-1")
    outages = bought.store.outages.open()
    assert [outage.provider for outage in outages] == ["openai"]
    assert bought.store.lifecycle.request_runs(50, outages) == [], "it would only meet the same again"


def test_a_recording_that_is_deleted_takes_its_parts_along(
    bought: Installation, providers: Providers, long_talk: bytes
) -> None:
    row = recording(bought, long_talk)
    collected(bought, row)
    completed(bought, row)
    [order] = bought.store.orders.list()
    delete_recording(bought, row.key, deleted_by="test")
    assert bought.store.parts.of(order.id) == []


def test_a_recording_whose_stored_copy_is_gone_buys_nothing(
    bought: Installation, providers: Providers, long_talk: bytes
) -> None:
    row = recording(bought, long_talk)
    (bought.settings.recordings / "another").mkdir()
    ((bought.settings.recordings / "another") / "kept").touch()
    for path in (bought.settings.recordings / row.key).iterdir():
        path.unlink()
    with pytest.raises(PermanentError) as caught:
        collected(bought, row)
    assert (caught.value.code, calls(providers)) == ("no_content", [])
