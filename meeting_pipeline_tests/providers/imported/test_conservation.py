"""Words of a file are in the transcript, or counted as left out; a word that a reader overlooks is noticed."""

from meeting_pipeline.domain.provenance import WordCount
from meeting_pipeline.providers.imported.conservation import NOT_READ, word_count
from meeting_pipeline.providers.imported.lines import Export, LeftOut, Line


def export(*texts: str, speaker: str | None = "Ana Lopez", **more: tuple[LeftOut, ...] | tuple[str, ...]) -> Export:
    lines = tuple(Line(speaker, None, None, text) for text in texts)
    return Export("txt", lines, **more)  # type: ignore[arg-type]


def test_times_and_names_are_structure() -> None:
    text = "Ana Lopez  0:03\nGood morning.\nAna Lopez  00:01:05,250\nHello. We start at 10:30.\n10:02 AM\n"
    assert word_count(text, export("Good morning.", "Hello. We start at 10:30.")) == WordCount(words_in=7, words_kept=7)


def test_a_row_that_a_reader_overlooks_is_noticed() -> None:
    found = word_count("Ana Lopez: Good morning.\nBen: I call the bank.\n", export("Good morning."))
    assert found.left_out == {NOT_READ: 5}
    assert (found.words_in, found.words_kept) == (7, 2)
    assert found.share == 2 / 7


def test_what_is_left_out_is_counted_by_its_reason() -> None:
    left_out = (LeftOut("head rows", "Weekly sync"), LeftOut("repeated captions", "Good morning", counted=False))
    found = word_count(
        "Weekly sync\nTranscript\nGood morning\nGood morning",
        export("Good morning", left_out=left_out, structure=("Transcript",)),
    )
    assert found == WordCount(words_in=4, words_kept=2, left_out={"head rows": 2, "repeated captions": 2})


def test_forms_of_one_word_are_one_word() -> None:
    assert word_count("Zoe\u0301\u200f na\u00adive", export("Zoé naive")).share == 1


def test_characters_of_scripts_without_spaces_count_each() -> None:
    assert word_count("我们开始", export("我们")) == WordCount(words_in=4, words_kept=2, left_out={NOT_READ: 2})


def test_nothing_is_a_share_of_one() -> None:
    assert word_count("", export()).share == 1
