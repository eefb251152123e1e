"""Tables without a heading that is known: which column has the names, and which the words."""

from collections.abc import Callable

import pytest

from meeting_pipeline.providers.imported.export_format import Source
from meeting_pipeline.providers.imported.formats import table_txt
from meeting_pipeline_tests.processor_time import assert_linear
from meeting_pipeline_tests.providers.imported.reading_sources import export_of, turns


@pytest.mark.parametrize("answer", ["12", "10:30"])
@pytest.mark.parametrize("row", ["{0}\t{1}\t{2}\n", "| {0} | {1} | {2} |\n"])
def test_answers_that_are_numbers_or_times_are_kept(row: str, answer: str) -> None:
    cells = [
        ("00:00:03", "Ana Lopez", "How many people, and when?"),
        ("00:00:07", "Ben Cho", answer),
        ("00:00:09", "Ana Lopez", "Good."),
    ]
    export = export_of("".join(row.format(*each) for each in cells))
    assert turns(export) == [("Ana Lopez", "How many people, and when?"), ("Ben Cho", answer), ("Ana Lopez", "Good.")]


def test_answers_that_are_numbers_are_kept_without_times() -> None:
    export = export_of("Ana\tHow many people are there?\nBen\t12\nAna\tThat is a lot.\nBen\tIt is.\n")
    assert turns(export)[1] == ("Ben", "12")


def test_numbers_of_rows_are_no_words() -> None:
    export = export_of(
        "1\t00:00:03\tAna\tHow many people are there?\n2\t00:00:07\tBen\t12\n3\t00:00:09\tAna\tThat is a lot.\n"
    )
    assert turns(export) == [("Ana", "How many people are there?"), ("Ben", "12"), ("Ana", "That is a lot.")]


@pytest.mark.parametrize("yes", ["Yes", "Yes."])
def test_names_that_are_longer_than_the_answers_are_names(yes: str) -> None:
    maria = "Dr. Maria Gonzalez Hernandez"
    cells = [
        ("00:00:03", maria, yes),
        ("00:00:05", "Ben Cho", "Good"),
        ("00:00:07", maria, "No"),
        ("00:00:09", maria, yes),
    ]
    export = export_of("".join(f"{at}\t{name}\t{said}\n" for at, name, said in cells))
    assert turns(export) == [(maria, yes), ("Ben Cho", "Good"), (maria, f"No {yes}")]


def test_words_that_recur_are_no_names() -> None:
    export = export_of("00:03\tAna\thello all\n00:05\tBen\thello all\n00:07\tAna\thello all\n")
    assert turns(export) == [("Ana", "hello all"), ("Ben", "hello all"), ("Ana", "hello all")]


@pytest.mark.slow
def test_a_table_is_read_in_linear_time() -> None:
    def reading(size: int) -> Callable[[], object]:
        source = Source("table.txt", ("Ana\thello you\n" * size).encode())
        return lambda: table_txt.FORMAT.read(source)

    assert_linear(reading, small=2_000)
