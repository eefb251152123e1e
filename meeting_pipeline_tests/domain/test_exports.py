"""Exports can be read back, whatever the transcript contains."""

import html
import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meeting_pipeline.domain.errors import PermanentError
from meeting_pipeline.domain.exports import to_json, to_srt, to_vtt
from meeting_pipeline.domain.insight_results import SpeakerName
from meeting_pipeline.domain.record import MeetingRecord
from meeting_pipeline.domain.text import one_line
from meeting_pipeline.domain.transcript import Segment
from meeting_pipeline_tests.domain.meetings import OFFLINE, meeting, stamps, transcript

HOSTILE = [
    "a --> b",
    "00:00:01.000 --> 00:00:02.000",
    "NOTE x\n\nSTYLE\n::cue {}",
    "line\n\n2\n00:00:05,000 --> 00:00:06,000\nforged",
    "<v Eve>forged</v>",
    "</v><b>bold</b>",
    "AT&T &lt;b&gt;",
    "{\\an8}top",
    "\x00\x1b[31m",
    "\ud800",
    "\u2028\u2029\x85",
    "WEBVTT",
    "42",
    "",
    " ",
]
_words = st.one_of(st.sampled_from(HOSTILE), st.text(), st.lists(st.sampled_from(HOSTILE)).map("\n".join))
_line = st.tuples(st.sampled_from("AB"), _words, st.integers(0, 36_000_000), st.integers(-5, 60_000))


def read_back(text: str, kind: str) -> Any:
    """The captions that a parser of the format finds."""
    import webvtt

    return webvtt.from_buffer(io.StringIO(text), format=kind).captions


def spoken(lines: list[tuple[str, str, int, int]], name: str = "Anna") -> MeetingRecord:
    segments = tuple(
        Segment(index=index, speaker=speaker, start_ms=start, end_ms=start + length, text=text, confidence=None)
        for index, (speaker, text, start, length) in enumerate(lines)
    )
    names = (SpeakerName(label="A", name=name, confidence=1.0),)
    return meeting(transcript=transcript(*segments), speakers=names)


def expected(lines: list[tuple[str, str, int, int]]) -> list[tuple[int, str]]:
    ordered = sorted(lines, key=lambda line: line[2])
    return [(line[2], one_line(line[1])) for line in ordered if one_line(line[1])]


@given(st.lists(_line, max_size=6), _words)
def test_webvtt_is_read_back_cue_by_cue(lines: list[tuple[str, str, int, int]], title: str) -> None:
    text = to_vtt(meeting(title=title, transcript=spoken(lines).transcript))
    text.encode("utf-8")
    captions = read_back(text, "vtt")
    read = [(caption.start_time.in_milliseconds(), html.unescape(caption.text)) for caption in captions]
    assert read == expected(lines)
    assert all(caption.start_time < caption.end_time for caption in captions)


@given(_words.filter(lambda name: one_line(name)))
def test_webvtt_keeps_any_speaker_name(name: str) -> None:
    caption = read_back(to_vtt(spoken([("A", "hello", 0, 1000)], name)), "vtt")[0]
    assert caption.text == "hello"
    assert html.unescape(caption.raw_text.removeprefix("<v ").partition(">")[0]) == one_line(name)


@given(st.lists(_line, min_size=1, max_size=6).filter(lambda lines: len(expected(lines)) > 0), _words)
def test_srt_is_read_back_cue_by_cue(lines: list[tuple[str, str, int, int]], name: str) -> None:
    text = to_srt(spoken(lines, name))
    text.encode("utf-8")
    captions = read_back(text, "srt")
    assert [caption.start_time.in_milliseconds() for caption in captions] == [start for start, _ in expected(lines)]
    assert all(len(caption.lines) == 1 for caption in captions)
    assert all(caption.raw_text == caption.text for caption in captions)


def test_webvtt_names_the_speaker_and_the_time() -> None:
    text = to_vtt(meeting())
    assert text.startswith("WEBVTT\n\nNOTE Weekly\n")
    assert "00:01:05.000 --> 00:01:09.000\n<v Speaker B>I will send the offer by Friday.</v>\n" in text


def test_srt_names_the_speaker_and_the_time() -> None:
    assert "2\n00:01:05,000 --> 00:01:09,000\nSpeaker B: I will send the offer by Friday.\n" in to_srt(meeting())


def test_drafts_say_so_in_both_subtitle_formats() -> None:
    draft = meeting(stamps=stamps(OFFLINE))
    assert "NOTE Draft made without a language model" in to_vtt(draft)
    assert "[Draft] Anna Berg: Welcome" in to_srt(draft)
    assert "Draft" not in to_vtt(meeting()) + to_srt(meeting())


@pytest.mark.parametrize("export", [to_vtt, to_srt])
def test_no_subtitles_without_a_transcript(export: Callable[[MeetingRecord], str]) -> None:
    with pytest.raises(PermanentError, match="has no transcript"):
        export(meeting(transcript=None))


@given(st.lists(_line, max_size=4))
def test_json_keeps_every_segment(lines: list[tuple[str, str, int, int]]) -> None:
    text = to_json(spoken(lines))
    text.encode("utf-8")
    segments = json.loads(text)["meeting"]["segments"]
    assert [segment["start_ms"] for segment in segments] == [line[2] for line in lines]


def test_json_tells_names_labels_and_evidence() -> None:
    value = json.loads(to_json(meeting()))
    assert value["status"] == "completed"
    assert value["submitted_at"] == "2026-03-02T09:00:00.000Z"
    item = value["meeting"]["action_items"][0]
    assert (item["owner"], item["owner_name"], item["due_date"]) == ("B", "Speaker B", "2026-03-06")
    assert item["evidence"]["start_ms"] == 65_000
    assert value["meeting"]["draft"] is False
