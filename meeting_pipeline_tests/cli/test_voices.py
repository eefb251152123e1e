"""`voices` shows, makes, measures and forgets voices; `people suggest` tells who sounds alike."""

import json
from pathlib import Path

import pytest

from meeting_pipeline.installation import Installation
from meeting_pipeline.providers import speaker_voices
from meeting_pipeline_tests.cli.conftest import Run
from meeting_pipeline_tests.fakes.voice_engine import ToneEngine
from meeting_pipeline_tests.steps.voices.talks import talk


@pytest.fixture(autouse=True)
def made(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speaker_voices, "_engine", lambda _: ToneEngine())
    talk(installation, 1, "Anna", "Ben")
    talk(installation, 2, "Quixley", None)


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "voices.onnx"
    path.write_bytes(b"a model")
    return path


def test_it_is_off_until_a_model_is_set(run: Run) -> None:
    assert run("voices", "status").stdout == "Off: MEETING_PIPELINE_VOICES_MODEL is not set.\n"
    off = json.loads(run("voices", "status", "--json").stdout)
    assert (off["state"], off["model"]) == ("off", None)
    assert "It is off" in run("voices", "make").stderr
    assert run("people", "suggest").stdout == "None.\n"
    assert run("voices", "speakers").stdout == "None.\n"
    assert run("voices", "forget", "--yes").stdout == "0 voices are deleted.\n"


def test_voices_are_made_suggested_and_forgotten(run: Run, model: Path) -> None:
    on = {"MEETING_PIPELINE_VOICES_MODEL": str(model)}
    assert "2 recordings are waiting" in run("voices", "status", **on).stdout
    assert run("voices", "make", **on).stdout == "4 voices of 2 recordings; 0 failed.\n"
    assert "nothing is suggested" in run("voices", "status", **on).stdout
    assert json.loads(run("voices", "status", "--json", **on).stdout)["state"] == "no_threshold"
    assert run("people", "suggest", **on).stdout == "None.\n"
    said = run("voices", "measure", **on).stdout
    assert "Too few pairs to propose a threshold" in said
    assert json.loads(run("voices", "measure", "--json", **on).stdout)["proposed"] is None
    on["MEETING_PIPELINE_VOICES_THRESHOLD"] = "0.8"
    assert "alike by 0.80 or more" in run("voices", "status", **on).stdout
    assert json.loads(run("voices", "status", "--json", **on).stdout)["state"] == "on"
    said = run("people", "suggest", **on).stdout
    assert "voice; sounds like (1.00)" in said
    assert "speaker B sounds like Ben (1.00)" in said
    [pair] = json.loads(run("people", "suggest", "--json", **on).stdout)
    assert (pair["reason"], pair["similarity"]) == ("voice", 1.0)
    [speaker] = json.loads(run("voices", "speakers", "--json", **on).stdout)
    assert (speaker["label"], speaker["name"]) == ("B", "Ben")
    assert "Ben" in run("voices", "speakers", **on).stdout
    assert json.loads(run("voices", "status", "--json", **on).stdout)["voices"] == 4
    gone = run("voices", "forget", "--yes", **on)
    assert gone.stdout == "4 voices are deleted.\n"
    assert "still set" in gone.stderr
    assert run("people", "suggest", **on).stdout == "None.\n"


def test_a_model_that_cannot_be_read_is_told(run: Run, model: Path) -> None:
    model.unlink()
    on = {"MEETING_PIPELINE_VOICES_MODEL": str(model)}
    assert "cannot be read" in run("voices", "status", **on).stdout
    assert json.loads(run("voices", "status", "--json", **on).stdout)["state"] == "model_unreadable", "it is not off"
    assert "voices_model_unusable" in run("voices", "make", **on).stderr


def test_the_voices_of_one_person_are_forgotten(run: Run, model: Path) -> None:
    on = {"MEETING_PIPELINE_VOICES_MODEL": str(model)}
    run("voices", "make", **on)
    assert run("voices", "forget", "--person", "Anna", "--yes", **on).stdout == "1 voices are deleted.\n"
    assert "Nobody is called" in run("voices", "forget", "--person", "Zoe", "--yes", **on).stderr
    assert json.loads(run("voices", "status", "--json", **on).stdout)["voices"] == 3
    run("voices", "make", "--again", **on)
    assert json.loads(run("voices", "status", "--json", **on).stdout)["voices"] == 3, "it was refused"
    assert run("voices", "allow", "--person", "Anna", **on).stdout == "Voices are made again.\n"
    assert run("voices", "allow", "--person", "Anna", **on).stdout == "They were not refused.\n"
    run("voices", "make", **on)
    assert json.loads(run("voices", "status", "--json", **on).stdout)["voices"] == 4
