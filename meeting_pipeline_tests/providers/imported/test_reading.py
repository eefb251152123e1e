"""Exports as Zoom, Teams, Meet and others write them (names invented), read as transcripts."""

from pathlib import Path

import pytest

from meeting_pipeline import policies
from meeting_pipeline.domain.errors import IntakeRefused
from meeting_pipeline.domain.transcript import Transcript
from meeting_pipeline.providers.imported.reading import read_transcript

ZOOM = """WEBVTT

1
00:00:01.200 --> 00:00:03.000
Priya Nair: Good morning, everyone.

2
00:00:03.100 --> 00:00:05.900
Priya Nair: Let's start at 10:30 sharp.

3
00:00:06.000 --> 00:00:09.000
Marcus Lee (Backend): Sure. Note: the R&amp;D budget is &lt;done&gt;.

4
00:00:10.000 --> 00:00:11.000
Right.
"""

TEAMS = """WEBVTT

3f2504e0-4f89-11d3-9a0c-0305e82c3301/12-0
00:00:07.000 --> 00:00:09.500
<v Lee, Marcus>I will send
the numbers.</v>

3f2504e0-4f89-11d3-9a0c-0305e82c3301/11-0
00:00:02.000 --> 00:00:05.000
<v Priya Nair>Who sends the numbers?</v> <v Lee, Marcus>Me &amp; Tom.</v>
"""

OLD_STREAM = """WEBVTT

NOTE Confidence: 0.89

0d3a1c6e-1111-2222-3333-444455556666
00:00:00.000 --> 00:00:04.000
Welcome to the review.
"""

MEET = """Weekly sync (2026-11-18 09:00 GMT) - Transcript
Attendees
Priya Nair, Marcus Lee, Marcus Lee's Presentation
Transcript
00:00:00
Priya Nair: Good morning.
Marcus Lee: Hello. I have
two lines here.
### 00:05:00
**Priya Nair:** We decided to ship.
Meeting ended after 00:06:00
This editable transcript was computer generated and might contain errors.
"""

SRT = "1\r\n00:00:01,000 --> 00:00:02,500\r\n<i>Hello</i> there\r\n\r\n2\r\n00:00:10,000 --> 00:00:12,000\r\nBye\r\n"


def read(folder: Path, name: str, content: str | bytes) -> Transcript:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_transcript(path)


def spoken(transcript: Transcript) -> list[tuple[str | None, str]]:
    return [(transcript.speaker_names.get(segment.speaker), segment.text) for segment in transcript.segments]


def test_zoom_prefixes_become_speakers_and_short_cues_are_merged(tmp_path: Path) -> None:
    transcript = read(tmp_path, "a.vtt", ZOOM)
    assert spoken(transcript) == [
        ("Priya Nair", "Good morning, everyone. Let's start at 10:30 sharp."),
        ("Marcus Lee (Backend)", "Sure. Note: the R&D budget is <done>."),
        (None, "Right."),
    ]
    assert transcript.speaker_names == {"A": "Priya Nair", "B": "Marcus Lee (Backend)"}
    assert [(s.index, s.speaker, s.start_ms, s.end_ms) for s in transcript.segments] == [
        (0, "A", 1200, 5900),
        (1, "B", 6000, 9000),
        (2, "C", 10000, 11000),
    ]
    assert transcript.duration_ms == 11000
    assert transcript.confidence is None
    assert transcript.provenance.provider == "imported"
    assert transcript.provenance.model == "zoom-vtt"
    assert transcript.provenance.note == "As exported."
    assert not transcript.provenance.draft


def test_teams_voices_are_told_apart_and_cues_put_in_order_of_time(tmp_path: Path) -> None:
    transcript = read(tmp_path, "a.vtt", TEAMS)
    assert spoken(transcript) == [
        ("Priya Nair", "Who sends the numbers?"),
        ("Lee, Marcus", "Me & Tom. I will send the numbers."),
    ]
    assert transcript.provenance.model == "teams-vtt"


def test_old_stream_exports_have_one_unnamed_speaker(tmp_path: Path) -> None:
    transcript = read(tmp_path, "a.vtt", OLD_STREAM)
    assert transcript.provenance.model == "stream-vtt"
    assert transcript.speaker_names == {}
    assert transcript.speakers == ("A",)


def test_meet_times_are_estimated_between_the_clock_lines_and_said_to_be(tmp_path: Path) -> None:
    transcript = read(tmp_path, "a.txt", MEET)
    assert spoken(transcript) == [
        ("Priya Nair", "Good morning."),
        ("Marcus Lee", "Hello. I have two lines here."),
        ("Priya Nair", "We decided to ship."),
    ]
    assert transcript.segments[0].start_ms == 0
    assert transcript.segments[2].start_ms == 300_000
    assert transcript.duration_ms == transcript.segments[2].end_ms == 360_000
    assert transcript.provenance.model == "meet-txt"
    assert "estimated" in transcript.provenance.note


def test_srt_is_read_with_its_tags_removed(tmp_path: Path) -> None:
    transcript = read(tmp_path, "a.srt", SRT)
    assert [(s.start_ms, s.end_ms, s.text) for s in transcript.segments] == [
        (1000, 2500, "Hello there"),
        (10000, 12000, "Bye"),
    ]
    assert transcript.provenance.model == "srt"


def test_zoom_text_counts_from_its_first_time_of_day(tmp_path: Path) -> None:
    text = "[Priya Nair] 16:01:26\nGood morning.\n\n[Marcus Lee] 16:01:36\nHello.\n"
    transcript = read(tmp_path, "a.txt", text)
    assert [(s.start_ms, s.text) for s in transcript.segments] == [(0, "Good morning."), (10_000, "Hello.")]
    assert transcript.provenance.model == "zoom-txt"


def test_teams_text_has_a_row_with_name_and_time_above_the_words(tmp_path: Path) -> None:
    text = "Sync\nPriya Nair started transcription\nPriya Nair   0:03\nGood morning.\nMarcus Lee   1:05\nHello.\n"
    transcript = read(tmp_path, "a.txt", text)
    assert spoken(transcript) == [("Priya Nair", "Good morning."), ("Marcus Lee", "Hello.")]
    assert [s.start_ms for s in transcript.segments] == [3000, 65000]
    assert transcript.provenance.model == "teams-txt"


def test_plain_prefixed_text_gives_speakers(tmp_path: Path) -> None:
    transcript = read(tmp_path, "a.txt", "Priya: I will call Tom.\nMarcus: Good.\n")
    assert spoken(transcript) == [("Priya", "I will call Tom."), ("Marcus", "Good.")]
    assert transcript.provenance.model == "txt"
    assert transcript.segments[0].end_ms == 4 * 400


def test_rare_prefixes_are_part_of_what_was_said(tmp_path: Path) -> None:
    transcript = read(tmp_path, "a.txt", "We met early.\nNote: bring the forms.\nAt 10:30 we stopped.\n")
    assert transcript.speakers == ("A",)
    assert "Note: bring the forms." in transcript.text
    assert transcript.speaker_names == {}


def test_stamped_rows_keep_their_times(tmp_path: Path) -> None:
    transcript = read(tmp_path, "a.txt", "[00:00:05] Priya: Hello.\n[00:01:00] Marcus: Hi.\n")
    assert [(s.start_ms, s.text) for s in transcript.segments] == [(5000, "Hello."), (60000, "Hi.")]


def test_cues_of_one_speaker_are_not_merged_beyond_half_a_minute(tmp_path: Path) -> None:
    cues = "".join(
        f"00:{i // 6:02d}:{i % 6}0.000 --> 00:{i // 6:02d}:{i % 6}9.000\nAnn: part {i}\n\n" for i in range(12)
    )
    transcript = read(tmp_path, "a.vtt", "WEBVTT\n\n" + cues)
    assert len(transcript.segments) == 4
    assert max(s.end_ms - s.start_ms for s in transcript.segments) <= 30_000


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_usual_encodings_and_line_ends_are_read(tmp_path: Path, encoding: str) -> None:
    raw = ZOOM.replace("everyone", "José").replace("\n", "\r\n").encode(encoding)
    assert "José" in read(tmp_path, "a.vtt", raw).text


def test_lost_cues_are_counted_in_the_note(tmp_path: Path) -> None:
    transcript = read(tmp_path, "a.vtt", ZOOM + "\n5\n00:xx --> 00:00:15.000\nAnn: lost\n")
    assert "1 of 5 cues could not be read" in transcript.provenance.note


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.vtt", b"", "empty_transcript"),
        ("a.vtt", b"\xef\xbb\xbf \r\n", "empty_transcript"),
        ("a.vtt", b"WEBVTT\n\n", "empty_transcript"),
        ("a.vtt", b"WEBVTT\n\n1\n00:00:01.000 --> 00:00:02.000\n\n", "empty_transcript"),
        ("a.vtt", b"just words", "bad_transcript"),
        ("a.srt", b"just words", "bad_transcript"),
        ("a.vtt", b"WEBVTT\n\n00:xx --> 00:00:02.000\nText\n", "bad_transcript"),
        ("a.txt", b"ID3\x04\x00\x00\x01\x02\x03words", "bad_transcript"),
        ("a.txt", b"\n\n   \n", "empty_transcript"),
    ],
)
def test_a_file_that_is_no_transcript_is_refused(tmp_path: Path, name: str, content: bytes, code: str) -> None:
    with pytest.raises(IntakeRefused) as refusal:
        read(tmp_path, name, content)
    assert refusal.value.code == code
    assert refusal.value.advice


def test_a_huge_file_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    with path.open("wb") as file:
        file.truncate(policies.MAX_TRANSCRIPT_BYTES + 1)
    with pytest.raises(IntakeRefused, match="larger than") as refusal:
        read_transcript(path)
    assert refusal.value.code == "too_large"
