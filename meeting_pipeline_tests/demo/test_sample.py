"""The sample files match their README."""

import json

import pytest

from meeting_pipeline.demo.sample import render
from meeting_pipeline.domain.errors import IntakeRefused
from meeting_pipeline.media.inspection import inspect_media
from meeting_pipeline.providers.imported.reading import read_transcript


def test_the_spoken_sample_is_small_and_of_the_announced_length() -> None:
    path = render.HERE / "meeting.webm"
    assert path.stat().st_size < 700_000
    assert 60_000 < inspect_media(path).duration_ms < 100_000


def test_the_script_names_a_voice_for_each_speaker() -> None:
    script = json.loads((render.HERE / "meeting.json").read_text(encoding="utf-8"))
    assert {turn["speaker"] for turn in script["turns"]} == set(script["speakers"])
    spoken = " ".join(turn["text"].lower() for turn in script["turns"])
    assert all(item["task"] in spoken and item["due_words"] in spoken for item in script["expected"]["action_items"])


def test_the_export_is_read_as_one_of_zoom() -> None:
    transcript = read_transcript(render.HERE / "review.vtt")
    assert transcript.provenance.model == "zoom-vtt"
    assert set(transcript.speaker_names.values()) == {"Priya Nair", "Tom Becker", "Aiko Sato"}


def test_the_broken_file_is_refused_as_cut_off() -> None:
    with pytest.raises(IntakeRefused) as refusal:
        inspect_media(render.HERE / "broken.m4a")
    assert refusal.value.code == "truncated"
