"""Talk that resembles a heading, another format or another kind of file stays talk, in its order and at its times."""

from pathlib import Path

import pytest

from meeting_pipeline.domain.errors import IntakeRefused
from meeting_pipeline.providers.imported.reading import read_transcript
from meeting_pipeline_tests.providers.imported.reading_sources import export_of

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


_MEET = (
    "Weekly - Transcript\nAttendees\nAna Lopez, Ben Cho\nTranscript\n00:00:00\n\n"
    "Ana Lopez: Good morning.\nBen Cho: Good morning.\n"
)


@pytest.mark.parametrize("last", ["The next reunion is at 10:30", "Our next transcription course starts 10:30"])
def test_a_last_sentence_with_a_time_is_talk(tmp_path: Path, last: str) -> None:
    text = f"Ana: Who takes part in it?\nBen: I do.\nAna: Good.\nBen: When is it?\nAna: Let me look.\n{last}\n"
    turns = said(tmp_path, text)
    assert turns[-1] == ("Ana", f"Let me look. {last}")
    assert max(starts(tmp_path, text)) < 60_000


@pytest.mark.parametrize("sentence", ["The next vergadering is on 10:30", "The next vergadering is on 00:10:30"])
def test_a_sentence_near_the_end_of_a_file_of_meet_is_talk(tmp_path: Path, sentence: str) -> None:
    turns = said(tmp_path, f"{_MEET}Ana Lopez: One thing.\n{sentence}\nBen Cho: Bye.\n")
    assert turns[-2:] == [("Ana Lopez", f"One thing. {sentence}"), ("Ben Cho", "Bye.")]


def test_a_meeting_does_not_end_before_its_last_clock_row(tmp_path: Path) -> None:
    text = f"{_MEET}00:15:00\n\nAna Lopez: One thing.\nThe next reunion is at 00:10:30\n"
    assert said(tmp_path, text)[-1] == ("Ana Lopez", "One thing. The next reunion is at 00:10:30")


@pytest.mark.parametrize(
    "below", ["", "\nEsta transcripción editable se ha generado por ordenador y puede contener errores.\n"]
)
def test_the_end_of_a_file_of_meet_in_another_language_is_no_talk(tmp_path: Path, below: str) -> None:
    text = f"{_MEET}Ana Lopez: Bye.\nLa transcripción finalizó después de 00:06:01\n{below}"
    assert said(tmp_path, text)[-1] == ("Ana Lopez", "Bye.")


@pytest.mark.parametrize(
    "text",
    [
        "[00:00:05] Ana: We begin.\n[00:01:20]Ben: Good.\n[00:15:20] Ana: We end.\n",
        "[by: Zoom]\n[00:00:05] Ana: We begin.\n[00:01:20] Ben: Good.\n[00:15:20] Ana: We end.\n",
        "[00:00:05]Ana: We begin.\n[00:01:20]Ben: Good.\n[00:15:20]Ana: We end.\n",
    ],
)
def test_hours_minutes_and_seconds_in_brackets_are_no_hundredths(tmp_path: Path, text: str) -> None:
    assert [turn for turn in said(tmp_path, text) if turn[0]] == [
        ("Ana", "We begin."),
        ("Ben", "Good."),
        ("Ana", "We end."),
    ]
    assert starts(tmp_path, text)[-3:] == [5000, 80_000, 920_000]


@pytest.mark.parametrize("fraction", ["", ".00"])
def test_turns_over_noon_stay_in_the_order_of_their_file(tmp_path: Path, fraction: str) -> None:
    rows = [("12:58", "Ana: First."), ("12:59", "Ben: Second."), ("01:00", "Ana: Third."), ("01:01", "Ben: Fourth.")]
    text = "\n".join(f"[{at}{fraction}]{words}" for at, words in rows)
    assert [words for _, words in said(tmp_path, text)] == ["First.", "Second.", "Third.", "Fourth."]


def test_rows_without_names_over_noon_stay_in_the_order_of_their_file(tmp_path: Path) -> None:
    assert said(tmp_path, "[12:58]First.\n[12:59]Second.\n[01:00]Third.\n") == [(None, "First. Second. Third.")]


def test_captions_with_a_colon_before_some_hundredths_are_captions() -> None:
    export = export_of("[00:01.20]Good morning.\n[00:03:50]I send it.\n[00:05.00]Thanks.\n")
    assert [line.start_ms for line in export.lines] == [1200, 3500, 5000]


def test_captions_that_are_sung_twice_are_sorted() -> None:
    export = export_of("[ti:Song]\n[00:01.20][00:09.00]We sing again.\n[00:05.00]Now we rest.\n")
    assert [line.start_ms for line in export.lines] == [1200, 5000, 9000]


@pytest.mark.parametrize("colon", [":", ""])
def test_turns_of_several_rows_under_headings_of_a_summary_are_talk(tmp_path: Path, colon: str) -> None:
    turn = "We looked at it\nand at the rest\nand we agreed.\n"
    talk = "".join(f"{name}{colon}\n{turn}\n" for name in ("Ana Lopez", "Ben Ode", "Ana Lopez", "Ben Ode"))
    text = f"Summary\nThe team talked.\n\nNext steps\nNone were named.\n\n{talk}"
    assert " ".join(words for _, words in said(tmp_path, text)).count("and we agreed.") == 4


@pytest.mark.parametrize(
    "above", ["From: 10:00 to 10:45\n", "From: 10:00 to 10:45\nDate: 2026-11-20\n", "Received: all papers\n\n"]
)
def test_a_row_that_resembles_a_header_of_mail_refuses_no_talk(tmp_path: Path, above: str) -> None:
    turns = said(tmp_path, f"{above}Ana: Good morning.\nBen: Good morning, Ana.\nAna: We begin.\nBen: Good.\n")
    assert turns[-4:] == [
        ("Ana", "Good morning."),
        ("Ben", "Good morning, Ana."),
        ("Ana", "We begin."),
        ("Ben", "Good."),
    ]


@pytest.mark.parametrize(
    "head",
    [
        "Received: from a.example.org\n by b.example.org; Fri, 20 Nov 2026 10:02:00 +0100\nMessage-ID: <1>\nX-Spam: no\n",
        "From: Ana Lopez\nSent: Friday, November 20, 2026 10:02 AM\nTo: Ben Ode\nSubject: Weekly\n",
    ],
)
def test_an_e_mail_is_refused(tmp_path: Path, head: str) -> None:
    with pytest.raises(IntakeRefused, match="e-mail"):
        said(tmp_path, f"{head}\nGood morning.\n")


def test_people_with_two_first_names_who_spell_an_address_are_no_e_mail(tmp_path: Path) -> None:
    text = "Anne-Marie: Write to ana@example.org.\nJean-Luc: Good.\nAnne-Marie: Thanks.\nJean-Luc: Bye.\n"
    assert len(said(tmp_path, text)) == 4


def test_talk_that_begins_with_a_tag_is_no_page(tmp_path: Path) -> None:
    text = "<p> is the tag that we use, said Ana.\nBen: Good.\nCara: I agree.\nBen: Then it is agreed.\nCara: Yes.\n"
    assert "<p> is the tag that we use, said Ana." in " ".join(words for _, words in said(tmp_path, text))


@pytest.mark.parametrize("between", [" ", " - "])
@pytest.mark.parametrize(
    "dates",
    [("12.10.25", "13.10.25", "14.10.25"), ("11.11.25", "12.12.25", "13.01.26"), ("06.12.25", "20.12.25", "10.01.26")],
)
def test_dates_with_full_stops_are_no_times(tmp_path: Path, dates: tuple[str, ...], between: str) -> None:
    rows = ("Ana reported on the roof.", "Ben bought the paint.", "Ana painted the door.")
    text = "".join(f"{date}{between}{row}\n" for date, row in zip(dates, rows, strict=True))
    assert max(starts(tmp_path, text)) < 600_000
    assert all(date in " ".join(words for _, words in said(tmp_path, text)) for date in dates)


def test_times_with_a_m_and_full_stops_are_times(tmp_path: Path) -> None:
    assert starts(tmp_path, "10:02 a.m. Ana: We begin.\n10:12 a.m. Ben: Good.\n10:22 a.m. Ana: We end.\n") == [
        0,
        600_000,
        1_200_000,
    ]


@pytest.mark.parametrize(("before", "after"), [("", " "), ("[", "] ")])
def test_times_with_full_stops_are_times(tmp_path: Path, before: str, after: str) -> None:
    rows = (("10.02.11", "Ana: We begin."), ("10.12.14", "Ben: Good."), ("10.22.14", "Ana: We end."))
    text = "".join(f"{before}{at}{after}{words}\n" for at, words in rows)
    assert starts(tmp_path, text) == [0, 603_000, 1_203_000]
