"""Voices are made of what each speaker says, once, and what cannot be heard stops nothing."""

import dataclasses
import errno
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from meeting_pipeline.domain.errors import STORED_ELSEWHERE, OperatorError, StoreUnavailable, TransientError
from meeting_pipeline.installation import Installation
from meeting_pipeline.providers import speaker_voices
from meeting_pipeline.steps.transcription.local import ask_sandbox
from meeting_pipeline.steps.voices import asking, making
from meeting_pipeline.steps.voices.asking import SandboxedModel
from meeting_pipeline.steps.voices.making import VoicesRound, has_work, make_voices, model_of
from meeting_pipeline.steps.voices.measuring import measure
from meeting_pipeline.steps.voices.suggesting import suggested_people
from meeting_pipeline.store.people.voices import Voices, VoiceWork
from meeting_pipeline.store.search.vectors import unpacked
from meeting_pipeline.store.tables import Recording
from meeting_pipeline_tests.fakes.voice_engine import ToneEngine
from meeting_pipeline_tests.installations import OpenWith
from meeting_pipeline_tests.steps.voices.talks import HIGH, LOW, MIDDLE, OTHER, as_wav, sound, talk


def made(installation: Installation) -> VoicesRound:
    model = model_of(installation)
    assert model is not None
    return make_voices(installation, model)


def test_voices_are_made_once_and_tell_people_apart(opened: Installation) -> None:
    talk(opened, 1, "Anna", "Ben", (LOW, HIGH))
    talk(opened, 2, "Quixley", None, (LOW, HIGH))
    talk(opened, 3, "Carl", "Dora", (MIDDLE, OTHER))
    assert has_work(opened)
    assert made(opened) == VoicesRound(recordings=3, voices=6)
    assert not has_work(opened)
    assert made(opened) == VoicesRound()
    found = suggested_people(opened, 10)
    assert [{found.names[one.one], found.names[one.other]} for one in found.pairs] == [{"Anna", "Quixley"}]
    assert [(one.label, found.names[one.person_id]) for one in found.speakers] == [("B", "Ben")]


def test_nothing_is_made_or_suggested_unless_somebody_turned_it_on(open_with: OpenWith) -> None:
    installation = open_with()
    talk(installation, 1, "Anna", "Ben")
    assert model_of(installation) is None
    assert not has_work(installation)
    assert suggested_people(installation, 10).pairs == []


def test_without_a_threshold_nothing_is_suggested(opened: Installation, open_with: OpenWith) -> None:
    talk(opened, 1, "Anna", "Ben")
    talk(opened, 2, "Quixley", "Ben")
    made(opened)
    assert len(suggested_people(opened, 10).pairs) == 1
    other = open_with(MEETING_PIPELINE_VOICES_MODEL=str(opened.settings.voices_model))
    assert suggested_people(other, 10).pairs == []


def test_another_model_makes_all_voices_anew(opened: Installation) -> None:
    talk(opened, 1, "Anna", "Ben")
    made(opened)
    path = opened.settings.voices_model
    assert path is not None
    path.write_bytes(b"another model")
    assert made(opened).recordings == 1
    model = model_of(opened)
    assert model is not None
    assert opened.store.voices.progress(model.id).voices == 2


def test_silence_gives_no_voice_and_is_not_tried_again(opened: Installation) -> None:
    talk(opened, 1, "Anna", "Ben", (0.0, HIGH))
    assert made(opened) == VoicesRound(recordings=1, voices=1)
    assert not has_work(opened)


@pytest.mark.parametrize(
    "content",
    [b"", b"RIFF", sound(LOW)[:200], as_wav(np.zeros(3_200)), sound(LOW)[:-1]],
    ids=["empty", "a stub", "cut off", "0.2 s", "shorter than its transcript"],
)
def test_sound_that_lacks_what_the_transcript_says_stops_nothing(opened: Installation, content: bytes) -> None:
    broken = talk(opened, 1, "Anna", "Ben", content=content)
    good = talk(opened, 2, "Carl", "Dora", (LOW, HIGH))
    done = made(opened)
    assert done.recordings + done.failed == 2
    model = model_of(opened)
    assert model is not None
    heard = {one.recording for one in opened.store.voices.all(model.id)}
    assert good in heard
    assert len([one for one in opened.store.voices.all(model.id) if one.recording == broken]) <= 1
    assert not has_work(opened)


def test_noise_gives_a_voice_of_length_one(opened: Installation) -> None:
    noise = np.random.default_rng(0).uniform(-1, 1, 16_000 * 20)
    talk(opened, 1, "Anna", "Ben", content=as_wav(noise))
    assert made(opened).voices == 2
    model = model_of(opened)
    assert model is not None
    vectors = unpacked([one.vector for one in opened.store.voices.all(model.id)])
    assert np.linalg.norm(vectors, axis=1) == pytest.approx([1, 1], abs=1e-5)


def test_a_missing_file_is_noted_and_tried_again_when_somebody_says_so(opened: Installation) -> None:
    key = talk(opened, 1, "Anna", "Ben")
    opened.folder.identified()  # as when a file is stored: the folder is there, and the file is not
    opened.folder.path(key, "original.wav").unlink()
    assert made(opened) == VoicesRound(failed=1)
    assert not has_work(opened)
    path = opened.folder.path(key, "original.wav")
    path.write_bytes(sound(LOW, HIGH))
    opened.store.voices.try_again()
    assert made(opened) == VoicesRound(recordings=1, voices=2)


def test_a_folder_that_is_not_mounted_is_not_blamed_on_recordings(opened: Installation) -> None:
    talk(opened, 1, "Anna", "Ben")
    folder = opened.settings.recordings
    away = folder.with_name("away")
    folder.rename(away)
    with pytest.raises(StoreUnavailable) as raised:
        made(opened)
    assert raised.value.code == "disk_error"
    assert not folder.exists(), "nothing is written where the disk should be"
    away.rename(folder)
    assert made(opened) == VoicesRound(recordings=1, voices=2)


def test_a_recording_on_another_machine_waits_and_is_not_opened(
    opened: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere, here = talk(opened, 2, "Carl", "Dora"), talk(opened, 1, "Anna", "Ben")

    def on_another_machine(_: Installation, row: Recording) -> OperatorError | None:
        return OperatorError(STORED_ELSEWHERE, "", "") if row.key == elsewhere else None

    monkeypatch.setattr(making, "stored_elsewhere", on_another_machine)
    asked: list[str] = []
    before = Voices.open

    def note(self: Voices, key: str, model: str) -> VoiceWork | None:
        asked.append(key)
        return before(self, key, model)

    monkeypatch.setattr(Voices, "open", note)
    assert made(opened) == VoicesRound(recordings=1, voices=2)
    assert asked == [here]
    assert has_work(opened)


@pytest.mark.parametrize(
    "error",
    [TransientError("transcription_crashed", "It was killed."), OSError(errno.EACCES, "not allowed")],
    ids=["out of memory", "a file of the machine"],
)
def test_what_the_machine_did_is_not_blamed_on_recordings(
    opened: Installation, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    talk(opened, 1, "Anna", "Ben")

    def fail(*_: object) -> dict[str, list[float]]:
        raise error

    with monkeypatch.context() as broken:
        broken.setattr(SandboxedModel, "voices", fail)
        assert made(opened) == VoicesRound()
    assert made(opened) == VoicesRound(recordings=1, voices=2)


def test_an_answer_that_is_no_voice_is_noted_for_its_recording_alone(
    opened: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, good = talk(opened, 2, "Carl", "Dora"), talk(opened, 1, "Anna", "Ben")
    before = ask_sandbox

    def answer(name: str, given: dict[str, Any], *rest: Any) -> dict[str, Any]:
        found = before(name, given, *rest)
        return {"voices": {"A": [0.5, 0.5]}} if broken in str(given.get("media")) else found

    monkeypatch.setattr(asking, "ask_sandbox", answer)
    assert made(opened) == VoicesRound(recordings=1, voices=2, failed=1)
    model = model_of(opened)
    assert model is not None
    assert {one.recording for one in opened.store.voices.all(model.id)} == {good}


def test_each_recording_that_waits_is_looked_for_once_in_a_round(
    opened: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(1, 6):
        talk(opened, number, "Anna", "Ben", content=b"")
    monkeypatch.setattr(making, "stored_elsewhere", lambda *_: OperatorError(STORED_ELSEWHERE, "", ""))
    listed: list[int] = []
    before = Voices.lacking

    def lacking(self: Voices, *given: Any) -> list[str]:
        found = before(self, *given)
        listed.append(len(found))
        return found

    monkeypatch.setattr(Voices, "lacking", lacking)
    made(opened)
    assert listed == [1, 1, 1, 1, 1, 0]


def test_a_model_that_cannot_be_used_is_not_blamed_on_recordings(
    opened: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    talk(opened, 1, "Anna", "Ben")
    monkeypatch.setattr(speaker_voices, "_engine", lambda _: ToneEngine(broken=True))
    with pytest.raises(OperatorError) as raised:
        made(opened)
    assert raised.value.code == "voices_model_unusable"
    assert has_work(opened)


def test_a_model_that_is_not_there_turns_it_off(opened: Installation) -> None:
    path = opened.settings.voices_model
    assert path is not None
    path.unlink()
    assert model_of(opened) is None
    assert not has_work(opened)


def test_the_original_is_not_changed_and_no_copy_is_left(opened: Installation) -> None:
    key = talk(opened, 1, "Anna", "Ben")
    before = {path: path.read_bytes() for path in opened.folder.path(key, "original.wav").parent.rglob("*")}
    made(opened)
    assert {path: path.read_bytes() for path in before} == before
    staged = [path for path in Path(opened.settings.recordings).rglob("*") if path.is_file() and path not in before]
    assert staged == []


def test_measuring_compares_named_people_over_meetings(opened: Installation) -> None:
    assert model_of(opened) is not None
    model = model_of(opened)
    assert model is not None
    assert measure(opened, model.id) == (0, 0)
    for number in range(1, 8):
        talk(opened, number, "Anna", "Ben")
    made(opened)
    found = measure(opened, model.id)
    assert dataclasses.is_dataclass(found)
    assert not isinstance(found, tuple)
    assert (found.same, found.different) == (2 * 21, 49)
    assert found.equal_error == 0
    assert found.best is None, "49 pairs of two people are too few"
