"""AssemblyAI's speech as segments: no word is lost or doubled, and no two people become one."""

import json
from pathlib import Path
from typing import Any

import pytest

from meeting_pipeline.domain.transcript import Transcript
from meeting_pipeline.providers.assemblyai_parsing import parse_transcript, rejection
from meeting_pipeline.providers.ports import PROVIDER_FAILED, Rejected

INPUTS = Path(__file__).parents[3] / "shared" / "cases" / "inputs" / "assemblyai"
shared = pytest.mark.skipif(not INPUTS.is_dir(), reason="the shared inputs are not beside this checkout")


def _parsed(**fields: Any) -> list[tuple[str, str]]:
    found = parse_transcript({"status": "completed", **fields})
    assert isinstance(found, Transcript)
    return [(segment.speaker, segment.text) for segment in found.segments]


def _words(*spoken: tuple[str | None, str], channel: str | None = None, at: int = 0) -> list[dict[str, Any]]:
    texts = [(speaker, word) for speaker, text in spoken for word in text.split()]
    return [
        {"text": word, "start": at + 100 * i, "end": at + 100 * i + 90, "speaker": speaker, "channel": channel}
        for i, (speaker, word) in enumerate(texts)
    ]


def _said(speaker: str | None, text: str, start: int, end: int, **fields: Any) -> dict[str, Any]:
    return {"speaker": speaker, "text": text, "start": start, "end": end, **fields}


@shared
@pytest.mark.parametrize(
    ("name", "right"),
    [
        ("same_label_two_channels", [("1A", "Good morning all."), ("2A", "I will send it.")]),
        ("utterances_null_words_have_speakers", [("A", "Good morning."), ("B", "I will send it.")]),
    ],
)
def test_answers_of_other_projects_reports_keep_their_speakers(name: str, right: list[tuple[str, str]]) -> None:
    assert _parsed(**json.loads((INPUTS / f"{name}.json").read_text())) == right


@shared
def test_an_internal_error_of_the_provider_is_not_the_recordings_fault() -> None:
    found = parse_transcript(json.loads((INPUTS / "internal_server_error.json").read_text()))
    assert isinstance(found, Rejected)
    assert found.code == PROVIDER_FAILED


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        ("Internal server error. Please retry your request.", PROVIDER_FAILED),
        ("Server error, developers have been alerted.", PROVIDER_FAILED),
        ("Transcription timed out. Please try again.", PROVIDER_FAILED),
        ("Audio duration is too long.", "too_long"),
        ("The file exceeds the maximum duration of 10 hours.", "too_long"),
        ("Audio duration is too short.", "too_short"),
        ("Transcoding failed. File type is unsupported. Please try again with another file.", "bad_audio"),
        ("Download error, unable to download https://x. Please retry.", "upload_expired"),
    ],
)
def test_a_reason_has_the_code_of_what_went_wrong(reason: str, code: str) -> None:
    assert rejection(reason).code == code


def test_words_without_utterances_are_sentences_of_their_speakers() -> None:
    words = _words(("A", "One. Two"), ("B", "three."), ("A", "Four"))
    assert _parsed(text="x", utterances=None, words=words) == [
        ("A", "One."), ("A", "Two"), ("B", "three."), ("A", "Four"),
    ]  # fmt: skip


def test_words_without_any_speaker_are_of_one() -> None:
    assert _parsed(text="x", words=_words((None, "One. Two."))) == [("A", "One."), ("A", "Two.")]


def test_a_word_without_a_speaker_belongs_to_the_one_before_it() -> None:
    words = _words((None, "So"), ("B", "we start"), (None, "now."))
    assert _parsed(text="x", words=words) == [("B", "So we start now.")]


def test_words_beyond_the_last_utterance_are_kept() -> None:
    words = _words(("A", "Good morning all."), ("B", "Thank you. Bye."))
    found = _parsed(text="x", utterances=[_said("A", "Good morning all.", 0, 290)], words=words)
    assert found == [("A", "Good morning all."), ("B", "Thank you."), ("B", "Bye.")]


def test_words_before_and_between_utterances_are_kept_in_their_place() -> None:
    words = _words(("A", "Before."), ("A", "First here."), ("B", "Between."), ("A", "Last one."))
    utterances = [_said("A", "First here.", 100, 290), _said("A", "Last one.", 400, 590)]
    assert [text for _, text in _parsed(text="x", utterances=utterances, words=words)] == [
        "Before.", "First here.", "Between.", "Last one.",
    ]  # fmt: skip


def test_no_word_appears_twice_where_the_times_of_utterances_are_odd() -> None:
    words = _words(("A", "Good morning all."))
    assert _parsed(text="x", utterances=[_said("A", "Good morning all.", 9000, 0)], words=words) == [
        ("A", "Good morning all.")
    ]


def test_one_label_on_two_channels_is_two_people() -> None:
    utterances = [_said("A", "Hi.", 0, 9, channel="1"), _said("A", "Ho.", 10, 19, channel="2")]
    assert _parsed(text="x", utterances=utterances) == [("1A", "Hi."), ("2A", "Ho.")]


def test_labels_that_tell_the_channels_apart_are_kept() -> None:
    utterances = [_said("1A", "Hi.", 0, 9, channel="1"), _said("2A", "Ho.", 10, 19, channel="2")]
    assert _parsed(text="x", utterances=utterances) == [("1A", "Hi."), ("2A", "Ho.")]


def test_channels_without_speakers_are_speakers() -> None:
    utterances = [_said(None, "Hi.", 0, 9, channel=1), _said(None, "Ho.", 10, 19, channel=2)]
    assert _parsed(text="x", utterances=utterances) == [("1", "Hi."), ("2", "Ho.")]


def test_labels_that_look_alike_with_their_channel_are_kept_apart() -> None:
    utterances = [
        _said("A", "a", 0, 9, channel="1"), _said("A", "b", 10, 19, channel="11"),
        _said("1A", "c", 20, 29, channel="1"),
    ]  # fmt: skip
    assert len({speaker for speaker, _ in _parsed(text="x", utterances=utterances)}) == 3


def test_a_single_channel_changes_no_label() -> None:
    utterances = [_said("A", "Hi.", 0, 9, channel="1"), _said("A", "Ho.", 10, 19)]
    assert {speaker for speaker, _ in _parsed(text="x", utterances=utterances)} == {"A"}
