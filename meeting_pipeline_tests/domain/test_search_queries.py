"""Words as the search compares them."""

# ruff: noqa: RUF001 - letters of other alphabets look like Latin ones

import pytest

from meeting_pipeline.domain.search_queries import fold


@pytest.mark.parametrize(
    ("said", "typed"),
    [("Łódź", "Lodz"), ("Đorđe", "Dorde"), ("smørrebrød", "smorrebrod"), ("ığdır", "IĞDIR"), ("İzmir", "izmir"),
     ("Ħamrun", "hamrun"), ("ŧ", "t"), ("Straße", "strasse"), ("Ægir", "ægir")],
)  # fmt: skip
def test_letters_with_strokes_are_found_without_them(said: str, typed: str) -> None:
    assert fold(said) == fold(typed)


def test_other_letters_stay_apart() -> None:
    assert len({fold(word) for word in ("lodz", "todz", "dodz", "hodz")}) == 4
