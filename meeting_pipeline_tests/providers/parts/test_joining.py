"""Parts become one transcript: with times of the whole recording, one set of speakers, and every word."""

from meeting_pipeline.domain.transcript import Segment
from meeting_pipeline.providers.parts.joining import Part, has_speakers, labelled, with_labels, with_turns
from meeting_pipeline.providers.parts.port import PartText, Said, SaidWord
from meeting_pipeline.providers.parts.voices import Turn


def part(start: int, end: int, *said: Said, timed: bool = True) -> Part:
    return Part(start, end, PartText(said, timed))


def shown(segments: tuple[Segment, ...]) -> list[tuple[str, int, int, str]]:
    return [(one.speaker, one.start_ms, one.end_ms, one.text) for one in segments]


def test_times_are_those_of_the_whole_recording() -> None:
    parts = [part(0, 9_000, Said("One.", 0, 900, "A")), part(9_000, 20_000, Said("Two.", 500, 1_500, "A"))]
    assert shown(with_labels(parts, [(0, "A", 5), (1, "A", 7)])) == [
        ("A", 0, 900, "One."), ("B", 9_500, 10_500, "Two."),
    ]  # fmt: skip


def test_labels_of_parts_are_kept_apart_for_linking() -> None:
    parts = [part(0, 9_000, Said("One.", 0, 900, "A")), part(9_000, 20_000, Said("Two.", 500, 1_500, "A"))]
    assert has_speakers(parts)
    assert [(one.start_ms, one.part, one.label) for one in labelled(parts)] == [(0, 0, "A"), (9_500, 1, "A")]


def test_a_part_in_which_nothing_is_said_does_not_count() -> None:
    assert has_speakers([part(0, 9, Said("x", 0, 9, "A")), part(9, 20)])
    assert not has_speakers([part(0, 9, Said("x", 0, 9, "A")), part(9, 20, Said("y", 0, 9))])


def test_a_piece_belongs_to_who_speaks_most_of_it() -> None:
    parts = [part(10_000, 20_000, Said("Hello you.", 0, 4_000), Said("Bye.", 4_000, 9_000))]
    turns = [Turn(10_000, 13_000, 3), Turn(13_000, 19_000, 1)]
    assert [(one.speaker, one.text) for one in with_turns(parts, turns)] == [("A", "Hello you."), ("B", "Bye.")]


def test_a_piece_is_cut_between_words_where_the_speaker_changes() -> None:
    words = (SaidWord("yes", 0, 400), SaidWord("and", 500, 900), SaidWord("no", 1_000, 1_400))
    parts = [part(0, 2_000, Said("Yes, and no.", 0, 2_000, words=words))]
    assert shown(with_turns(parts, [Turn(0, 450, 0), Turn(450, 2_000, 1)])) == [
        ("A", 0, 400, "Yes,"), ("B", 500, 1_400, "and no."),
    ]  # fmt: skip


def test_words_that_are_not_those_of_the_text_do_not_cut_it() -> None:
    words = (SaidWord("yes", 0, 400), SaidWord("no", 1_000, 1_400))
    parts = [part(0, 2_000, Said("Yes, and no.", 0, 2_000, words=words))]
    assert [one.text for one in with_turns(parts, [Turn(0, 450, 0), Turn(450, 2_000, 1)])] == ["Yes, and no."]


def test_what_is_said_in_silence_belongs_to_the_nearest_voice() -> None:
    parts = [part(0, 60_000, Said("Hm.", 20_000, 20_500), Said("Ah.", 50_000, 50_500))]
    turns = [Turn(0, 15_000, 0), Turn(40_000, 49_000, 1)]
    assert [one.speaker for one in with_turns(parts, turns)] == ["A", "B"]


def test_without_any_voice_there_is_one_speaker() -> None:
    assert [one.speaker for one in with_turns([part(0, 9, Said("Hm.", 0, 9))], [])] == ["A"]


def test_a_text_without_times_is_spread_over_the_speech_of_its_part() -> None:
    text = "Aaaaaaaaa. Bbbbbbbbb. Ccccccccc. Ddddddddd."
    parts = [part(10_000, 30_000, Said(text, 0, 20_000), timed=False)]
    turns = [Turn(0, 9_000, 0), Turn(12_000, 16_000, 0), Turn(20_000, 24_000, 1), Turn(40_000, 50_000, 0)]
    found = with_turns(parts, turns)
    assert " ".join(one.text for one in found) == text
    assert [(one.speaker, one.start_ms) for one in found] == [
        ("A", 12_000),
        ("A", 14_000),
        ("B", 20_000),
        ("B", 22_000),
    ]


def test_a_number_with_a_point_is_no_end_of_a_sentence() -> None:
    parts = [part(0, 9_000, Said("It is 3.5 percent. Fine.", 0, 9_000), timed=False)]
    assert [one.text for one in with_turns(parts, [])] == ["It is 3.5 percent.", "Fine."]


def test_chinese_sentences_need_no_spaces() -> None:
    parts = [part(0, 9_000, Said("你好。再见。", 0, 9_000), timed=False)]
    assert [one.text for one in with_turns(parts, [])] == ["你好。", "再见。"]
