"""Hostile exports are read, or rejected with a reason, in linear time."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from meeting_pipeline.domain.errors import IntakeRefused
from meeting_pipeline.providers import policies
from meeting_pipeline.providers.imported.reading import read_transcript
from meeting_pipeline_tests.processor_time import assert_linear, assert_within

SIZE = 300_000
CPU_SECONDS = 15.0
"""Linear reading takes less than 1 s, quadratic reading takes minutes."""
HEAD = "WEBVTT\n\n00:00:00.000 --> 00:00:10.000\n"
CUE = "00:00.000 --> 00:01.000\n"


def outcome(folder: Path, name: str, text: str) -> str:
    """``read``, or the code of the rejection."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    codes = ["read"]

    def read() -> None:
        try:
            read_transcript(path)
        except IntakeRefused as error:
            codes.append(error.code)

    assert_within(CPU_SECONDS, read)
    return codes[-1]


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("newlines.txt", "Hello there" + "\n" * SIZE + "end", "read"),
        ("newlines.srt", "\n" * SIZE + "1\n00:00:00,000 --> 00:00:05,000\nHello there\n", "read"),
        ("voice.vtt", HEAD + "<v " * (SIZE // 3) + "\nhello\n", "read"),
        ("spaces.vtt", HEAD + "<v" + " " * SIZE + "hello there\n", "read"),
        ("tag.vtt", HEAD + "<c." * (SIZE // 3) + " hello\n", "read"),
        ("classes.vtt", HEAD + "<v.a" * (SIZE // 4) + " hello\n", "read"),
        ("one_time.vtt", "WEBVTT\n\n" + (CUE + "words that are said\n\n") * 20_000, "read"),
        ("lines.txt", "a word\n" * 90_000, "read"),
        ("brackets.txt", "[" * SIZE, "read"),
        ("name.txt", "A" + " " * SIZE + ": hello", "read"),
        ("digits.vtt", "WEBVTT\n\n" + "9" * SIZE + ":00:00.000 --> 00:00:01.000\nHi\n", "bad_transcript"),
        ("entity.vtt", HEAD + "Hello &#" + "9" * 5_000 + ";\n", "read"),
        ("cues.vtt", "WEBVTT\n\n" + CUE * (policies.MAX_TRANSCRIPT_LINES + 1), "too_large"),
        ("rows.txt", "a\n" * (policies.MAX_TRANSCRIPT_LINES + 1), "too_large"),
        ("voices.vtt", HEAD + "".join(f"<v N{i}>a</v>" for i in range(2_000)), "bad_transcript"),
        ("years.vtt", "WEBVTT\n\n99999999:00:00.000 --> 99999999:00:09.000\nHello from afar\n", "too_long"),
        ("words.txt", "word " * 500_000, "too_long"),
        ("endless_word.vtt", HEAD + "a" * (policies.MAX_TRANSCRIPT_CHARACTERS + 1), "too_large"),
        ("endless_word.txt", "a" * (policies.MAX_TRANSCRIPT_CHARACTERS + 1), "too_large"),
        ("quick_words.vtt", HEAD + "word " * (policies.MAX_TRANSCRIPT_CHARACTERS // 4), "too_large"),
    ],
    ids=lambda value: value if isinstance(value, str) and len(value) < 20 else "",
)
@pytest.mark.slow
def test_a_hostile_export_is_read_or_refused_in_linear_time(
    tmp_path: Path, name: str, text: str, expected: str
) -> None:
    assert outcome(tmp_path, name, text) == expected


LARGEST = 20 * 1024**2 - 200
"""Bytes of the largest export that is read at all."""


@pytest.mark.parametrize(
    ("name", "piece"),
    [
        ("arrows.vtt", "-->"), ("timings.vtt", "00:00 --> \n"), ("cues.vtt", "00:00.000 --> 00:01.000\na\n\n"), ("open.vtt", "<"),
        ("entities.vtt", "&a"), ("voices.vtt", "<v a>b"), ("styling.srt", "{\\"), ("white.srt", "\t \n"), ("digits.srt", "9\n"),
        ("chevrons.vtt", ">> A: b "), ("brackets.srt", "[a] "), ("names.srt", "Ana: a\n"), ("comments.vtt", "NOTE a\n\n"),
        ("accents.vtt", "a\u0301"), ("characters.vtt", "\u6211\uff1a"), ("empty.vtt", "\n"),
    ],
)  # fmt: skip
@pytest.mark.slow
def test_twenty_megabytes_of_anything_are_read_or_refused_in_time(tmp_path: Path, name: str, piece: str) -> None:
    text = HEAD + piece * (LARGEST // len(piece.encode()))
    assert outcome(tmp_path, name, text) in ("too_large", "empty_transcript")


MEGABYTES: dict[str, tuple[str, str, str]] = {
    "list.json": ("[", '{"text":"a","start":1},', '{"text":"a","start":1}]'),
    "words.json": ('{"a":[', '{"words":[{"text":"a","start":1,"end":2,"speaker":"A"}]},', "{}]}"),
    "alternatives.json": (
        '{"results":[',
        '{"alternatives":[{"transcript":"a b","words":[{"word":"a","start":1}]}]},',
        "{}]}",
    ),
    "people.json": ('{"speakers":[', '{"id":1,"name":"A"},', '{}],"s":[{"start":1,"text":"a","speakerId":1}]}'),
    "rows.jsonl": ("", '{"start":1,"text":"a"}\n', ""),
    "groups.rtf": ("{\\rtf1 ", "{", "}"),
    "hidden.rtf": ("{\\rtf1 ", "{\\*\\a ", "}"),
    "open.html": ("<html>", "<", ">"),
    "tags.html": ("<html>", "<a ", ">"),
    "comments.html": ("<html>", "<!--", ">"),
    "entities.html": ("<html>", "&a", ">"),
    "captions.ttml": ("<tt><body>", '<p begin="1s">a</p>', "</body></tt>"),
    "deep.ttml": ("<tt>", "<p>", ""),
    "attributes.ttml": ("<tt ", 'a="1" ', "/>"),
    "times.lrc": ("", "[00:01.00]", ""),
    "turns.stm": ("", "a 1 b 1.0 2.0 c\n", ""),
    "quotes.csv": ("start,text\n", '"', ""),
    "emphasis.md": ("", "*_", ""),
    "anchors.md": ("", "{#", ""),
    "headings.txt": ("", "Transcript\n", ""),
    "ranges.txt": ("", "(0:00 - 0:01) a ", ""),
    "turns.txt": ("", "Ana: Yes. Ben: No. ", ""),
    "bars.txt": ("", "| a | b | c |\n", ""),
    "marked.vtt": ("WEBVTT\n\n", "00:01.000 --> 00:02.000\n<u>a</u> b\n\n", ""),
    "data.vtt": ("WEBVTT\n\n", '00:01.000 --> 00:02.000\n{"text":"a"}\n\n', ""),
    "halves.txt": ("", "\ud800", ""),
}


@pytest.mark.parametrize("name", MEGABYTES)
@pytest.mark.slow
def test_megabytes_of_every_format_are_read_or_refused_in_time(tmp_path: Path, name: str) -> None:
    begin, piece, end = MEGABYTES[name]
    size = 2 * 1024**2 // len(piece.encode(errors="surrogatepass"))
    (tmp_path / name).write_bytes(f"{begin}{piece * size}{end}".encode(errors="surrogatepass"))

    def read() -> None:
        with suppress(IntakeRefused):
            read_transcript(tmp_path / name)

    assert_within(CPU_SECONDS, read)


@pytest.mark.slow
def test_cues_up_to_the_limit_are_read_in_linear_time(tmp_path: Path) -> None:
    path = tmp_path / "a.srt"

    def reading(count: int) -> Callable[[], object]:
        cues = (
            f"{i}\n{i // 3600:02d}:{i // 60 % 60:02d}:{i % 60:02d},0 --> 40:00:00,0\nMia{i % 900}: one two\n"
            for i in range(count)
        )
        path.write_text("\n".join(cues), encoding="utf-8")
        return lambda: read_transcript(path)

    assert_linear(reading, small=90_000 // 8)


def test_a_day_and_a_night_of_meeting_are_read(tmp_path: Path) -> None:
    assert outcome(tmp_path, "a.vtt", "WEBVTT\n\n30:00:00.000 --> 30:00:09.000\nStill here\n") == "read"
