"""Structured exports: JSON of several programs, TSV, SBV and Word documents, with speakers, times and words."""
# ruff: noqa: E501 - the files of programs stand here as they are

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import pytest

from meeting_pipeline.domain.errors import IntakeRefused
from meeting_pipeline.domain.exports import to_json, to_transcript_json
from meeting_pipeline.domain.record import MeetingRecord
from meeting_pipeline.providers import policies
from meeting_pipeline.providers.imported.lines import Export
from meeting_pipeline.providers.imported.reading import read_transcript
from meeting_pipeline_tests.domain.test_exports import spoken
from meeting_pipeline_tests.providers.imported.reading_sources import export_of


def said(export: Export) -> list[tuple[str | None, int | None, int | None, str]]:
    return [(line.speaker, line.start_ms, line.end_ms, line.text) for line in export.lines]


WHISPER = {"text": " Good day. We open.", "segments": [
    {"id": 0, "start": 0.0, "end": 1.5, "text": " Good day."}, {"id": 1, "start": 1.5, "end": 4.04, "text": " We open."},
], "language": "en"}  # fmt: skip
WHISPERX = {"segments": [
    {"start": 0.5, "end": 3.0, "text": "Who sells? I do.", "speaker": "SPEAKER_01", "words": [
        {"word": "Who", "start": 0.5, "end": 0.7, "speaker": "SPEAKER_01"}, {"word": "sells?", "start": 0.8, "end": 1.1, "speaker": "SPEAKER_01"},
        {"word": "I", "start": 2.0, "end": 2.1, "speaker": "SPEAKER_00"}, {"word": "do."},
    ]},
    {"start": 4.0, "end": 5.0, "text": "Good.", "speaker": "SPEAKER_01"},
], "language": "en"}  # fmt: skip
WHISPER_CPP = {"systeminfo": "AVX = 1", "params": {"language": "de"}, "result": {"language": "de"}, "transcription": [
    {"timestamps": {"from": "00:00:00,000", "to": "00:00:02,500"}, "offsets": {"from": 0, "to": 2500}, "text": " Guten Tag."},
    {"timestamps": {"from": "00:00:02,500", "to": "00:00:04,000"}, "offsets": {"from": 2500, "to": 4000}, "text": " Hallo.", "speaker": "1"},
]}  # fmt: skip
CHUNKS = {"text": " Bonjour.", "chunks": [{"timestamp": [0.0, None], "text": " Bonjour."}]}
ASSEMBLYAI = {"id": "a1", "status": "completed", "audio_url": "https://cdn.example/a", "text": "Hi there. Hello.", "audio_duration": 6,
    "language_code": "en_us", "words": [{"text": "Hi", "start": 100, "end": 300, "speaker": "A"}], "utterances": [
    {"speaker": "A", "start": 100, "end": 900, "text": "Hi there."}, {"speaker": "B", "start": 1200, "end": 1900, "text": "Hello."},
]}  # fmt: skip
ASSEMBLYAI_WORDS = {"audio_url": "x", "audio_duration": 6, "text": "Hi. Hello.", "utterances": None, "words": [
    {"text": "Hi.", "start": 100, "end": 300, "speaker": "A"}, {"text": "Hello.", "start": 1200, "end": 1900, "speaker": "B"},
]}  # fmt: skip
DEEPGRAM = {"metadata": {"duration": 5.5}, "results": {"channels": [{"detected_language": "en", "alternatives": [{
    "transcript": "Is it done? Yes.", "words": [
        {"word": "is", "punctuated_word": "Is", "start": 0.1, "end": 0.2, "speaker": 0}, {"word": "it", "start": 0.2, "end": 0.3, "speaker": 0},
        {"word": "done", "punctuated_word": "done?", "start": 0.3, "end": 0.6, "speaker": 0},
        {"word": "yes", "punctuated_word": "Yes.", "start": 2.0, "end": 2.4, "speaker": 1},
]}]}]}}  # fmt: skip
DEEPGRAM_CHANNELS = {"results": {"channels": [
    {"alternatives": [{"transcript": "Shop, hello.", "words": []}]}, {"alternatives": [{"transcript": "Is it open?", "words": []}]},
], "utterances": [
    {"start": 0.0, "end": 1.0, "channel": 0, "transcript": "Shop, hello."}, {"start": 1.2, "end": 2.0, "channel": 1, "transcript": "Is it open?"},
]}}  # fmt: skip


def aws(*, old: bool) -> dict[str, Any]:
    items = [
        {
            "type": "pronunciation",
            "start_time": "0.10",
            "end_time": "0.50",
            "alternatives": [{"content": "Sold"}],
            "speaker_label": "spk_0",
        },
        {"type": "punctuation", "alternatives": [{"content": "."}], "speaker_label": "spk_0"},
        {
            "type": "pronunciation",
            "start_time": "1.00",
            "end_time": "1.40",
            "alternatives": [{"content": "Great"}],
            "speaker_label": "spk_1",
        },
        {"type": "punctuation", "alternatives": [{"content": "!"}]},
    ]
    labels = {"segments": [
        {"speaker_label": "spk_0", "items": [{"start_time": "0.10"}]}, {"speaker_label": "spk_1", "items": [{"start_time": "1.00"}]},
    ]}  # fmt: skip
    if old:
        items = [{key: value for key, value in item.items() if key != "speaker_label"} for item in items]
    return {
        "jobName": "j",
        "results": {"transcripts": [{"transcript": "Sold. Great!"}], "speaker_labels": labels, "items": items},
    }


PODCAST = {"version": "1.0.0", "segments": [
    {"speaker": "Adam", "startTime": 0.5, "endTime": 0.8, "body": "Hey"}, {"startTime": 0.8, "endTime": 1.2, "body": "there"},
    {"speaker": "Dave", "startTime": 2, "endTime": 3, "body": "Hi"},
]}  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("whisper-json", WHISPER, [(None, 0, 1500, "Good day."), (None, 1500, 4040, "We open.")]),
        ("whisper-json", WHISPER["segments"], [(None, 0, 1500, "Good day."), (None, 1500, 4040, "We open.")]),
        ("whisper-json", WHISPERX, [
            ("SPEAKER_01", 500, 1100, "Who sells?"), ("SPEAKER_00", 2000, 2100, "I do."), ("SPEAKER_01", 4000, 5000, "Good."),
        ]),
        ("whisper-json", CHUNKS, [(None, 0, None, "Bonjour.")]),
        ("whisper-json", {"text": "Only words."}, [(None, None, None, "Only words.")]),
        ("whisper-cpp-json", WHISPER_CPP, [(None, 0, 2500, "Guten Tag."), ("Speaker 1", 2500, 4000, "Hallo.")]),
        ("assemblyai-json", ASSEMBLYAI, [("A", 100, 900, "Hi there."), ("B", 1200, 1900, "Hello.")]),
        ("assemblyai-json", ASSEMBLYAI_WORDS, [("A", 100, 300, "Hi."), ("B", 1200, 1900, "Hello.")]),
        ("deepgram-json", DEEPGRAM, [("Speaker 0", 100, 600, "Is it done?"), ("Speaker 1", 2000, 2400, "Yes.")]),
        ("deepgram-json", DEEPGRAM_CHANNELS, [("Channel 1", 0, 1000, "Shop, hello."), ("Channel 2", 1200, 2000, "Is it open?")]),
        ("aws-json", aws(old=False), [("spk_0", 100, 500, "Sold."), ("spk_1", 1000, 1400, "Great!")]),
        ("aws-json", aws(old=True), [("spk_0", 100, 500, "Sold."), ("spk_1", 1000, 1400, "Great!")]),
        ("podcast-json", PODCAST, [("Adam", 500, 800, "Hey"), ("Adam", 800, 1200, "there"), ("Dave", 2000, 3000, "Hi")]),
    ],
)  # fmt: skip
def test_json_of_each_program_is_read(kind: str, value: Any, expected: list[Any]) -> None:
    export = export_of(json.dumps(value), "rec.json")
    assert export.kind == kind
    assert said(export) == expected
    assert (export.said or "").split() == " ".join(line.text for line in export.lines).split()


def test_words_beyond_the_last_utterance_are_kept() -> None:
    value = {
        **ASSEMBLYAI,
        "text": "Hi there. Hello. Bye.",
        "words": [{"text": "Bye.", "start": 5000, "end": 5300, "speaker": "A"}],
    }
    assert said(export_of(json.dumps(value)))[-1] == ("A", 5000, 5300, "Bye.")


def test_language_and_length_that_a_file_gives_are_kept() -> None:
    assert (export_of(json.dumps(WHISPER)).language, export_of(json.dumps(WHISPER_CPP)).language) == ("en", "de")
    assert (export_of(json.dumps(ASSEMBLYAI)).duration_ms, export_of(json.dumps(DEEPGRAM)).duration_ms) == (6000, 5500)


@pytest.mark.parametrize(
    "content",
    ['{"titel": "Budget"}', '{"a": [{"b": 1}]}', "[1, 2]", "{}", '"text"', "{broken", '{"segments": [{"start": 0'],
)
def test_json_that_is_no_transcript_is_refused_as_such(tmp_path: Path, content: str) -> None:
    path = tmp_path / "a.json"
    path.write_text(content)
    with pytest.raises(IntakeRefused, match=r"The file is (?:JSON, but not a transcript|no valid JSON)") as refusal:
        read_transcript(path)
    assert refusal.value.code == "bad_transcript"


@pytest.mark.parametrize("odd", [None, "x", -1, 1e300, True, [], {}, "NaN"])
def test_odd_values_in_json_are_no_crash(odd: Any) -> None:
    values = [
        {"segments": [{"start": odd, "end": odd, "text": "a", "speaker": odd, "words": odd}, {"start": 0, "end": odd, "text": odd}]},
        {"transcription": [{"offsets": odd, "text": "a", "speaker": odd}]},
        {"audio_url": odd, "audio_duration": odd, "text": "a", "utterances": odd, "words": [{"text": "a", "start": odd, "speaker": odd, "channel": odd}]},
        {"results": {"channels": [{"alternatives": [{"transcript": "a", "words": [{"word": "a", "start": odd, "speaker": odd}]}]}], "utterances": odd}},
        {"jobName": odd, "results": {"transcripts": [{"transcript": "a"}], "items": [{"alternatives": [{"content": "a"}], "start_time": odd, "speaker_label": odd}]}},
        {"segments": [{"startTime": odd, "endTime": odd, "body": "a", "speaker": odd}]},
        {"recording_id": odd, "segments": [{"start_ms": odd, "speaker": odd, "text": "a"}], "speakers": odd, "duration_ms": odd, "language": odd},
    ]  # fmt: skip
    for value in values:
        assert "a" in [line.text for line in export_of(json.dumps(value), "a.json").lines]


def test_whispers_table_is_read_in_milliseconds_and_audacitys_labels_in_seconds() -> None:
    table = export_of("start\tend\ttext\n0\t2500\tGood day.\n2500\t4000\tWe open\tat nine.\n", "rec.tsv")
    assert said(table) == [(None, 0, 2500, "Good day."), (None, 2500, 4000, "We open at nine.")]
    labels = export_of("0.000000\t2.500000\tGood day.\n2.500000\t4.000000\tWe open.\n", "labels.txt")
    assert said(labels) == [(None, 0, 2500, "Good day."), (None, 2500, 4000, "We open.")]
    speakers = export_of(
        "start\tend\tspeaker\ttext\n0\t900\tSPEAKER_00\tHi.\n900\t1800\tSPEAKER_01\tHello.\n", "rec.tsv"
    )
    assert [line.speaker for line in speakers.lines] == ["SPEAKER_00", "SPEAKER_01"]


def test_youtubes_captions_are_read_with_the_names_that_stand_where_the_speaker_changes() -> None:
    text = "0:00:00.599,0:00:04.160\n>> ALICE: Hi, my name is Alice\n\n0:00:04.160,0:00:06.770\nand this is John.\n\n0:00:06.770,0:00:10.880\n>> JOHN: Hi.\n"
    assert said(export_of(text, "captions.sbv")) == [
        ("ALICE", 599, 4160, "Hi, my name is Alice"), ("ALICE", 4160, 6770, "and this is John."), ("JOHN", 6770, 10880, "Hi."),
    ]  # fmt: skip


# --- Word documents -------------------------------------------------------------------------------------------------------

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'


def docx(body: str, *, prolog: str = "", compress: int = zipfile.ZIP_DEFLATED) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", compress) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr(
            "word/document.xml", f'<?xml version="1.0"?>{prolog}<w:document {W}><w:body>{body}</w:body></w:document>'
        )
    return made.getvalue()


def paragraphs(*texts: str) -> str:
    def run(text: str) -> str:
        return "<w:br/>".join(f'<w:t xml:space="preserve">{escape(part)}</w:t>' for part in text.split("\n")).replace(
            "\t", "</w:t><w:tab/><w:t>"
        )

    return "".join(f"<w:p><w:r>{run(text)}</w:r></w:p>" for text in texts)


def test_a_teams_document_is_read_like_its_text() -> None:
    content = docx(
        paragraphs(
            "Weekly",
            "March 12, 2026, 9:00AM",
            "Ana Lopez   0:03\nWe meet again at 10:30",
            "Ben Ode   0:20\nFine & good.",
        )
    )
    export = export_of(content, "weekly.docx")
    assert export.kind == "teams-docx"
    assert said(export) == [
        ("Ana Lopez", 3000, None, "We meet again at 10:30"),
        ("Ben Ode", 20000, None, "Fine & good."),
    ]


def test_a_meet_document_is_read_like_its_text() -> None:
    export = export_of(
        docx(
            paragraphs(
                "Sync",
                "Attendees",
                "Eva, Luc",
                "Transcript",
                "00:00:00",
                "Eva: Ready?",
                "Luc: Yes.",
                "Meeting ended after 00:01:00",
            )
        ),
        "a.docx",
    )
    assert (export.kind, export.duration_ms) == ("meet-docx", 60_000)
    assert [(line.speaker, line.text) for line in export.lines] == [("Eva", "Ready?"), ("Luc", "Yes.")]


def test_text_that_a_document_repeats_for_older_programs_or_has_deleted_is_not_read() -> None:
    body = "<w:p><w:r><mc:AlternateContent><mc:Choice><w:t>Once.</w:t></mc:Choice><mc:Fallback><w:t>Once.</w:t></mc:Fallback></mc:AlternateContent></w:r><w:del><w:r><w:delText>gone</w:delText></w:r></w:del></w:p>"
    assert [line.text for line in export_of(docx(body), "a.docx").lines] == ["Once."]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (docx(paragraphs("Hello"))[:-40], "bad_transcript"),
        (docx("<w:p>&e;</w:p>", prolog='<!DOCTYPE w [<!ENTITY e "lol">]>'), "bad_transcript"),
        (docx("<w:p><w:r>"), "bad_transcript"),
        (docx(" " * (policies.MAX_DOCX_XML_BYTES + 1)), "too_large"),
        (docx(""), "empty_transcript"),
        (b"PK\x03\x04" + b"\0" * 100, "bad_transcript"),
    ],
    ids=["cut off", "entities", "not closed", "bomb", "empty", "another archive"],
)
def test_a_document_that_is_damaged_or_hostile_is_refused(tmp_path: Path, content: bytes, code: str) -> None:
    path = tmp_path / "a.docx"
    path.write_bytes(content)
    with pytest.raises(IntakeRefused) as refusal:
        read_transcript(path)
    assert refusal.value.code == code


# --- our own JSON ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("write", [to_json, to_transcript_json])
def test_our_own_json_comes_back_without_loss(tmp_path: Path, write: Callable[[MeetingRecord], str]) -> None:
    lines = [
        ("A", "Who sells: you?", 100, 900),
        ("B", "I do, at 10:30", 1200, 300),
        ("A", "Good.", 1500, 60),
        ("A", "Next.", 90_000, 400),
    ]
    record = spoken(lines, "Anna Holm")
    assert record.transcript is not None
    path = tmp_path / "record.json"
    path.write_text(write(record))
    back = read_transcript(path)
    written = record.transcript
    assert [segment.model_copy(update={"confidence": None}) for segment in written.segments] == list(back.segments)
    assert (back.duration_ms, back.language) == (written.duration_ms, written.language)
    assert back.speaker_names["A"] == "Anna Holm"


def test_the_draft_mark_of_our_own_json_is_kept() -> None:
    value = {"recording_id": "r", "draft": True, "language": "en", "speakers": [], "segments": [
        {"id": 0, "speaker": "A", "start_ms": 0, "end_ms": 5, "text": "Hi."},
    ]}  # fmt: skip
    export = export_of(json.dumps(value), "a.json")
    assert export.draft
    assert export.lines[0].speaker == "Speaker A"
