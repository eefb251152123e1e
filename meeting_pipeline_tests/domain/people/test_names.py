"""Names as meetings write them: what makes spellings one name, what names nobody, and names that are alike."""

import pytest

from meeting_pipeline.domain.people.likeness import Likeness, likeness
from meeting_pipeline.domain.people.likeness import LikenessReason as Reason
from meeting_pipeline.domain.people.names import identity_of, is_placeholder, read_name
from meeting_pipeline.domain.people.suggesting import Seen, suggestions


@pytest.mark.parametrize(
    ("name", "identity"),
    [
        ("  Anna   MEYER ", "anna meyer"), ("Ánna Meyer", "anna meyer"), ("Anna Meyer <a@x.example>", "anna meyer"),
        ("Anna.Meyer@X.example", "anna.meyer@x.example"), ("李雷", "李雷"), ("@anna", "anna"), ("Host Meyer", "host meyer"),
        ("", ""), ("A", ""), ("🙂", ""), ("Speaker 12", ""), ("Unknown Caller", ""), ("+49 170 1234567", ""), ("Guest", ""),
        ("x" * 500, "x" * 100),
    ],
)  # fmt: skip
def test_the_words_of_a_name_make_it_one_name(name: str, identity: str) -> None:
    assert identity_of(name) == identity


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Meyer, Anna (ACME GmbH)", ("anna", "meyer")), ("Anna Meyer, Ph.D.", ("anna", "meyer")), ("Anna - Sales", ("anna",)),
        ("Mr. & Mrs. Smith", ()), ("Prof. Dr. Anna Meyer", ("anna", "meyer")), ("annaMeyer", ("anna", "meyer")),
        ("AM", ("a", "m")), ("Anna's iPhone", ("anna",)), ("Dr.", ("dr",)),
    ],
)  # fmt: skip
def test_titles_remarks_and_devices_are_no_words_of_a_name(name: str, words: tuple[str, ...]) -> None:
    assert read_name(name).words == words


@pytest.mark.parametrize(
    ("one", "other", "found"),
    [
        ("李雷", "李磊", None), ("田中 太郎", "田中太郎", Likeness(Reason.SPELLING)), ("Mr. & Mrs. Smith", "John Smith", None),
        ("Иван Петров", "Ivan Petrov", Likeness(Reason.SPELLING)), ("Anna Meyer, Ph.D.", "Anna Meyer", Likeness(Reason.SPELLING)),
        ("Max Li", "Max Lin", None), ("Christian Wolf", "Christina Wolf", None), ("", "Anna", None),
        ("a@x.example", "b@x.example", None),
    ],
)  # fmt: skip
def test_names_are_alike_or_not_whichever_comes_first(one: str, other: str, found: Likeness | None) -> None:
    assert likeness(read_name(one), read_name(other)) == likeness(read_name(other), read_name(one)) == found


def test_a_hundred_people_with_one_given_name_are_no_suggestions_for_it() -> None:
    everybody = frozenset(["title:all hands"])
    people = [Seen(f"p{n}", (f"Anna Family{chr(97 + n % 26)}{chr(97 + n // 26)}",), everybody) for n in range(100)]
    found = suggestions([*people, Seen("anna", ("Anna",), everybody)])
    assert [one for one in found if "anna" in (one.one, one.other)] == []


def test_a_placeholder_is_whatever_programs_call_those_whose_name_they_do_not_know() -> None:
    for name in ("speaker a", "sprecher 1", "participant 12", "guest user 3", "42"):
        assert is_placeholder(name), name
    for name in ("anna", "user research", "hostmann", "al"):
        assert not is_placeholder(name), name
