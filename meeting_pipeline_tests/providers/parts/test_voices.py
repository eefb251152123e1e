"""Speakers by voice: one number for a voice in all parts, and never one for two labels of a part."""

from pathlib import Path

from meeting_pipeline.providers.parts.voices import Labelled, linked, turns
from meeting_pipeline_tests.sounds import write

TALK: list[tuple[int | None, float]] = [
    (0, 4.0), (None, 0.6), (1, 4.0), (None, 0.6), (0, 4.0), (None, 0.6), (1, 4.0),
]  # fmt: skip


def talk(folder: Path) -> Path:
    return write(folder / "talk.wav", TALK)


def test_two_voices_take_turns(tmp_path: Path) -> None:
    found = turns(talk(tmp_path), None)
    heard = [
        ((turn.start_ms + turn.end_ms) // 9_200, turn.speaker) for turn in found if turn.end_ms - turn.start_ms > 1_000
    ]
    speakers = dict(heard)
    assert len(set(speakers.values())) == 2
    assert speakers[0] == speakers[2] != speakers[1] == speakers[3]


def test_labels_of_two_parts_are_linked_by_voice_though_they_are_swapped(tmp_path: Path) -> None:
    spoken = [
        Labelled(0, 4_000, 0, "A"), Labelled(4_600, 8_600, 0, "B"),
        Labelled(9_200, 13_200, 1, "B"), Labelled(13_800, 17_800, 1, "A"),
    ]  # fmt: skip
    found = {(part, label): speaker for part, label, speaker in linked(talk(tmp_path), spoken, None)}
    assert found[0, "A"] == found[1, "B"] != found[0, "B"] == found[1, "A"]


def test_two_labels_of_one_part_stay_two_people_even_with_one_voice(tmp_path: Path) -> None:
    spoken = [Labelled(0, 4_000, 0, "A"), Labelled(9_200, 13_200, 0, "B"), Labelled(13_800, 17_800, 1, "A")]
    found = {(part, label): speaker for part, label, speaker in linked(talk(tmp_path), spoken, None)}
    assert found[0, "A"] != found[0, "B"]


def test_a_known_number_of_speakers_is_met_where_labels_allow(tmp_path: Path) -> None:
    spoken = [Labelled(0, 4_000, 0, "A"), Labelled(4_600, 8_600, 1, "A"), Labelled(9_200, 13_200, 2, "A")]
    assert len({speaker for _, _, speaker in linked(talk(tmp_path), spoken, 1)}) == 1
    assert len({speaker for _, _, speaker in linked(talk(tmp_path), spoken, 3)}) == 3


def test_a_label_of_which_nothing_is_heard_has_a_speaker_all_the_same(tmp_path: Path) -> None:
    spoken = [Labelled(0, 4_000, 0, "A"), Labelled(8_700, 8_900, 0, "B"), Labelled(99_000, 99_500, 1, "A")]
    found = linked(talk(tmp_path), spoken, None)
    assert [(part, label) for part, label, _ in found] == [(0, "A"), (0, "B"), (1, "A")]
    assert found[0][2] != found[1][2]
