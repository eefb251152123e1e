"""Words in parts are also found as one, and the other way round; contractions and decimal numbers are none."""

import pytest

from meeting_pipeline.domain.joined_words import joined_words
from meeting_pipeline.domain.search_queries import Term, places, read_query, words_and_grams


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("The e-mail is a follow\u2011up.", ["email", "followup"]),
        ("an e-mail-server", ["emailserver", "email", "mailserver"]),
        ("1,500 or 1.500.000 or 2'000 or 3\u202f000", ["1500", "1500000", "2000", "3000"]),
        ("O'Brien and l\u2019équipe", ["OBrien", "léquipe"]),
        ("don't, we'll, they've, Anna's, 'quoted' - dash -- --option", []),
        ("1.5 and 12.34 and 1,50 and 1.2.3 and 2026-11-29 and 1,500.25 and 12345,678", []),
        ("a-b_c and x-1 and 7-up", []),
        ("-".join("abcdefghij"), []),
    ],
)
def test_what_parts_are_together(text: str, words: list[str]) -> None:
    assert [word for word, _, _ in joined_words(text)] == words


def test_a_text_is_indexed_by_its_parts_and_by_what_they_are_together() -> None:
    assert words_and_grams("Send the E-Mail now") == (["send", "the", "e", "mail", "now", "email"], [])


def test_a_query_has_both() -> None:
    assert read_query("e-mail 1,500 o'brien price-list's") == (
        Term(("e", "mail"), joined="email"), Term(("1", "500"), joined="1500"), Term(("o", "brien"), joined="obrien"),
        Term(("price", "list", "s")),
    )  # fmt: skip
    assert read_query("follow-u", typing=True) == (Term(("follow", "u"), prefix=True, joined="followu"),)


@pytest.mark.parametrize(
    ("query", "text", "marked"),
    [("email", "the E-Mail!", "E-Mail"), ("e-mail", "the email!", "email"), ("1500", "1,500 euros", "1,500"),
     ("1.500", "1500 euros", "1500"), ("mail", "e-mail", "mail"), ("OBrien", "Ms O\u2019Brien", "O\u2019Brien")],
)  # fmt: skip
def test_the_place_is_marked_as_it_is_written(query: str, text: str, marked: str) -> None:
    [(start, end)] = places(text, read_query(query))
    assert text[start:end] == marked
