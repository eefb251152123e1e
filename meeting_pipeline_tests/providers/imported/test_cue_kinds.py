# ruff: noqa: RUF001 - letters of other scripts are meant
"""Cue files of each kind that people have: layouts of many programs, speakers named in many ways, captions shown twice."""

from collections.abc import Callable
from pathlib import Path

import pytest

from meeting_pipeline.domain.errors import IntakeRefused
from meeting_pipeline.domain.transcript import Transcript
from meeting_pipeline.providers.imported.reading import read_transcript

Said = list[tuple[str | None, str]]


def read(folder: Path, name: str, content: str | bytes) -> Transcript:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_transcript(path)


def said(transcript: Transcript) -> Said:
    return [(transcript.speaker_names.get(segment.speaker), segment.text) for segment in transcript.segments]


def srt(*texts: str, step: int = 10) -> str:
    """A cue of four seconds for each text, every ``step`` seconds."""
    return "\n".join(
        f"{number}\n00:{number * step // 60:02d}:{number * step % 60:02d},000 --> "
        f"00:{(number * step + 4) // 60:02d}:{(number * step + 4) % 60:02d},000\n{text}\n"
        for number, text in enumerate(texts)
    )


def vtt(*texts: str, step: int = 10) -> str:
    return "WEBVTT\n\n" + srt(*texts, step=step).replace(",000", ".000")


SPEAKERS: dict[str, tuple[str, Said, str]] = {
    "brackets with a colon": (
        srt("[SPEAKER_02]: We begin.", "[SPEAKER_00]: Fine with me."),
        [("SPEAKER_02", "We begin."), ("SPEAKER_00", "Fine with me.")],
        "whisper-captions",
    ),
    "brackets without a colon": (
        srt("[Speaker 1] We begin.", "[Speaker 2] Fine.", "[Music]", "[Speaker 1] Next."),
        [("Speaker 1", "We begin."), ("Speaker 2", "Fine."), ("Speaker 2", "[Music]"), ("Speaker 1", "Next.")],
        "whisper-captions",
    ),
    "parentheses": (
        vtt("(speaker 1) Who calls them?", "(speaker 0) I do.", "(speaker ?) Hm."),
        [("speaker 1", "Who calls them?"), ("speaker 0", "I do."), (None, "Hm.")],
        "whisper-captions",
    ),
    "names in brackets": (
        srt("[Mia Wolf] We begin.", "[Tom] Fine.", "[Mia Wolf] Next."),
        [("Mia Wolf", "We begin."), ("Tom", "Fine."), ("Mia Wolf", "Next.")],
        "whisper-captions",
    ),
    "descriptions of sounds": (
        srt("[Music] Good morning.", "(laughs) It is late.", "[applause]"),
        [(None, "[Music] Good morning."), (None, "(laughs) It is late."), (None, "[applause]")],
        "srt",
    ),
    "chevrons with names": (
        srt(">> MIA: We begin.", "It is late.", ">> TOM: Fine. >> MIA: Next."),
        [("MIA", "We begin."), ("MIA", "It is late."), ("TOM", "Fine."), ("MIA", "Next.")],
        "chevron-captions",
    ),
    "chevrons without names": (
        srt("&gt;&gt; We begin.", "&gt;&gt; Fine."),
        [(None, "We begin."), (None, "Fine.")],
        "chevron-captions",
    ),
    "names where the speaker changes": (
        srt("Mia: We begin", "with the budget.", "Tom: I call the bank", "on Monday.", step=4),
        [("Mia", "We begin with the budget."), ("Tom", "I call the bank on Monday.")],
        "podcast-captions",
    ),
    "names before every cue, one without": (
        vtt("Mia: We begin.", "Mia: It is late.", "Tom: Fine.", "Right."),
        [("Mia", "We begin."), ("Mia", "It is late."), ("Tom", "Fine."), (None, "Right.")],
        "zoom-vtt",
    ),
    "phone numbers": (
        vtt("+49 30 5550100: Can you hear me?", "Mia: Yes.", "1555***0123: I call in."),
        [("+49 30 5550100", "Can you hear me?"), ("Mia", "Yes."), ("1555***0123", "I call in.")],
        "zoom-vtt",
    ),
    "full-width colon": (
        vtt("张三：大家好。", "李四：我明天发合同。"),
        [("张三", "大家好。"), ("李四", "我明天发合同。")],
        "zoom-vtt",
    ),
    "direction marks": (
        vtt("\u200fمريم: صباح الخير.", "\u202bعلي\u202c: سأرسل العقد."),
        [("مريم", "صباح الخير."), ("علي", "سأرسل العقد.")],
        "zoom-vtt",
    ),
    "emoji": (vtt("Tom 🦊: We begin.", "🌸 Mia: Fine."), [("Tom 🦊", "We begin."), ("🌸 Mia", "Fine.")], "zoom-vtt"),
    "one name in four forms": (
        vtt("<v Zoé Noël>a</v>", "<v Zoe\u0301 Noe\u0308l>b</v>", "<v Zoé\u00a0Noël>c</v>", "<v Zoé  Noël >d</v>"),
        [("Zoé Noël", "a"), ("Zoé Noël", "b"), ("Zoé Noël", "c"), ("Zoé Noël", "d")],
        "voices-vtt",
    ),
    "a dash is no name": (vtt("<v ->One.</v>", "<v \N{EN DASH}>Two.</v>"), [(None, "One."), (None, "Two.")], "vtt"),
    "quoted names in identifiers": (
        'WEBVTT\n\n1 "Mia Wolf" (77)\n00:01.000 --> 00:02.000\nWe begin.\n\n2 "Tom" (78)\n00:11.000 --> 00:12.000\nFine.\n',
        [("Mia Wolf", "We begin."), ("Tom", "Fine.")],
        "webex-vtt",
    ),
    "names as identifiers": (
        "WEBVTT\n\nMia Wolf\n00:01.000 --> 00:02.000\nWe begin.\n\nTom Bell\n00:11.000 --> 00:12.000\nFine.\n",
        [("Mia Wolf", "We begin."), ("Tom Bell", "Fine.")],
        "webex-vtt",
    ),
    "chapters are no speakers": (
        "WEBVTT\n\nChapter One\n00:01.000 --> 00:02.000\nWe begin.\n\nChapter Two\n00:11.000 --> 00:12.000\nThe end.\n",
        [(None, "We begin."), (None, "The end.")],
        "vtt",
    ),
    "words before a colon are no speakers": (
        srt("We met on time.", "Note: bring the forms.", "One thing: the rent.", "Agenda: rent, then staff."),
        [
            (None, text)
            for text in (
                "We met on time.",
                "Note: bring the forms.",
                "One thing: the rent.",
                "Agenda: rent, then staff.",
            )
        ],
        "srt",
    ),
    "labels in braces": (
        srt("{Speaker 1} We begin.", "{Speaker 2} Fine."),
        [("Speaker 1", "We begin."), ("Speaker 2", "Fine.")],
        "whisper-captions",
    ),
    "labels in angle brackets": (
        vtt("<Speaker 1> We begin.", "<Speaker 2> Fine."),
        [("Speaker 1", "We begin."), ("Speaker 2", "Fine.")],
        "whisper-captions",
    ),
    "one name behind chevrons": (
        vtt(">> Good evening.", ">> MIA: We begin.", ">> Thanks."),
        [(None, "Good evening."), ("MIA", "We begin."), (None, "Thanks.")],
        "chevron-captions",
    ),
    "no space behind the colon": (
        srt("Mia:We begin.", "Tom:It is late.", "Mia:Fine."),
        [("Mia", "We begin."), ("Tom", "It is late."), ("Mia", "Fine.")],
        "srt",
    ),
    "spaces within times": (
        srt("Mia: We begin.", "Tom: Fine.").replace(":10,", " : 10,"),
        [("Mia", "We begin."), ("Tom", "Fine.")],
        "srt",
    ),
    "two speakers in one cue": (
        srt("- Mia: Who calls?\n- Tom: I do.", "Mia: Good."),
        [("Mia", "Who calls?"), ("Tom", "I do."), ("Mia", "Good.")],
        "srt",
    ),
}


@pytest.mark.parametrize("kind", SPEAKERS)
def test_speakers_are_those_that_the_file_names(tmp_path: Path, kind: str) -> None:
    content, expected, model = SPEAKERS[kind]
    transcript = read(tmp_path, "a.vtt" if content.startswith("WEBVTT") else "a.srt", content)
    assert said(transcript) == expected
    assert transcript.provenance.model == model
    assert transcript.provenance.words is not None
    assert transcript.provenance.words.share == 1


SLIDING = "a long talk about very little that takes time"
REPEATED = {
    "rolling rows": (
        "1\n00:00:00,000 --> 00:00:02,000\none thing\n\n2\n00:00:02,000 --> 00:00:02,010\none thing\n\n"
        "3\n00:00:02,010 --> 00:00:05,000\none thing\nleads to another\n\n"
        "4\n00:00:05,000 --> 00:00:06,000\nleads to another\nin time\n",
        "one thing leads to another in time",
    ),
    "growing at one start": (
        "1\n00:00:00,000 --> 00:00:01,000\nwe will\n\n2\n00:00:00,000 --> 00:00:02,000\nwe will meet\n\n"
        "3\n00:00:00,000 --> 00:00:03,000\nWe will meet today.\n",
        "We will meet today.",
    ),
    "growing in steps": (
        "1\n00:00:00,000 --> 00:00:01,000\nwe\n\n2\n00:00:01,000 --> 00:00:02,000\nwe will\n\n"
        "3\n00:00:02,000 --> 00:00:03,000\nwe will meet\n",
        "we will meet",
    ),
    "sliding words": (
        "".join(
            f"{i + 1}\n00:00:0{i},000 --> 00:00:0{i + 1},000\n{' '.join(SLIDING.split()[i : i + 5])}\n\n"
            for i in range(5)
        ),
        SLIDING,
    ),
}


@pytest.mark.parametrize("kind", REPEATED)
def test_captions_that_are_shown_twice_are_read_once_and_counted(tmp_path: Path, kind: str) -> None:
    content, expected = REPEATED[kind]
    transcript = read(tmp_path, "a.srt", content)
    assert transcript.text == expected
    words = transcript.provenance.words
    assert words is not None
    assert words.words_in == words.words_kept == len(expected.split())
    assert words.left_out["repeated captions"] > 0


def test_people_who_repeat_themselves_are_heard_twice(tmp_path: Path) -> None:
    content = "".join(
        f"{i}\n00:00:0{i},000 --> 00:00:0{i + 1},000\n{text}\n\n"
        for i, text in enumerate(["Yes.", "Yes.", "We will.", "We will see.", "No."])
    )
    assert read(tmp_path, "a.srt", content).text == "Yes. Yes. We will. We will see. No."


def test_a_jump_back_keeps_the_order_of_the_file_and_continues_the_clock(tmp_path: Path) -> None:
    content = (
        vtt("Mia: One.", "Mia: Two.", "Tom: Three.")[:-1]
        + "\n"
        + vtt("Tom: Four.", "Mia: Five.").removeprefix("WEBVTT\n\n")
    )
    transcript = read(tmp_path, "a.vtt", content)
    assert [segment.text for segment in transcript.segments] == ["One.", "Two.", "Three. Four.", "Five."]
    assert [segment.start_ms for segment in transcript.segments] == [0, 10_000, 20_000, 34_000]
    assert "starts again" in transcript.provenance.note


def test_small_overlaps_keep_the_order_of_the_file(tmp_path: Path) -> None:
    content = "WEBVTT\n\n00:02.000 --> 00:04.000\n<v Mia>One.\n\n00:01.000 --> 00:03.000\n<v Tom>Two.\n"
    transcript = read(tmp_path, "a.vtt", content)
    assert said(transcript) == [("Mia", "One."), ("Tom", "Two.")]
    assert [segment.start_ms for segment in transcript.segments] == [2000, 2000]


@pytest.mark.parametrize("times", ["99999:00:00.000 --> 99999:00:01.000", "00:00.000 --> 60:00:00.000"])
def test_a_length_that_no_meeting_has_is_refused(tmp_path: Path, times: str) -> None:
    with pytest.raises(IntakeRefused) as refusal:
        read(tmp_path, "a.vtt", f"WEBVTT\n\n{times}\nHello.\n")
    assert refusal.value.code == "too_long"


def test_a_clock_that_starts_late_is_kept(tmp_path: Path) -> None:
    transcript = read(tmp_path, "a.vtt", "WEBVTT\n\n100:00:01.000 --> 100:00:02.000\nHello.\n")
    assert transcript.segments[0].start_ms == 360_001_000


def test_what_stands_before_the_first_cue_is_counted_as_left_out(tmp_path: Path) -> None:
    transcript = read(tmp_path, "a.srt", "Weekly sync of the team\n\n" + srt("Mia: We begin.", "Tom: Fine."))
    words = transcript.provenance.words
    assert words is not None
    assert words.left_out == {"head rows": 5}
    assert (words.words_in, words.words_kept) == (8, 3)


def test_words_of_a_broken_block_are_kept(tmp_path: Path) -> None:
    transcript = read(
        tmp_path,
        "a.srt",
        "1\n00:00:01,000 --> 00:00:02,000\nHello\n\nthere, all of you.\n\n2\n00:00:09,000 --> 00:00:10,000\nBye.\n",
    )
    assert transcript.text == "Hello there, all of you.\nBye."  # the gap is longer than a pause


def test_labels_of_a_file_stay_those_of_the_file(tmp_path: Path) -> None:
    transcript = read(tmp_path, "a.srt", srt("Speaker C: One.", "Mia: Two.", "speaker a: Three."))
    assert transcript.speaker_names == {"C": "Speaker C", "B": "Mia", "A": "speaker a"}


@pytest.mark.parametrize(("kind", "row"), [(srt, "10:30"), (srt, "12:30"), (vtt, "10:30")])
def test_a_time_said_in_the_last_row_is_kept(tmp_path: Path, kind: Callable[..., str], row: str) -> None:
    content = kind("Ana: When do we meet?", "Ben:\n") + f"{row}\n"
    assert said(read(tmp_path, "a.srt" if kind is srt else "a.vtt", content))[-1][1].endswith(row)


@pytest.mark.parametrize(
    "cut", ["2\n00:0", "00:00:2", "2\n01:0", "01:00:20.000 --", "01:00:20.000 -->", "01:00:20.000 --> 01:0"]
)
def test_a_last_cue_that_was_cut_off_is_no_talk(tmp_path: Path, cut: str) -> None:
    content = vtt("Ana: When do we meet?", "Ben: At noon.") + f"\n{cut}"
    assert said(read(tmp_path, "a.vtt", content)) == [("Ana", "When do we meet?"), ("Ben", "At noon.")]


def test_a_caption_that_begins_with_the_letters_of_the_next_is_kept(tmp_path: Path) -> None:
    content = "1\n00:00:01,000 --> 00:00:04,000\nIt's the\n\n2\n00:00:03,000 --> 00:00:06,000\nIt's there we meet\n"
    words = " ".join(text for _, text in said(read(tmp_path, "a.srt", content)))
    assert words == "It's the It's there we meet"


def test_one_word_that_is_said_three_times_is_kept_three_times(tmp_path: Path) -> None:
    content = "".join(
        f"{second}\n00:00:0{second},000 --> 00:00:0{second + 1},000\n{text}\n\n"
        for second, text in enumerate(("<b>No.</b>", "No.", "<b>No.</b>"), start=1)
    )
    assert " ".join(text for _, text in said(read(tmp_path, "a.srt", content))) == "No. No. No."
