"""Text exports are judged as a whole: talk is never taken for a head row, and no word is lost."""
# ruff: noqa: E501 - the files of programs stand here as they are

import contextlib
import random
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meeting_pipeline.domain.errors import IntakeRefused
from meeting_pipeline.providers.imported.detection import known_formats, scores
from meeting_pipeline.providers.imported.export_format import Source
from meeting_pipeline_tests.processor_time import assert_within
from meeting_pipeline_tests.providers.imported.formats.odd_exports import ODD_EXPORTS, Turn
from meeting_pipeline_tests.providers.imported.reading_sources import export_of, lost_words, turns
from meeting_pipeline_tests.random_examples import examples

CPU_SECONDS = 30.0
"""Twenty megabytes of any text take up to 6 s; quadratic reading takes hours."""


def joined(expected: tuple[Turn, ...]) -> list[tuple[str | None, str]]:
    """The expected turns; neighbours of one speaker are one turn."""
    found: list[tuple[str | None, str]] = []
    for speaker, text, _ in expected:
        if found and found[-1][0] == speaker:
            found[-1] = (speaker, f"{found[-1][1]} {text}")
        else:
            found.append((speaker, text))
    return found


@pytest.mark.parametrize(
    ("text", "expected"), [(text, said) for _, text, said in ODD_EXPORTS], ids=[name for name, _, _ in ODD_EXPORTS]
)
def test_an_odd_export_is_read_as_a_person_reads_it(text: str, expected: tuple[Turn, ...]) -> None:
    export = export_of(text)
    assert turns(export) == joined(expected)
    assert not lost_words(text, export)
    if len(export.lines) == len(expected):
        for line, (_, _, start) in zip(export.lines, expected, strict=True):
            assert start is None or line.start_ms == round(start * 1000)


def test_formats_with_marks_of_their_own_are_surer_than_shapes_and_text_is_a_guess() -> None:
    best = {name: scores(Source("a.txt", text.encode()))[0] for name, text, _ in ODD_EXPORTS}
    assert best["zoom with devices and a bracket in the talk"][0] >= 0.9
    assert best["otter with its last row"][1].name == "otter-txt"
    assert 0.5 <= best["teams over an hour"][0] < 0.9
    assert best["a memo without any structure"][0] < 0.2


def test_sentences_above_the_first_speaker_are_kept_and_titles_are_left_out_in_sight() -> None:
    export = export_of("Weekly\n…and that is all I know about it.\nAna Lopez   0:03\nThanks.\nBen Ode   0:09\nGood.\n")
    assert [(line.speaker, line.text) for line in export.lines] == [
        (None, "…and that is all I know about it."), ("Ana Lopez", "Thanks."), ("Ben Ode", "Good."),
    ]  # fmt: skip
    assert [(part.reason, part.text) for part in export.left_out] == [("head rows", "Weekly")]


def test_the_chat_of_a_meeting_is_refused_as_such() -> None:
    with pytest.raises(IntakeRefused, match="chat of a meeting"):
        export_of("14:00:12\t Ana Lopez:\tlink to the doc\n14:01:40\t Ben Ode:\tthanks a lot\n")


_NAMES = ("Ana Lopez", "Ben", "王芳", "Speaker 1", "+49 30 1234567", "O'Neill, Róisín", "[x", "the room", "")
_ROWS = st.lists(
    st.one_of(
        st.builds(
            "{}{}{}".format, st.sampled_from(_NAMES), st.sampled_from((": ", "   ", " ", " - ", "\uff1a", " (", "\t")),
            st.sampled_from(("0:03", "12:30", "1:02:03", "10:02 AM", "3 seconds", "00:05):", "")),
        ),
        st.builds("[{}] {}".format, st.sampled_from(("0:03", "Ana", "00:01 - 00:04", "00:00.000 --> 00:04.000")), st.text(max_size=30)),
        st.sampled_from(("", "Transcript", "Attendees", "00:05:00", "Meeting ended after 00:06:00", "Agenda", "#", "**", "- ", ">> A:")),
        st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=60),
    ),
    max_size=25,
)  # fmt: skip


@given(_ROWS)
@settings(max_examples=examples(400), deadline=None)
def test_any_rows_are_read_without_a_crash_and_without_losing_a_word(rows: list[str]) -> None:
    text = "\n".join(rows)
    source = Source("a.txt", text.encode())
    try:
        ranking = scores(source)
        export = ranking[0][1].read(source)
    except IntakeRefused:
        return
    assert not lost_words(source.text, export), (ranking[0][1].name, text)
    starts = [line.start_ms for line in export.lines if line.start_ms is not None]
    assert all(start >= 0 for start in starts)


@given(st.binary(max_size=400))
@settings(max_examples=examples(200), deadline=None)
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    for name in ("a.txt", "a.json", "a.docx", "a.tsv", "a.sbv"):
        source = Source(name, data)
        with contextlib.suppress(IntakeRefused):
            ranking = scores(source)
            if ranking:
                ranking[0][1].read(source)


SIZE = 20_000_000
ROWS = 90_000
HOSTILE: dict[str, Callable[[], str]] = {
    "spaces": lambda: "Ana" + " " * SIZE + "0:03\nx\n",
    "colons": lambda: ":" * SIZE,
    "digits": lambda: "1" * SIZE,
    "times": lambda: "0:03 " * (SIZE // 5),
    "brackets": lambda: "[(" * (SIZE // 2),
    "name rows": lambda: "\n".join(f"{'A b ' * 50}   0:{i % 60:02d}\n" for i in range(ROWS // 2)),
    "prefix rows": lambda: "\n".join(f"{'Ab ' * 26}{i}: {'word ' * 25}" for i in range(ROWS)),
    "time rows": lambda: "\n".join("0:03" for _ in range(ROWS)),
    "stamps": lambda: "\n".join(f"[00:00:03 - {' ' * 180}" for _ in range(ROWS)),
    "new names": lambda: "\n".join(f"Name{i}   0:03\nword" for i in range(ROWS // 2)),
    "json lists": lambda: "[" * SIZE,
    "json text": lambda: '{"text": "' + "a " * (SIZE // 2),
    "json objects": lambda: '{"segments": [' + '{"start": 0, "end": 1, "text": "a"},' * (SIZE // 36) + "{}]}",
    "chat": lambda: "\n".join(f"0:03:03\t{'a' * 200}" for _ in range(ROWS)),
    "random": lambda: "".join(random.Random(7).choices("Ab :[]()0123456789-\t\n.>AMpm", k=2_000_000)),
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", HOSTILE)  # fmt: skip
def test_twenty_megabytes_of_any_text_are_read_or_refused_in_seconds(kind: str) -> None:
    source = Source("a.txt", HOSTILE[kind]().encode())
    assert known_formats()

    def read() -> None:
        with contextlib.suppress(IntakeRefused):
            ranking = scores(source)
            if ranking:
                ranking[0][1].read(source)

    assert_within(CPU_SECONDS, read)


@pytest.mark.parametrize("head", ["WEBVTT\n\n", ""])
def test_a_file_with_cues_is_left_to_the_formats_of_cues(head: str) -> None:
    text = (
        head
        + "00:00:01.000 --> 00:00:04.000\nAna   0:03\nBen: hello\n\n00:00:05.000 --> 00:00:09.000\nAna   0:07\nBen: good\n"
    )
    plain = [
        form.name
        for score, form in scores(Source("a.txt", text.encode()))
        if form.name.endswith("-txt") and score > 0.1
    ]
    assert plain == []
