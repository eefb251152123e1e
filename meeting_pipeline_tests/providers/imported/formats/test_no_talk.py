"""Files that have no talk are refused with what they are, instead of being read as if somebody had said them."""

import json
from pathlib import Path

import pytest

from meeting_pipeline.domain.errors import IntakeRefused
from meeting_pipeline.providers.imported.reading import read_transcript

CASES: dict[str, list[str]] = json.loads(Path(__file__).with_name("no_talk.json").read_text(encoding="utf-8"))
"""What it is -> file name, text, and a word of the message."""


@pytest.mark.parametrize("case", CASES)
def test_a_file_without_talk_is_refused_with_what_it_is(tmp_path: Path, case: str) -> None:
    name, text, word = CASES[case]
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    with pytest.raises(IntakeRefused) as refused:
        read_transcript(path)
    assert refused.value.code == "bad_transcript"
    assert word in refused.value.message


def test_talk_that_mentions_a_summary_is_talk(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("Ana: Summary\nBen: Action items\nAna: Next steps\nBen: Good, we are done.\n", encoding="utf-8")
    assert len(read_transcript(path).segments) == 4


def test_a_row_transcript_within_the_talk_hides_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("Ana: What is missing?\nBen: One word.\nTranscript\nAna: Thanks.\nBen: Bye.\n", encoding="utf-8")
    said = " ".join(segment.text for segment in read_transcript(path).segments)
    assert "What is missing?" in said
    assert "One word." in said


@pytest.mark.parametrize("name", ["words", "seconds"])
def test_words_of_all_turns_are_read_and_counted(tmp_path: Path, name: str) -> None:
    """Each turn has a list of words of its own; only the first was read, and the count said that nothing was missing."""
    key = {"words": "text", "seconds": "word"}[name]
    turns = ",".join(
        f'{{"speaker": "S{number % 2}", "words": [{{"{key}": "one", "start": {number}, "end": {number}.5}}]}}'
        for number in range(10)
    )
    path = tmp_path / "a.json"
    path.write_text(f'{{"turns": [{turns}]}}', encoding="utf-8")
    transcript = read_transcript(path)
    assert [segment.start_ms for segment in transcript.segments] == [number * 1000 for number in range(10)]
    assert transcript.provenance.words is not None
    assert transcript.provenance.words.words_kept == 10


def test_controls_and_halves_of_characters_stay_out_of_the_transcript(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(
        r'{"language": "x\u0000'
        + "y" * 500
        + r'", "segments": [{"start": 1, "end": 2, "text": "Good \ud800\u0000\u001b[2J morning",'
        r' "speaker": "An\udc00a\u0007"}, {"start": 3, "end": 4, "text": "\u0001", "speaker": "Ben"}]}',
        encoding="utf-8",
    )
    transcript = read_transcript(path)
    (segment,) = transcript.segments
    assert segment.text.isprintable()
    assert segment.text.startswith("Good")
    assert all(name.isprintable() for name in transcript.speaker_names.values())
    assert transcript.language is None
