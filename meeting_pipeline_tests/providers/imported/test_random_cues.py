# ruff: noqa: RUF001 - letters of other scripts are meant
"""Whatever the bytes or cues: reading ends, with a transcript or a refusal, and no word is lost unseen."""

import random
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from meeting_pipeline.domain.errors import IntakeRefused
from meeting_pipeline.domain.transcript import Transcript
from meeting_pipeline.providers.imported.build_transcript import assembled
from meeting_pipeline.providers.imported.conservation import NOT_READ, word_count
from meeting_pipeline.providers.imported.detection import scores
from meeting_pipeline.providers.imported.export_format import Source
from meeting_pipeline_tests.random_examples import examples

PIECES = [
    "WEBVTT\n",
    "\n",
    "\n\n",
    " \n",
    "1\n",
    "00:00:01.000 --> 00:00:02.000\n",
    "00:00:02,5 --> 00:00:04,25\n",
    "01:00 --> 01:02\n",
    "-00:01 --> 00:02 align:start\n",
    "xx --> 00:03.000\n",
    "NOTE x\n",
    "STYLE\n",
    "Ana: hello there\n",
    "[SPEAKER_00]: good morning\n",
    "(speaker 1) fine\n",
    ">> BEN: yes\n",
    "<v Ana>one two</v>\n",
    "<v Ben\n",
    "a --> b\n",
    "王芳：我们开始\n",
    "{\\an8}up\n",
    "&lt;b&gt; &#0;\n",
    "x<br>y\n",
    "- Ana: one\n- Ben: two\n",
    "\u200fדנה: שלום\n",
    "42\n",
    "<00:00:01.000><c> word</c>\n",
    "[Draft] Speaker B: hm\n",
    "\ufeff",
    "\0",
]
FILES = st.lists(st.sampled_from(PIECES), max_size=30).map("".join)


def outcome(data: bytes, name: str = "a.vtt") -> Transcript | str:
    """The transcript, or the code of the refusal."""
    source = Source(name, data)
    try:
        ranking = scores(source)
        if not ranking:
            return "none"
        export = ranking[0][1].read(source)
        if not export.lines:
            return "empty"
        words = word_count(export.said if export.said is not None else source.text, export)
        return assembled(export, words)
    except IntakeRefused as refusal:
        return refusal.code


def require_sound(transcript: Transcript) -> None:
    segments = transcript.segments
    assert all(segment.text for segment in segments)
    assert all(0 <= segment.start_ms <= segment.end_ms for segment in segments)
    assert all(before.start_ms <= after.start_ms for before, after in pairwise(segments))
    assert set(transcript.speaker_names) <= set(transcript.speakers)


@settings(max_examples=examples(300), suppress_health_check=[HealthCheck.too_slow])
@given(FILES)
def test_random_cues_are_read_with_every_word_accounted_for(text: str) -> None:
    found = outcome(text.encode())
    if isinstance(found, Transcript):
        require_sound(found)
        assert found.provenance.words is not None
        if "vtt" in found.provenance.model or "srt" in found.provenance.model or "captions" in found.provenance.model:
            assert NOT_READ not in found.provenance.words.left_out


@given(st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 400)), min_size=1, max_size=20))
def test_every_word_of_sound_cues_is_kept(times: list[tuple[int, int]]) -> None:
    cues = [
        f"{number}\n00:{start // 60:02d}:{start % 60:02d},000 --> 00:{start // 60:02d}:{start % 60:02d},{length:03d}\n"
        f"Mia: word{number} and more\n"
        for number, (start, length) in enumerate(times)
        if start < 3600
    ]
    found = outcome("\n".join(cues).encode(), "a.srt")
    if cues:
        assert isinstance(found, Transcript)
        assert [word for segment in found.segments for word in segment.text.split() if word.startswith("word")] == [
            f"word{number}" for number, (start, _) in enumerate(times) if start < 3600
        ]


@pytest.mark.parametrize("seed", range(40))
def test_random_bytes_are_read_or_refused(seed: int) -> None:
    source = random.Random(seed)
    found = outcome(source.randbytes(source.randrange(1, 3000)))
    assert isinstance(found, str | Transcript)


@pytest.mark.parametrize("seed", range(60))
def test_cues_with_damaged_bytes_are_read_or_refused(seed: int) -> None:
    source = random.Random(seed)
    data = bytearray("".join(source.choice(PIECES) for _ in range(40)).encode())
    for _ in range(source.randrange(1, 6)):
        data[source.randrange(len(data))] = source.randrange(256)
    found = outcome(bytes(data))
    if isinstance(found, Transcript):
        require_sound(found)
