"""Our own exports are read back as they were: segments, speakers, times, and whether it is a draft."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meeting_pipeline.domain.exports import to_srt, to_vtt
from meeting_pipeline.domain.provenance import Provenance
from meeting_pipeline.domain.record import MeetingRecord, Stamp
from meeting_pipeline.domain.transcript import Segment, Transcript
from meeting_pipeline.providers.imported.build_transcript import assembled
from meeting_pipeline.providers.imported.detection import scores
from meeting_pipeline.providers.imported.export_format import Source
from meeting_pipeline_tests.domain.meetings import meeting, transcript

_WORDS = st.lists(
    st.sampled_from(
        ["we", "start", "at", "10:30", "R&D", "<done>", "a --> b", "{x}", "Note:", "ok", "Zoë", "张三", "&amp;"]
    ),
    min_size=1,
    max_size=8,
).map(" ".join)
_SEGMENTS = st.lists(
    st.tuples(st.sampled_from("AB"), _WORDS, st.integers(1, 40_000), st.integers(1, 9_000)), min_size=1, max_size=12
)


def record_of(
    segments: list[tuple[str, str, int, int]], *, draft: bool = False, names: dict[str, str] | None = None
) -> MeetingRecord:
    made, at = [], 0
    for index, (speaker, text, gap, length) in enumerate(segments):
        at += gap
        made.append(Segment(index=index, speaker=speaker, start_ms=at, end_ms=at + length, text=text))
    provenance = Provenance(provider="offline", model="x", draft=draft)
    found = transcript(*made).model_copy(update={"speaker_names": names or {}})
    return meeting(transcript=found, stamps={"transcript": Stamp(1, provenance)}, speakers=())


def read_back(text: str) -> Transcript:
    source = Source("a", text.encode())
    return assembled(scores(source)[0][1].read(source))


def shown(record: MeetingRecord) -> list[tuple[str, str, int, int]]:
    assert record.transcript is not None
    return [(record.speaker_name(s.speaker), s.text, s.start_ms, s.end_ms) for s in record.transcript.segments]


@given(_SEGMENTS, st.booleans())
def test_webvtt_comes_back_as_it_was(segments: list[tuple[str, str, int, int]], draft: bool) -> None:
    record = record_of(segments, draft=draft)
    back = read_back(to_vtt(record))
    assert [(back.speaker_names[s.speaker], s.text, s.start_ms, s.end_ms) for s in back.segments] == shown(record)
    assert back.provenance.model == "own-vtt"
    assert back.provenance.draft == draft


def test_srt_comes_back_as_it_was() -> None:
    record = record_of([("B", "Good morning.", 1, 900), ("B", "We start.", 1, 900), ("A", "I call the bank.", 1, 900)])
    back = read_back(to_srt(record))
    assert [(back.speaker_names[s.speaker], s.text, s.start_ms, s.end_ms) for s in back.segments] == shown(record)
    assert [s.speaker for s in back.segments] == ["B", "B", "A"]
    assert back.provenance.model == "own-srt"
    assert not back.provenance.draft


def test_the_mark_of_a_draft_comes_back_from_srt() -> None:
    record = record_of([("A", "good morning", 1, 900), ("A", "we start", 1, 900), ("B", "fine", 1, 900)], draft=True)
    back = read_back(to_srt(record))
    assert [(back.speaker_names[s.speaker], s.text) for s in back.segments] == [
        (name, text) for name, text, _, _ in shown(record)
    ]
    assert back.provenance.draft
    assert to_srt(record).count("[Draft]") == 1


@pytest.mark.parametrize("export", [to_vtt, to_srt])
def test_names_come_back(export: object, tmp_path: Path) -> None:
    assert callable(export)
    record = record_of(
        [("A", "Good morning.", 1, 900), ("B", "Fine.", 1, 900)], names={"A": "Mia Wolf (Guest)", "B": "张三"}
    )
    back = read_back(export(record))
    assert [back.speaker_names[s.speaker] for s in back.segments] == ["Mia Wolf (Guest)", "张三"]
