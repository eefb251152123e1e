"""Talk that resembles a heading, another format or another kind of file stays talk, in its order and at its times."""

from pathlib import Path

import pytest

from meeting_pipeline.providers.imported.reading import read_transcript

Said = list[tuple[str | None, str]]


def said(folder: Path, text: str, name: str = "a.txt") -> Said:
    """Speakers and words as they are read; neighbours of one speaker are one turn."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    transcript = read_transcript(path)
    turns: Said = []
    for segment in transcript.segments:
        speaker = transcript.speaker_names.get(segment.speaker)
        if turns and turns[-1][0] == speaker:
            turns[-1] = (speaker, f"{turns[-1][1]} {segment.text}")
        else:
            turns.append((speaker, segment.text))
    return turns


def starts(folder: Path, text: str, name: str = "a.txt") -> list[int]:
    """The start of each segment in milliseconds."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return [segment.start_ms for segment in read_transcript(path).segments]


@pytest.mark.parametrize(
    "row", ["Ben: The transcript.", "Ben: Transcript.", "Ben: I think\ntranscript", "Ben: I think\nTranscript"]
)
def test_a_sentence_about_the_transcript_ends_no_notes(tmp_path: Path, row: str) -> None:
    text = (
        "Ana: What do we still need?\nBen: I have the budget and the plan.\nAna: And what else do we need?\n"
        f"{row}\nAna: Good, then send it on Monday.\nAna: That is all for today.\n"
    )
    turns = said(tmp_path, text)
    assert [speaker for speaker, _ in turns] == ["Ana", "Ben", "Ana", "Ben", "Ana"]
    assert turns[3][1].lower().endswith("transcript" + "." * row.endswith("."))


def test_a_speaker_whose_only_words_name_the_transcript_is_kept(tmp_path: Path) -> None:
    turns = said(tmp_path, "Ana: What is missing?\nBen: Transcript.\nAna: Good, then send it.\nAna: That is all.\n")
    assert turns[:2] == [("Ana", "What is missing?"), ("Ben", "Transcript.")]


def test_notes_above_the_heading_stay_out_although_the_talk_names_the_transcript_again(tmp_path: Path) -> None:
    text = "Notes\nThe team talked about money.\n\nTranscript\nAna: What is missing?\nBen: Transcript.\nAna: Good.\nBen: Bye.\n"
    assert said(tmp_path, text) == [
        ("Ana", "What is missing?"),
        ("Ben", "Transcript."),
        ("Ana", "Good."),
        ("Ben", "Bye."),
    ]
